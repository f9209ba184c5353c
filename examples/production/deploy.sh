#!/bin/sh
# Puts a release in place, and the one before back where its workers do not get ready.
# Usage: deploy.sh /srv/api/releases/2
set -eu

release=$1
link=/srv/api/current
before=$(readlink "$link")
grappolo="$link/node_modules/.bin/grappolo"

point() {
  ln -sfn "$1" "$link.new"
  mv -T "$link.new" "$link"
}

point "$release"
"$grappolo" reload --name api && exit 0

echo "The reload has failed: $before is put back" >&2
point "$before"
"$grappolo" reload --name api
exit 1
