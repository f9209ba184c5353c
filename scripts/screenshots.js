// Takes the pictures of the operations page in docs/images, of an instance that runs: in light and in dark.
//
//     node scripts/screenshots.js URL [FOLDER]
//
// Needs `node scripts/install-debian.js chromium pngquant`.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

// Imported, its types would bring those of Node to all files that are linted without a tsconfig.
const { launch } = createRequire(import.meta.url)('puppeteer-core');

const [url, folder = fileURLToPath(new URL('../docs/images', import.meta.url))] = process.argv.slice(2);
if (url === undefined) {
  console.error('Usage: node scripts/screenshots.js URL [FOLDER]');
  process.exit(2);
}
const WIDTH = 1200;
const MOST_BYTES = 150_000;

mkdirSync(folder, { recursive: true });
const browser = await launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // Chromium does not run as root with its sandbox.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  for (const scheme of ['light', 'dark']) {
    const file = path.join(folder, `page-${scheme}.png`);
    await takePicture(scheme, file);
    execFileSync('pngquant', ['--force', '--ext', '.png', '--strip', '--speed', '1', '64', file]);
    const { size } = statSync(file);
    console.log(`${file}: ${Math.ceil(size / 1000)} kB`);
    if (size > MOST_BYTES) {
      console.error(`It is larger than ${MOST_BYTES / 1000} kB`);
      process.exitCode = 1;
    }
  }
} finally {
  await browser.close();
}

async function takePicture(scheme, file) {
  const page = await browser.newPage();
  await page.setViewport({ width: WIDTH, height: 800 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(url);
  await page.waitForSelector('.drawing canvas');
  await page.screenshot({ path: file, fullPage: true });
  await page.close();
}
