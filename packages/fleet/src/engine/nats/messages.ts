import { createInbox } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';

import type { Json, Listening, RequestTerms } from '../engine.ts';
import { tellAsync } from '../listeners.ts';
import { decode, encode } from '../wire.ts';

const NO_RESPONDERS = 503;

/** What has come by the time that all expected have answered, nobody is there to answer, the time is over, or `signal` says so. */
export async function collect(
  connection: NatsConnection,
  subject: string,
  message: Uint8Array,
  { timeoutMs, expected = Infinity }: RequestTerms,
  signal: AbortSignal,
): Promise<readonly Json[]> {
  const answers: Json[] = [];
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      subscription.unsubscribe();
      resolve();
    };
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener('abort', end);
    const reply = createInbox();
    const subscription = connection.subscribe(reply, {
      callback: (error, { data, headers }) => {
        if (error || (data.length === 0 && headers?.code === NO_RESPONDERS)) return end();
        const answer = decode(data);
        if (answer !== undefined && answers.length < expected) answers.push(answer);
        if (answers.length >= expected) end();
      },
    });
    connection.publish(subject, message, { reply });
  });
  return answers;
}

export function listenTo(
  connection: NatsConnection,
  subject: string,
  onMessage: (message: Json) => Json | undefined | Promise<Json | undefined>,
): Listening {
  const subscription = connection.subscribe(subject, {
    callback: (error, received) => {
      const message = error ? undefined : decode(received.data);
      if (message === undefined) return;
      void tellAsync(`'${subject}'`, async () => {
        const answer = await onMessage(message);
        if (answer === undefined || !received.reply || connection.isClosed()) return;
        connection.publish(received.reply, encode(`an answer to '${subject}'`, answer));
      });
    },
  });
  return { stop: () => subscription.unsubscribe() };
}
