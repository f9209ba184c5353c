export const USAGE = `Usage: grappolo start [NODE-OPTIONS] FILE [OPTIONS] [-- ARGS]
       grappolo status|workers|reload|scale N|replace SLOT|stop [--name NAME] [--json]
       grappolo fleet status|reload|scale N|stop HOST [OPTIONS]
       grappolo ui [--name NAME] [--port PORT]
       grappolo systemd FILE [--socket PORT] [--name NAME]`;

export const HELP = `${USAGE}

start runs a Node.js server on several CPUs, in the foreground. FILE is any program that node can run,
CommonJS or ES module, or a folder with a main or an index; it need not know of clusters: its workers share the ports that it listens on.

Which workers:
  -w, --workers N|max      How many. Default: max, one for each CPU that may be used here (a container's
                           CPU limit counts).
      --policy POLICY      Who gets a connection. The primary gives it out: rr, in turn; least-connections;
                           least-loaded; sticky, by the client's address. The workers accept by themselves:
                           kernel, each on a socket of its own; none, all on one.
                           Default: NODE_CLUSTER_SCHED_POLICY, or rr (none on Windows).
      --cwd DIR            Where they run. Default: here.
      NODE-OPTIONS         Options for node, before FILE: --env-file FILE, --env-file-if-exists FILE, --import,
                           -r and all others that NODE_OPTIONS may have, a value behind "=".
      --node-arg=OPTION    One that NODE_OPTIONS may not have, such as --trace-gc; as often as it takes.
      -- ARGS              Arguments for FILE, in its process.argv.

When a worker is ready, and when it is not well:
      --ready WHEN         Ready is who listens: listening, the default; who says process.send('ready'):
                           message; or who runs: online.
      --ready-timeout MS   How long a worker has for that. Default: 10000.
      --hang-timeout MS    How long its event loop may be silent, before it is replaced; 0: for ever.
                           Default: 10000.
      --max-memory MB      The resident memory, in MiB, over which it is replaced. Default: any.

How workers are replaced and stopped:
      --drain-timeout MS   How long one has to finish what it is doing. Default: 30000.
      --idle-grace MS      How long one keeps a connection that is idle. Default: 1000.
      --max-surge N|N%     How many replacements may be starting at once in a reload. Default: 25%.
      --soak MS            How long a replacement must have been ready before the old one leaves. Default: 0.

The operations address (docs/operations.md):
      --ops ADDRESS        Serves metrics, health and a page on 127.0.0.1:PORT or unix:/PATH. Default: nowhere.
      --ops-token-file FILE
                           Who knows the token in it may reload, scale and replace workers there. Nobody else
                           may be able to read the file.
      --ops-allow-remote   Other machines may reach it, too, with the token.
      --ops-allow-hosts HOST,…
                           Names by which a proxy reaches it.
      --ops-min-ready N    How many workers must be ready for /readyz. Default: 1.

A fleet of several hosts (docs/fleet.md), which takes the package grappolo-fleet:
      --fleet URL,…        The engine that all of them share, such as nats://nats-1:4222. Default: no fleet.
      --fleet-name NAME    Which fleet; needed with --fleet.
      --fleet-host NAME    What this host is called in it. Default: the machine's name.
      --fleet-credentials FILE
                           What the engine lets this host in for. Nobody else may be able to read the file.
      --fleet-ca FILE      Whose certificates of the engine are trusted.
      --fleet-cert FILE, --fleet-key FILE
                           This host's own certificate, and its key.
      --fleet-in-kubernetes
                           Joins in Kubernetes, too, which does itself what a fleet is for.

The command itself:
      --name NAME          What status, reload and the others call it. Default: FILE's name without its
                           extension, or its folder's where FILE is an index.
      --config FILE        A .json, .js or .ts file with the same keys in camelCase (readyTimeout), and
                           file, args, execArgv, env, restart. Options given here win.
                           Default: grappolo.config.json, .js or .ts, where there is one.
      --log FORMAT         text; json, a line of JSON for each event; or auto, the default: text, with a live
                           table where it goes to a terminal.
  -h, --help               Shows this.
  -v, --version            Shows the version.

One that runs is asked from another terminal, by the same user:
  status                   How it is, and all its workers.
  workers                  Its workers only.
  reload                   Replaces every worker, and never has fewer ready ones; returns when done.
  scale N                  Changes the number of workers; returns when done.
  replace SLOT             Replaces the worker of one slot; returns when done.
  stop                     Lets all workers finish, and ends it.
      --name NAME          Which one; not needed where only one runs.
      --json               The answer in JSON.

fleet asks all hosts of a fleet, from any machine that reaches the engine: grappolo fleet --help.

ui shows it in a browser on this machine, until Ctrl-C: prints a URL that lets in whoever opens it first.
      --name NAME          Which one; not needed where only one runs.
      --port PORT          Default: one that is free.

systemd prints a unit file for FILE, for the user and the folder that it is called in.
      --socket PORT        And a socket unit, which keeps the port open while the service restarts.

A worker that dies is replaced: at once if it had been ready and is the first of its slot to die, else
after a wait that grows from 200 ms to 30 s with each death in 5 minutes. When none was ever ready and 5 in
a row have ended, start gives up, says why, and ends with 1. When FILE ends with code 0 before any worker
was ready, it is done: start ends with 0.

Ctrl-C or SIGTERM stops: workers take no more connections and finish those that are open. A second signal,
after half a second or more, ends all at once. SIGHUP reloads; it stops where the terminal was closed, but not under nohup. SIGTTIN and
SIGTTOU have one worker more or less. Where FILE handles SIGTERM itself, it hears it when its connections
have ended.

start ends with 0 after a stop or when all is done, 1 when FILE cannot be run or another has its name,
2 when called wrongly or when the config file is wrong, 129, 130 or 143 after a second SIGHUP, SIGINT or
SIGTERM.
The others end with 0 when it is done, 1 when it has failed or nobody runs, 2 when called wrongly.
`;
