// Worker, event 'listening'.
import cluster from 'node:cluster';
import http from 'node:http';

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
