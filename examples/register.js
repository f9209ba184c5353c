// grappolo/register puts this library in the place of node:cluster, for a program and for all that it depends on:
//
//     node --import grappolo/register examples/register.js
import cluster, { isPrimary } from 'node:cluster';

if (isPrimary) {
  const { default: grappolo } = await import('grappolo');
  if (cluster === grappolo) {
    console.log('node:cluster is grappolo in the primary');
    cluster.fork();
  } else {
    console.log("node:cluster is Node's own; start with: node --import grappolo/register", process.argv[1]);
  }
} else {
  const { default: grappolo } = await import('grappolo');
  console.log('node:cluster is grappolo in the worker:', cluster === grappolo);
  cluster.worker.disconnect();
}
