// NODE_CLUSTER_SCHED_POLICY is set by the program, before it asks for cluster.
process.env.NODE_CLUSTER_SCHED_POLICY = 'none';
const { default: cluster } = await import('node:cluster');
console.log(cluster.schedulingPolicy === cluster.SCHED_NONE);
cluster.schedulingPolicy = cluster.SCHED_RR;
console.log(cluster.schedulingPolicy === cluster.SCHED_RR, Object.keys(cluster).includes('schedulingPolicy'));
