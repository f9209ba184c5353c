// A worker that imports the cluster, as README's first example does.
import cluster from 'node:cluster';

import firstLine from './first-line.cjs';

firstLine(cluster);
