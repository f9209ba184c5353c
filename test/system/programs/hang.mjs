import { writeSync } from 'node:fs';

class Endless {
  run() {
    [1].forEach(() => {
      writeSync(1, 'hangs\n');
      for (;;);
    });
  }
}

async function main() {
  await null;
  new Endless().run();
}

await main();
