import type { ServerResponse } from 'node:http';

import type { FleetStatus } from '../api/operations.ts';
import type { SupervisorEvent } from '../api/supervisor.ts';
import { COMMON_HEADERS } from './answer.ts';
import { History } from './history.ts';
import type { Sample, StreamEvents } from './sample.ts';

/** How much may wait for a viewer that reads slowly, beside the history, which it is sent at once, and the last sample. */
const MAX_UNREAD_BYTES: number = 256 * 1024;

interface EventStreamOptions {
  readonly maxViewers: number;
  /** Called when there is another one who looks on. */
  readonly onViewer: () => void;
}

interface Viewer {
  readonly response: ServerResponse;
  /** Of its history, as long as that has not left. */
  unreadHistoryBytes: number;
}

/** Those who look on at `/events`, and what they are shown: server-sent events, by the names of `StreamEvents`. */
export class EventStream {
  readonly #viewers = new Set<Viewer>();
  readonly #history = new History();
  readonly #maxViewers: number;
  readonly #onViewer: () => void;
  #trouble: StreamEvents['trouble'] = null;
  /** The JSON of what all who look on know of the fleet. */
  #fleet: string | undefined;
  #sampleBytes = 0;
  #isClosed = false;

  constructor({ maxViewers, onViewer }: EventStreamOptions) {
    this.#maxViewers = maxViewers;
    this.#onViewer = onViewer;
  }

  get isWatched(): boolean {
    return this.#viewers.size > 0;
  }

  get isFull(): boolean {
    return this.#viewers.size >= this.#maxViewers;
  }

  open(response: ServerResponse, isHead: boolean): void {
    response.writeHead(200, {
      ...COMMON_HEADERS,
      'Content-Type': 'text/event-stream',
      // It is of no use to anybody after that.
      Connection: 'close',
    });
    if (isHead || this.#isClosed) {
      response.end();
      return;
    }
    const history = Buffer.from(frame('history', this.#history.json));
    const viewer: Viewer = { response, unreadHistoryBytes: history.length };
    // It is gone when it is gone, whatever by.
    response.on('error', () => {}).on('close', () => this.#forget(viewer));
    // A response behind another one is not told of that.
    response.req.socket.once('close', () => this.#forget(viewer));
    this.#viewers.add(viewer);
    response.write(history, () => (viewer.unreadHistoryBytes = 0));
    if (this.#fleet !== undefined) this.#tell(viewer, frame('fleet', this.#fleet));
    if (this.#trouble) this.#tell(viewer, frame('trouble', JSON.stringify(this.#trouble)));
    this.#onViewer();
  }

  sample(sample: Sample): void {
    const json = JSON.stringify(sample);
    this.#history.addSample(json, JSON.stringify(briefly(sample)));
    this.#sampleBytes = Buffer.byteLength(json);
    this.#tellAll(frame('sample', json));
  }

  fleet(fleet: FleetStatus): void {
    const json = JSON.stringify(fleet);
    if (!this.isWatched || json === this.#fleet) return;
    this.#fleet = json;
    this.#tellAll(frame('fleet', json));
  }

  event(event: SupervisorEvent): void {
    const json = JSON.stringify(event);
    this.#history.addEvent(json);
    this.#tellAll(frame('event', json));
  }

  /** `null` where there is none any more. Where it goes on, viewers are sent a sign of life. */
  trouble(trouble: StreamEvents['trouble']): void {
    const isNews = trouble?.message !== this.#trouble?.message;
    this.#trouble = trouble;
    if (isNews) this.#tellAll(frame('trouble', JSON.stringify(trouble)));
    else if (trouble) this.#tellAll(frame('alive', 'null'));
  }

  /** Sends everybody home. */
  close(): void {
    this.#isClosed = true;
    for (const { response } of this.#viewers) response.end();
    this.#viewers.clear();
  }

  #forget(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    // It grows old while nobody asks.
    if (!this.isWatched) this.#fleet = undefined;
  }

  #tellAll(text: string): void {
    for (const viewer of this.#viewers) this.#tell(viewer, text);
  }

  #tell({ response, unreadHistoryBytes }: Viewer, text: string): void {
    // What is written in this turn has not had its chance to leave.
    const maxBytes = MAX_UNREAD_BYTES + unreadHistoryBytes + this.#sampleBytes;
    if (response.writableLength > maxBytes) response.destroy();
    else response.write(text);
  }
}

/** What charts are drawn from. The rest is shown of the last one alone, and would be most of a history. */
function briefly(sample: Sample): Sample {
  return { ...sample, status: { ...sample.status, workers: [], lastReload: undefined } };
}

function frame(name: keyof StreamEvents, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n`;
}
