const dgram = require('node:dgram');

const socket = dgram.createSocket('udp4', (message, { port, address }) => {
  socket.send(`${message} at ${process.pid}`, port, address);
});
socket.bind(0);
