import type { Engine } from '../engine/engine.ts';
import { FleetError } from '../errors.ts';
import type { EngineAnswer, EngineCall } from '../protocol/calls.ts';

/** Does what a machine wants of the engine, and gives what came of it: `unknown` where that is an error. Never rejects. */
export async function answerOf(
  engine: Engine,
  effect: EngineCall,
  onError: (error: unknown) => void,
): Promise<EngineAnswer> {
  const { call } = effect;
  try {
    switch (effect.type) {
      case 'put': {
        const revision = await engine.put(effect.bucket, effect.key, effect.value, effect.expected);
        return revision === undefined ? { type: 'refused', call } : { type: 'written', call, revision };
      }
      case 'get':
        return { type: 'got', call, entry: await engine.get(effect.bucket, effect.key) };
      case 'request': {
        const { subject, message, timeoutMs } = effect;
        const [first] = await engine.requestMany(subject, message, { timeoutMs, expected: 1 });
        return { type: 'answered', call, message: first };
      }
      default:
        return effect satisfies never;
    }
  } catch (error) {
    if (!isAway(error)) onError(error);
    // A question that got no answer is one that was not answered in time.
    return effect.type === 'request'
      ? { type: 'answered', call, message: undefined }
      : { type: 'unknown', call };
  }
}

/** That the engine is away is told by the engine itself. */
function isAway(error: unknown): boolean {
  return (
    error instanceof FleetError &&
    (error.code === 'ERR_FLEET_ENGINE_LOST' || error.code === 'ERR_FLEET_ENGINE_CLOSED')
  );
}
