// webpack without its command, which is a package of its own: node webpack.cjs INPUT FOLDER
const webpack = require('webpack');

const [, , entry, path] = process.argv;
webpack(
  { entry, output: { path, filename: 'app.cjs' }, mode: 'production', target: 'node' },
  (error, stats) => {
    if (error || stats.hasErrors()) throw error ?? new Error(stats.toString());
  },
);
