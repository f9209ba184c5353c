import type { Report } from '../api/operations.ts';
import { own } from '../own.ts';
import type { Answer } from './answer.ts';
import type { CachedReports, Known } from './cached-reports.ts';

/** Of the Prometheus text format; see its documentation on exposition formats. */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Answers a scrape, always well: what was known last is better than a gap, and whether it is new stands beside it.
 */
export async function metricsAnswer(
  reports: CachedReports,
  metricsText: (report: Report) => string,
): Promise<Answer> {
  const known = await reports.whole().catch(() => undefined);
  const shown = known ?? reports.last;
  const parts = [
    shown ? withEnd(metricsText(shown.report)) : '',
    gauge('grappolo_primary_up', 'Whether the primary answers.', known ? 1 : 0),
    shown ? gauge('grappolo_report_age_seconds', 'How old these numbers are.', ageSeconds(shown)) : '',
  ];
  return { status: 200, type: TYPE, body: parts.join('') };
}

function withEnd(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}

function ageSeconds({ askedAtMs }: Known): number {
  return Math.max(0, Math.round(own.now() - askedAtMs)) / 1000;
}
