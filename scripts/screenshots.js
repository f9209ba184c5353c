// Takes the pictures of the operations page in docs/images, of an instance that it runs under load for some minutes: in light,
// when all is well, and in dark, when a reload has failed.
//
//     npm run build && node scripts/screenshots.js [MINUTES]
//
// Needs `node scripts/install-debian.js chromium pngquant`.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// Imported, its types would bring those of Node to all files that are linted without a tsconfig.
const { launch } = createRequire(import.meta.url)('puppeteer-core');

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLI = path.join(ROOT, 'dist', 'cli.cjs');
const IMAGES = path.join(ROOT, 'docs', 'images');
const OPS = '127.0.0.1:9464';
const PORT = 8000;
const WIDTH = 1200;
const MOST_BYTES = 150_000;

const GOOD = `const http = require('node:http');
http.createServer((request, response) => {
  const ms = request.url === '/report' ? 40 + 80 * Math.random() : 2 + 6 * Math.random();
  setTimeout(() => response.end('ok'), ms);
}).listen(${PORT}, '127.0.0.1');
`;
const BAD = `throw new Error('DATABASE_URL is not set');\n`;

const minutes = Number(process.argv[2] ?? 6);
const folder = mkdtempSync(path.join(tmpdir(), 'grappolo-'));
const program = path.join(folder, 'server.js');
writeFileSync(program, GOOD);
const instance = spawn(
  process.execPath,
  [CLI, 'start', program, '--workers', '4', '--name', 'screenshots', '--ops', OPS, '--max-surge', '1'],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
const agent = new http.Agent({ keepAlive: true, maxSockets: 24 });
let load;
try {
  await until(async () => (await fetch(`http://${OPS}/readyz`).catch(() => undefined))?.ok === true);
  load = setInterval(askSome, 50);
  mkdirSync(IMAGES, { recursive: true });
  await sleep(minutes * 30_000);
  grappolo('reload');
  await sleep(minutes * 30_000);
  await takePicture('light');
  writeFileSync(program, BAD);
  grappolo('reload');
  await sleep(5000);
  await takePicture('dark');
} finally {
  clearInterval(load);
  agent.destroy();
  instance.kill('SIGTERM');
  await new Promise((resolve) => instance.once('exit', resolve));
  rmSync(folder, { recursive: true });
}

/** As many as a service has that is used more at one time than at another. */
function askSome() {
  const count = 3 + 2 * Math.sin(Date.now() / 40_000) + Math.random();
  for (let i = 0; i < count; i += 1) {
    const url = Math.random() < 0.05 ? '/report' : '/';
    const request = http.get({ host: '127.0.0.1', port: PORT, path: url, agent }, (response) =>
      response.resume(),
    );
    request.on('error', () => {});
  }
}

/** One that fails is what the second picture is of. */
function grappolo(command) {
  try {
    execFileSync(process.execPath, [CLI, command, '--name', 'screenshots'], { stdio: 'ignore' });
  } catch {
    console.log(`${command} failed`);
  }
}

async function until(isTrue) {
  while (!(await isTrue())) await sleep(100);
}

async function takePicture(scheme) {
  const browser = await launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    // Chromium does not run as root with its sandbox.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  const file = path.join(IMAGES, `page-${scheme}.png`);
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: WIDTH, height: 800 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(`http://${OPS}/`);
    await page.waitForSelector('.drawing canvas');
    await page.screenshot({ path: file, fullPage: true });
  } finally {
    await browser.close();
  }
  execFileSync('pngquant', ['--force', '--ext', '.png', '--strip', '--speed', '1', '64', file]);
  const { size } = statSync(file);
  console.log(`${file}: ${Math.ceil(size / 1000)} kB`);
  if (size <= MOST_BYTES) return;
  console.error(`It is larger than ${MOST_BYTES / 1000} kB`);
  process.exitCode = 1;
}
