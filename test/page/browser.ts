import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { launch } from 'puppeteer-core';
import type { Browser, Page } from 'puppeteer-core';

import { limitMs } from '../support/limits.ts';
import type { Scope } from '../support/program.ts';
import { PageServer } from './page-server.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const PATIENCE_MS = limitMs(20_000);

export async function startBrowser(): Promise<Browser> {
  assert(
    existsSync(CHROMIUM),
    `There is no ${CHROMIUM}: install Chromium, by "node scripts/install-debian.js chromium" on Debian, or name it in CHROMIUM`,
  );
  return launch({
    executablePath: CHROMIUM,
    // Chromium does not run as root with its sandbox; /dev/shm is small in containers.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-dev-shm-usage'],
    timeout: PATIENCE_MS,
    protocolTimeout: PATIENCE_MS,
  });
}

export interface OpenOptions {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  /** What the browser may complain of: addresses that cannot be loaded. */
  readonly failing?: RegExp;
}

/** The page as somebody sees it, who has opened it. */
export class Visit {
  readonly page: Page;
  /** What is wrong: errors on the console, and requests that lead elsewhere. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
  }

  /** Waits until an expression holds in the page. */
  async until(expression: string): Promise<void> {
    await this.page.waitForFunction(expression);
  }

  /** Waits until the first element that a selector finds holds a text. */
  async untilText(selector: string, text: string): Promise<void> {
    const [shown, wanted] = [`document.querySelector(${JSON.stringify(selector)})`, JSON.stringify(text)];
    try {
      await this.until(`${shown}?.textContent.includes(${wanted})`);
    } catch (cause) {
      const instead = await this.page.evaluate(`${shown}?.textContent`);
      throw new Error(`${selector} is not ${wanted}, but ${JSON.stringify(instead)}`, { cause });
    }
  }

  async textOf(selector: string): Promise<string> {
    return String(
      await this.page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent`),
    );
  }

  async countOf(selector: string): Promise<number> {
    return Number(await this.page.evaluate(`document.querySelectorAll(${JSON.stringify(selector)}).length`));
  }

  /** Clicks on the button that screen readers call so. */
  async press(name: string): Promise<void> {
    await this.page.locator(`::-p-aria([name="${name}"][role="button"])`).click();
  }
}

/** Opens the page of a server in a tab of its own, until the test has ended; then nothing may have been wrong. */
export async function open(
  t: Scope,
  browser: Browser,
  server: PageServer,
  { width = 1200, scheme = 'light', failing = /\/session$/ }: OpenOptions = {},
): Promise<Visit> {
  const context = await browser.createBrowserContext();
  t.after(() => context.close());
  const page = await context.newPage();
  const visit = new Visit(page);
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) visit.faults.push(`asks for ${request.url()}`);
  });
  page.on('pageerror', (error) => visit.faults.push(String(error)));
  page.on('console', (message) => {
    const url = message.location().url ?? '';
    // Browsers say so of each answer that is no success.
    if (failing.test(url) && message.text().startsWith('Failed to load resource')) return;
    if (message.type() === 'error' || message.type() === 'warn')
      visit.faults.push(`${message.text()} (${url})`);
  });
  await page.setViewport({ width, height: 800 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(server.url);
  return visit;
}

export async function startServer(t: Scope): Promise<PageServer> {
  const server = await PageServer.start();
  t.after(() => server.close());
  return server;
}
