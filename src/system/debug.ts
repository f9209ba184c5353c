import { debuglog } from 'node:util';

/** Lines for whoever looks for a fault: shown with `NODE_DEBUG=grappolo`. */
export const debug: (format: string, ...values: unknown[]) => void = debuglog('grappolo');
