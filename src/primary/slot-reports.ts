import type { ClusterNumbers } from '../api/supervision.ts';
import type { ListenerNumbers } from './listeners.ts';
import type { SlotNumbers } from './numbers.ts';

/** What workers have counted beside what the primary has counted for them. */
export function slotReports(
  slots: readonly SlotNumbers[],
  listeners: readonly ListenerNumbers[],
  nameOf: (listener: number) => string,
): ClusterNumbers['slots'] {
  const bySlot = new Map(slots.map((each) => [each.slot, each]));
  const numbers = new Set([...bySlot.keys(), ...listeners.flatMap(({ counts }) => counts.slots)]);
  return [...numbers]
    .toSorted((one, other) => one - other)
    .map((slot) => {
      const { ageMs, cells = [], connections = [] } = bySlot.get(slot) ?? {};
      const names = listeners.map(({ name }) => name);
      return {
        slot,
        ageMs,
        cells,
        connections: [...new Set([...names, ...connections.map(({ listener }) => nameOf(listener))])].map(
          (listener) => {
            const own = connections.filter((each) => nameOf(each.listener) === listener);
            const { handedOver = 0, takenBack = 0 } =
              listeners.find(({ name }) => name === listener)?.counts.of(slot) ?? {};
            return {
              listener,
              handedOver,
              takenBack,
              accepted: sumOf(own.map(({ accepted }) => accepted)),
              open: sumOf(own.map(({ open }) => open)),
            };
          },
        ),
      };
    });
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
