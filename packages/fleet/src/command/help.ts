/** What `grappolo fleet --help` prints. */
export const HELP = `Usage: grappolo fleet status [--json]
       grappolo fleet reload [--max-unavailable N] [--soak 30s]
       grappolo fleet scale N [--max-unavailable N] [--soak 30s]
       grappolo fleet stop HOST|--all [--max-unavailable N]

  status                   All hosts: version, generation, workers, load, since when. Unknown is who is silent.
  reload                   Each host reloads, one after the other; the first that fails stops it.
  scale N                  Each host has N workers, in the same manner.
  stop HOST                Stops one host; with --all, all of them.
      --max-unavailable N  How many hosts at once, 500 at most. Default: 1; of stop --all: all.
      --soak TIME          How long each host is looked at afterwards, such as 30s or 2m. Default: 30s.
      --abort              Ends what is under way: no other host is ordered.
      --forget HOST        Goes on without a host that is gone for good.

Which fleet:
      --fleet URL,…        The engine's addresses. Default: GRAPPOLO_FLEET.
      --fleet-name NAME    Default: GRAPPOLO_FLEET_NAME.
      --fleet-credentials FILE, --fleet-ca FILE, --fleet-cert FILE, --fleet-key FILE
                           As of grappolo start.
      --json               One line of JSON, at the end.
  -h, --help               Shows this.

Ends with 0 when it is done, 1 when it has failed, 2 when called wrongly.`;
