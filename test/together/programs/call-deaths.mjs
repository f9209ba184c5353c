// Kills workers that have calls to answer; prints, as JSON, how many ms after each was killed, which is before its end, its calls were rejected.
import cluster from 'grappolo';
import { call, contract, serve } from 'grappolo/together';

const KILLS = 100;
const CALLS = 10;
const api = contract('target');

if (cluster.isPrimary) {
  const late = [];
  const codes = new Set();
  for (let i = 0; i < KILLS; i += 1) {
    const worker = cluster.fork();
    const target = call(api, { id: worker.id });
    await target.here();
    let rejectedMs = 0;
    const calls = Array.from({ length: CALLS }, () =>
      target.hang().catch(({ code }) => {
        codes.add(code);
        rejectedMs = performance.now();
      }),
    );
    await target.here();
    const killedMs = performance.now();
    worker.process.kill('SIGKILL');
    await Promise.all(calls);
    late.push(rejectedMs - killedMs);
  }
  console.log(JSON.stringify({ late, codes: [...codes] }));
} else {
  serve(api, { here: () => true, hang: () => new Promise(() => {}) });
}
