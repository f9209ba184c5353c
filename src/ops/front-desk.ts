import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Report } from '../api/operations.ts';
import type { SupervisorStatus } from '../api/supervisor.ts';
import { jsonAnswer, refusal, textAnswer } from './answer.ts';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';
import type { CachedReports } from './cached-reports.ts';
import type { Credentials } from './credentials.ts';
import { deedOf, perform } from './deed-answer.ts';
import type { EventStream } from './event-stream.ts';
import { shownBy } from './guard.ts';
import type { Guard } from './guard.ts';
import { SILENT, livenessAnswer, readinessAnswer } from './health.ts';
import type { Instance } from './instance.ts';
import { metricsAnswer } from './metrics-answer.ts';
import { oneTimeTokenIn, routeOf } from './routes.ts';
import type { AskedDeed } from './routes.ts';

/** The page's files, by the path of a URL. */
export interface Page {
  get(path: string): { readonly type: string; readonly body: Buffer } | undefined;
}

export interface FrontDeskOptions {
  readonly instance: Instance;
  readonly reports: CachedReports;
  readonly stream: EventStream;
  readonly guard: Guard;
  readonly credentials: Credentials;
  readonly metricsText: (report: Report) => string;
  readonly page: Page;
  readonly minReady: number;
  readonly maxBodyBytes: number;
}

/** What is asked for, and by whom it may be. */
export class FrontDesk {
  readonly #options: FrontDeskOptions;

  constructor(options: FrontDeskOptions) {
    this.#options = options;
  }

  /** `undefined` where no more is to be said: the stream has taken the response, or the client has left. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { guard, minReady, reports, metricsText } = this.#options;
    const { method = '', url = '' } = request;
    const refused = guard.atTheDoor(request);
    if (refused) return refused;
    const route = routeOf(method, url);
    switch (route.type) {
      case 'livez':
        return livenessAnswer(await this.#status());
      case 'readyz':
        return readinessAnswer(await this.#status(), minReady);
      case 'metrics':
        return guard.asReader(request) ?? metricsAnswer(reports, metricsText);
      case 'status':
        return guard.asReader(request) ?? statusAnswer(await this.#status());
      case 'fleet':
        return guard.asReader(request) ?? this.#fleet();
      case 'events':
        return guard.asPage(request) ?? guard.asReader(request) ?? this.#show(request, response);
      case 'page':
        // Of everybody's: a browser that has not logged in yet could not show its token with what it asks for here.
        return this.#redeem(request) ?? this.#file(route.path);
      case 'deed':
        return guard.asWriter(request) ?? this.#perform(route.deed, request);
      case 'session':
        return guard.asPage(request) ?? this.#session(request);
      case 'login':
        return guard.asLogin(request) ?? this.#login(request);
      case 'logout':
        return guard.asPage(request) ?? this.#logout(request);
      case 'not-found':
        return guard.asReader(request) ?? notFound();
      case 'not-allowed':
        return refusal(405, `${method} is not for this path`, { Allow: route.allow });
      default:
        return route satisfies never;
    }
  }

  #show({ method }: IncomingMessage, response: ServerResponse): Answer | undefined {
    const { stream } = this.#options;
    if (stream.isFull) return refusal(503, 'There are as many viewers as there may be');
    stream.open(response, method === 'HEAD');
    return undefined;
  }

  async #perform(asked: AskedDeed, request: IncomingMessage): Promise<Answer | undefined> {
    const { instance, reports, maxBodyBytes } = this.#options;
    const body = await readBody(request, maxBodyBytes);
    if (body.type === 'gone') return undefined;
    if (body.type === 'refused') return body.answer;
    const deed = deedOf(asked, body.value);
    if ('status' in deed) return deed;
    const answer = await perform(instance, deed);
    reports.forget();
    return answer;
  }

  /** Whether the page may offer what changes something, or a log-in for it. */
  #session(request: IncomingMessage): Answer {
    const { credentials } = this.#options;
    if (!credentials.areWanted) return refusal(404, 'There is no token here, and so no session');
    if (credentials.standing(shownBy(request)) === 'right') return textAnswer(200, 'Logged in');
    return credentials.hasToken
      ? refusal(401, 'Not logged in')
      : refusal(
          404,
          'There is no token here to log in with: the page was opened for one session, which is over',
        );
  }

  #login({ headers }: IncomingMessage): Answer {
    return { status: 204, headers: { 'Set-Cookie': this.#options.credentials.openSession(headers.host) } };
  }

  #logout({ headers }: IncomingMessage): Answer {
    const cookie = this.#options.credentials.endSession(headers.cookie, headers.host);
    return { status: 204, headers: { 'Set-Cookie': cookie } };
  }

  /** A right one-time token becomes the cookie of a session, and leaves the address bar. */
  #redeem(request: IncomingMessage): Answer | undefined {
    const { credentials } = this.#options;
    const given = request.method === 'GET' ? oneTimeTokenIn(request.url ?? '') : undefined;
    if (given === undefined) return undefined;
    if (credentials.redeem(given)) {
      const cookie = credentials.openSession(request.headers.host);
      return { status: 303, headers: { Location: '/', 'Set-Cookie': cookie } };
    }
    // A browser that goes back to where it has been let in already.
    const isKnown = credentials.standing(shownBy(request)) === 'right';
    return isKnown
      ? { status: 303, headers: { Location: '/' } }
      : refusal(403, 'The token is wrong, or has been used');
  }

  #file(path: string): Answer {
    const file = this.#options.page.get(path);
    return file
      ? { status: 200, type: file.type, body: file.body, headers: { 'Cache-Control': 'no-cache' } }
      : notFound();
  }

  async #fleet(): Promise<Answer> {
    try {
      const fleet = await this.#options.reports.fleet();
      return fleet ? jsonAnswer(200, fleet) : refusal(404, 'This host is in no fleet');
    } catch {
      return refusal(503, SILENT);
    }
  }

  async #status(): Promise<SupervisorStatus | undefined> {
    try {
      return (await this.#options.reports.brief()).report.status;
    } catch {
      return undefined;
    }
  }
}

function statusAnswer(status: SupervisorStatus | undefined): Answer {
  return status ? jsonAnswer(200, status) : refusal(503, SILENT);
}

function notFound(): Answer {
  return refusal(404, 'There is nothing at this path');
}
