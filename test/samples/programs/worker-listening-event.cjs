// Worker, event 'listening'.
const cluster = require('node:cluster');
const http = require('node:http');

// Added: the condition, and what is printed.
if (cluster.isPrimary) {
  cluster.fork().on('listening', (address) => {
    // Il worker è in ascolto
    console.log(address.addressType, Object.keys(address).sort().join());
    cluster.disconnect();
  });
} else {
  http.createServer().listen(0);
}
