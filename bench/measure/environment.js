import os from 'node:os';

/** What the figures depend on; nothing that names the machine. */
export function environment() {
  return {
    node: process.version,
    platform: `${process.platform} ${os.release()} ${process.arch}`,
    cpu: `${os.availableParallelism()} x ${os.cpus()[0]?.model ?? 'unknown'}`,
    load: os.loadavg().map((load) => Number(load.toFixed(2))),
  };
}
