// What it costs that a worker counts: everything that is done for a request and for a connection only where somebody reads the
// numbers, the telling by Node included, and what is measured once a second. CPU time of this process, since beside the rest of a
// request, which takes a hundred times as long, it is lost in the noise.
import diagnosticsChannel from 'node:diagnostics_channel';
import http from 'node:http';
import net from 'node:net';

import { Numbers } from '../../.build/src/worker/numbers.js';
import { figureTarget } from '../report/targets.js';

const REQUESTS = 200_000;
const CONNECTIONS = 1_000_000;
const WRITES = 200;
/** So many requests are being answered at any time. */
const IN_FLIGHT = 50;

const OFF = { id: 'off', title: 'nobody reads the numbers' };
const ON = { id: 'on', title: 'all numbers on' };

const requestStart = diagnosticsChannel.channel('http.server.request.start');
const responseFinish = diagnosticsChannel.channel('http.server.response.finish');
const serverSocket = diagnosticsChannel.channel('net.server.socket');

export default {
  name: 'numbers',
  title: 'What the numbers of a worker add to a request and to a connection, and take each second',
  columns: [
    { key: 'requestUs', title: 'µs, objects of a request', digits: 2 },
    { key: 'extraRequestUs', title: 'extra', digits: 2, isPlain: true },
    { key: 'connectionUs', title: 'µs, a connection told', digits: 2 },
    { key: 'extraConnectionUs', title: 'extra', digits: 2, isPlain: true },
    { key: 'secondUs', title: 'µs each second', digits: 0, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [OFF, ON],
      (contestant) => {
        const off = measure(false);
        const on = contestant === OFF ? off : measure(true);
        return {
          ...on,
          extraRequestUs: on.requestUs - off.requestUs,
          extraConnectionUs: on.connectionUs - off.connectionUs,
        };
      },
      { rounds: 7 },
    );
    const cost = { sides, unit: 'µs', ours: ON, theirs: OFF };
    return {
      sides,
      targets: [
        figureTarget({
          ...cost,
          what: 'CPU that numbers add to a request',
          key: 'extraRequestUs',
          atMost: 1,
        }),
        figureTarget({
          ...cost,
          what: 'CPU that numbers add to a connection',
          key: 'extraConnectionUs',
          atMost: 0.5,
        }),
      ],
    };
  },
};

/** µs of CPU time. */
function measure(isOn) {
  const server = http.createServer();
  const socket = Object.assign(new net.Socket(), { server });
  const numbers = new Numbers(undefined, { send: () => {}, listenerOf: () => 1, servers: () => [server] });
  if (isOn) numbers.start();
  const figures = {
    requestUs: costOf(REQUESTS, requestsOn(server, socket)),
    connectionUs: costOf(CONNECTIONS, () => {
      if (serverSocket.hasSubscribers) serverSocket.publish({ socket });
    }),
    secondUs: isOn ? costOf(WRITES, () => numbers.write()) : 0,
  };
  numbers.stop();
  return figures;
}

/** What Node makes for each request, and tells where anybody listens. */
function requestsOn(server, socket) {
  const open = [];
  return () => {
    const request = new http.IncomingMessage(socket);
    request.method = 'GET';
    const response = new http.ServerResponse(request);
    if (requestStart.hasSubscribers) requestStart.publish({ request, response, socket, server });
    open.push({ request, response, socket, server });
    if (open.length <= IN_FLIGHT) return;
    const message = open.shift();
    if (responseFinish.hasSubscribers) responseFinish.publish(message);
  };
}

function costOf(times, deed) {
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) deed();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
