// Certificates and clients for programs that listen with TLS.
const fs = require('node:fs');
const path = require('node:path');
const tls = require('node:tls');
const { once } = require('node:events');

const DIR = path.join(__dirname, '../../fixtures/tls');

/** Key and certificate of `localhost` or `other` (which is `other.test`). */
exports.pair = (name = 'localhost') => ({
  key: fs.readFileSync(path.join(DIR, `${name}-key.pem`)),
  cert: fs.readFileSync(path.join(DIR, `${name}-cert.pem`)),
});

/** Connects, reads until the server ends, and gives the text, the session and whether one was resumed. */
exports.visit = async (port, options = {}) => {
  const { ca = exports.pair().cert, servername = 'localhost', ...rest } = options;
  const socket = tls.connect({ port, host: '127.0.0.1', ca, servername, ...rest });
  let session;
  let text = '';
  socket.on('session', (ticket) => (session = ticket));
  socket.setEncoding('utf8').on('data', (part) => (text += part));
  await once(socket, 'secureConnect');
  const protocol = socket.getProtocol();
  const isResumed = socket.isSessionReused();
  const subject = socket.getPeerCertificate().subject?.CN;
  await once(socket, 'end');
  socket.end();
  return { text, session, isResumed, protocol, subject };
};
