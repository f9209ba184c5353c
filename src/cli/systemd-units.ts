/** What the units are made of. Paths are absolute. */
export interface UnitRequest {
  /** Node, and this command's own file. */
  readonly node: string;
  readonly cli: string;
  readonly file: string;
  readonly folder: string;
  readonly name: string;
  readonly user: string;
  /** The port that systemd keeps open; `undefined`: the service binds its own. */
  readonly socket: number | undefined;
}

/** How long workers have to finish; see `drainTimeout`. */
const DRAIN_S = 30;
/** What all else takes at the end. */
const END_S = 15;

/** The text of the unit files, each behind a comment with its name. */
export function systemdUnits(request: UnitRequest): string {
  const service = `# ${request.name}.service\n${serviceUnit(request)}`;
  return request.socket === undefined
    ? service
    : `${service}\n# ${request.name}.socket\n${socketUnit(request, request.socket)}`;
}

function serviceUnit({ node, cli, file, folder, name, user, socket }: UnitRequest): string {
  const command = `${argument(node)} ${argument(cli)}`;
  return `[Unit]
Description=${plain(name)}, on Grappolo
Wants=network-online.target
After=network-online.target
${socket === undefined ? '' : `Requires=${name}.socket\nAfter=${name}.socket\n`}
[Service]
Type=notify
NotifyAccess=main
User=${user}
WorkingDirectory=${plain(folder)}
Environment=NODE_ENV=production
# Where the control socket is.
RuntimeDirectory=${name}
RuntimeDirectoryMode=0700
Environment=XDG_RUNTIME_DIR=/run/${name}

ExecStart=${command} start ${argument(file)} --name ${name} --log json
# Waits until all workers are replaced, and fails where the reload has failed.
ExecReload=${command} reload --name ${name}
# How long a start or a reload may take.
TimeoutStartSec=5min
# The primary says that it lives, and that a worker is ready.
WatchdogSec=30

# SIGTERM goes to the supervisor alone, which drains its workers.
KillMode=mixed
# The drain timeout of ${DRAIN_S} s, and what all else takes.
TimeoutStopSec=${DRAIN_S + END_S}

Restart=on-failure
RestartSec=1
# Called wrongly, or the config file is wrong: to try again would not help.
RestartPreventExitStatus=2
# A worker that the kernel ends for want of memory is replaced; the service goes on.
OOMPolicy=continue
# Each connection takes a descriptor.
LimitNOFILE=65536

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=${isInHome(node, cli, file, folder) ? 'read-only' : 'yes'}
${isInTmp(node, cli, file, folder) ? '# PrivateTmp=yes would hide the program.' : 'PrivateTmp=yes'}
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute= would end Node, which compiles at run time.
${capabilities(socket)}
[Install]
WantedBy=multi-user.target
`;
}

/** systemd binds a port below 1024 as well; without it the program may want to. */
function capabilities(socket: number | undefined): string {
  if (socket !== undefined) return 'CapabilityBoundingSet=\n';
  return 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n';
}

function socketUnit({ name }: UnitRequest, port: number): string {
  return `[Unit]
Description=The port of ${name}

[Socket]
ListenStream=${port}
FileDescriptorName=${name}
Backlog=511
NoDelay=yes

[Install]
WantedBy=sockets.target
`;
}

/** systemd gives `%` a meaning, and `$` in commands. */
function plain(text: string): string {
  return text.replaceAll('%', '%%');
}

function argument(text: string): string {
  const escaped = plain(text).replaceAll('$', '$$$$');
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll(/["\\]/g, '\\$&')}"`;
}

function isInHome(...paths: readonly string[]): boolean {
  return paths.some((each) => /^\/(?:home|root|run\/user)\//.test(`${each}/`));
}

function isInTmp(...paths: readonly string[]): boolean {
  return paths.some((each) => /^\/(?:var\/)?tmp\//.test(`${each}/`));
}
