// Lets a primary have its workers run commands, one after the other, and see what comes of each.
const { once } = require('node:events');

/** In the primary: runs a worker's command and gives what it returns. */
exports.call = async (worker, command, ...args) => {
  worker.send({ command, args });
  for (;;) {
    const [message] = await once(worker, 'message');
    if (message.reply === command) return message.value;
  }
};

/** In a worker: the commands that its primary may call. */
exports.serve = (commands) => {
  process.on('message', async ({ command, args }) => {
    process.send({ reply: command, value: await commands[command](...args) });
  });
};

/** What there is to tell about an error of `listen()` or `bind()`, with its port by a name. */
exports.tell = ({ code, syscall, address, port, errno, message }, ports = {}) => {
  const named = port === undefined ? [] : [`port ${ports[port] ?? port}`];
  let text = message;
  for (const [number, name] of Object.entries(ports)) text = text.replaceAll(number, name);
  return [code, syscall, address, ...named, typeof errno, text]
    .filter((part) => part !== undefined)
    .join(' | ');
};

/** Listens and gives `{ address }`, the server's own, or `{ error }`. */
exports.listen = (server, ...args) =>
  new Promise((resolve) => {
    const onError = ({ code, syscall, address, port, errno, message }) => {
      server.off('listening', onListening);
      resolve({ error: { code, syscall, address, port, errno, message } });
    };
    const onListening = () => {
      server.off('error', onError);
      resolve({ address: server.address() });
    };
    server.once('error', onError);
    server.once('listening', onListening);
    server.listen(...args);
  });
