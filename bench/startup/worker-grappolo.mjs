// A worker that imports the cluster, as README's first example does.
import cluster from '../../dist/index.js';

import firstLine from './first-line.cjs';

firstLine(cluster);
