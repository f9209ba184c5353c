// A worker that imports the cluster, as README's first example does.
import cluster from '../../dist/index.cjs';

import firstLine from './first-line.cjs';

firstLine(cluster);
