/** Workers and their primary, working together: `grappolo/together`. */
export { contract } from './together/calls/contract.ts';
export type { CallContext, CallOptions, CallTarget, Contract } from './together/calls/contract.ts';
export { call, gather, serve } from './together/calls/call.ts';
export type { Callable, Gatherable, Gathered, Served, Serving } from './together/calls/call.ts';
