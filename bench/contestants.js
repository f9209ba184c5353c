// Who runs: node:cluster in its three ways, one process, and Grappolo.
const NODE = 'node:cluster';
const GRAPPOLO = new URL('../dist/index.cjs', import.meta.url).href;

export const NODE_RR = { id: 'node-rr', title: 'node:cluster, round robin', cluster: NODE, policy: 2 };
export const NODE_NONE = { id: 'node-none', title: 'node:cluster, SCHED_NONE', cluster: NODE, policy: 1 };
export const NODE_REUSE_PORT = {
  id: 'node-reuse-port',
  title: 'node:cluster, reusePort',
  cluster: NODE,
  policy: 2,
  reusePort: true,
};
export const SINGLE = { id: 'single', title: 'one process', cluster: null };

export const OURS_RR = { id: 'ours-rr', title: 'Grappolo, round robin', cluster: GRAPPOLO, policy: 2 };
/** The lane that needs nothing but Node; where there is no other, the same as round robin. */
export const OURS_RR_IPC = {
  id: 'ours-rr-ipc',
  title: 'Grappolo, round robin, portable lane',
  cluster: GRAPPOLO,
  policy: 2,
  env: { GRAPPOLO_LANE: 'ipc' },
};
export const OURS_KERNEL = {
  id: 'ours-kernel',
  title: 'Grappolo, kernel',
  cluster: GRAPPOLO,
  policy: 'kernel',
};
export const OURS_LEAST_CONNECTIONS = {
  id: 'ours-least-connections',
  title: 'Grappolo, least connections',
  cluster: GRAPPOLO,
  policy: 'least-connections',
};
export const OURS_LEAST_LOADED = {
  id: 'ours-least-loaded',
  title: 'Grappolo, least loaded',
  cluster: GRAPPOLO,
  policy: 'least-loaded',
};
