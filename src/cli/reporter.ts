import type { SupervisorEvent, SupervisorStatus, WorkerOutput } from '../index.ts';
import { styled } from './escapes.ts';
import { eventLines, isFailure } from './event-lines.ts';
import { eventJson, messageJson, outputJson } from './log-lines.ts';
import { prefixed, showsColors } from './prefix.ts';
import { Screen } from './screen.ts';
import type { OutputStream } from './screen.ts';
import { statusTable } from './status-table.ts';
import { summaryLine } from './summary-line.ts';
import type { ReloadProgress } from './summary-line.ts';

export interface ReporterOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** `'text'` is for people; `'auto'` is the same with a live table where stdout is a terminal. */
  readonly format: 'text' | 'json' | 'auto';
  readonly env: NodeJS.ProcessEnv;
  /** `undefined` as long as there is no supervisor yet. */
  readonly status: () => SupervisorStatus | undefined;
}

type StreamName = WorkerOutput['stream'];

/** Tells what a supervisor does and what its workers print: to a terminal, a log, or a program. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #colors: Readonly<Record<StreamName, boolean>>;
  readonly #screen: Screen | undefined;
  /** Where something listens, or cannot: it is said once, not once for each worker. */
  readonly #places = new Set<string>();
  readonly #failedPlaces = new Set<string>();
  #reload: ReloadProgress | undefined;
  #slotDigits = 1;

  constructor(options: ReporterOptions) {
    const { stdout, stderr, format, env } = options;
    this.#options = options;
    this.#colors = { stdout: showsColors(stdout, env), stderr: showsColors(stderr, env) };
    if (format === 'auto' && stdout.isTTY === true && env['TERM'] !== 'dumb') {
      const reflows = env['XTERM_VERSION'] === undefined;
      this.#screen = new Screen(stdout, (columns) => this.#render(columns), { reflows });
    }
  }

  event(event: SupervisorEvent): void {
    this.#remember(event);
    if (this.#options.format === 'json') {
      this.#write('stdout', [eventJson(event)]);
      return;
    }
    this.#tell(isFailure(event) ? 'stderr' : 'stdout', this.#linesOf(event));
    this.#screen?.update();
  }

  /** A line of a worker. */
  output(output: WorkerOutput): void {
    this.#slotDigits = Math.max(this.#slotDigits, String(output.slot).length);
    const { stream } = output;
    if (this.#options.format === 'json') this.#write('stdout', [outputJson(output, Date.now())]);
    else this.#write(stream, [prefixed(output, { color: this.#colors[stream], width: this.#slotDigits })]);
  }

  /** What the command itself has to say. */
  note(text: string): void {
    if (this.#options.format === 'json')
      this.#write('stdout', [messageJson('note', { message: text }, Date.now())]);
    else this.#tell('stdout', text.split('\n'));
  }

  /** What went wrong with the command itself, and the code by which it is looked up where it has one. */
  error(text: string, code?: string): void {
    if (this.#options.format === 'json') {
      this.#write('stdout', [messageJson('error', { message: text, code }, Date.now())]);
    } else this.#tell('stderr', (code === undefined ? text : `${text} (${code})`).split('\n'));
  }

  /** Leaves the terminal as it was. What comes later is still written. */
  close(): void {
    this.#screen?.close();
  }

  #remember(event: SupervisorEvent): void {
    switch (event.type) {
      case 'worker-started':
        this.#slotDigits = Math.max(this.#slotDigits, String(event.worker.slot).length);
        return;
      case 'reload-started':
        this.#reload = { ...event, done: 0 };
        this.#failedPlaces.clear();
        return;
      case 'scale-started':
        this.#failedPlaces.clear();
        return;
      case 'reload-progress':
        this.#reload = event;
        return;
      case 'reload-done':
      case 'reload-failed':
        this.#reload = undefined;
        return;
      default:
    }
  }

  #linesOf(event: SupervisorEvent): readonly string[] {
    const lines = eventLines(event);
    const said = this.#placesFor(event);
    const [line = ''] = lines;
    if (said?.has(line)) return [];
    said?.add(line);
    return lines;
  }

  /** Among which places it is one, where it tells of a place. */
  #placesFor({ type }: SupervisorEvent): Set<string> | undefined {
    if (type === 'worker-listening') return this.#places;
    return type === 'worker-listen-failed' ? this.#failedPlaces : undefined;
  }

  #tell(stream: StreamName, [first, ...details]: readonly string[]): void {
    if (first === undefined) return;
    const name = 'grappolo:';
    const colored = styled(name, stream === 'stderr' ? 'red' : 'bold');
    this.#write(stream, [`${this.#colors[stream] ? colored : name} ${first}`, ...details]);
  }

  /** What is for stderr goes there, and not to the screen, where somebody keeps it apart. */
  #write(name: StreamName, lines: readonly string[]): void {
    const stream = this.#options[name];
    if (this.#screen && (name === 'stdout' || stream.isTTY === true)) this.#screen.print(lines);
    else stream.write(lines.map((line) => `${line}\n`).join(''));
  }

  #render(columns: number): readonly string[] {
    const status = this.#options.status();
    if (!status) return [];
    const summary = summaryLine(status, { width: columns, reload: this.#reload });
    return [summary, ...statusTable(status, { width: columns, color: this.#colors.stdout })];
  }
}
