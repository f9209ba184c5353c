// What the sample of setupPrimary() starts: a server that has never heard of a cluster.
import http from 'node:http';
import https from 'node:https';

const use = process.argv[3];
const server = use === 'https' ? https.createServer() : http.createServer();
server.listen(0, () => console.log(`${process.argv.slice(2).join(' ')}: ${server.constructor === https.Server ? 'https' : 'http'} server`));
