const assert = require('node:assert');
const cluster = require('node:cluster');
if (cluster.isPrimary) {
  cluster.fork().on('message', (answer) => {
    assert.equal(answer, true);
    cluster.disconnect();
  });
  import('grappolo').then((grappolo) => assert.equal(grappolo.default, cluster));
} else {
  process.send(require('grappolo') === cluster);
}
