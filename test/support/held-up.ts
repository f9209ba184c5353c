/** What the library says with NODE_DEBUG=grappolo where the machine holds up a worker, so that others get its turns. */
const HELD_UP = new RegExp(
  [
    'a worker is passed over',
    'moved from a silent worker',
    'takes one connection at a time',
    'a queue takes no more',
  ].join('|'),
);

/** Whether the machine held up a worker in a run with NODE_DEBUG=grappolo: how connections lie then is nobody's choice. */
export function wasHeldUp(stderr: string): boolean {
  return HELD_UP.test(stderr);
}
