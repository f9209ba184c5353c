import cluster = require('grappolo');
const isPrimary: boolean = cluster.isPrimary;
export { isPrimary };
