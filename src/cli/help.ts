export const USAGE = 'Usage: grappolo start FILE [--workers N|max] [--policy NAME] [-- ARGS]';

export const HELP = `${USAGE}

Runs a Node.js server on several CPUs. FILE is any program that node can run, CommonJS or ES module;
it need not know of clusters: its workers share the ports that it listens on.

Options:
  -w, --workers N|max   How many workers. Default: max, one for each CPU that may be used here
                        (a container's CPU limit counts).
      --policy NAME     Who gets a connection. The primary gives it out: rr, in turn; least-connections;
                        least-loaded; sticky, by the client's address. The workers accept by themselves:
                        kernel, each on a socket of its own; none, all on one.
                        Default: NODE_CLUSTER_SCHED_POLICY, or rr (none on Windows).
      -- ARGS           Arguments for FILE, in its process.argv. Options for node itself go into NODE_OPTIONS.
  -h, --help            Shows this.
  -v, --version         Shows the version.

One worker starts first. If it fails before it listens, the command says why and ends with 1;
once it listens, or has lived for 2 seconds, the others start.
A worker that dies is replaced, after a growing delay (at most 5 s) while it dies young. One that ends
with code 0 and never listened is done and not replaced; when all are done, the command ends with 0.

Ctrl-C, SIGTERM or SIGHUP stops: workers take no more connections and have 10 s to finish those that
are open. A second signal ends all at once. A worker that is sent one of these signals finishes its
connections before it ends of it. Where FILE handles the signal itself, that is left to FILE.

Ends with 0 after a stop or when all is done, 1 when FILE cannot be run, 2 when called wrongly,
129, 130 or 143 after a second SIGHUP, SIGINT or SIGTERM.
`;
