#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Looks at the playground in headless Chromium, as a file (scripts/build_playground.sh) and at a server: it opens without
# errors and asks nobody else, colours come at once, each model gives what the command gives for the same seed, a picture is
# continued, everything works by keyboard alone, axe-core finds nothing inaccessible. Screenshots of a phone and a
# desktop, light and dark, go to FOLDER, to be looked at by eye. SLACK=3 allows three times the time, on a busy machine.
# Usage: scripts/check_playground.sh [FOLDER [PLAYGROUND.html]]; needs chromium, node, npm and em++.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/build/playground/looks}
page=${2:-$root/build/playground/playground.html}
mkdir -p "$folder"

for program in chromium node npm; do
  command -v "$program" >/dev/null || { echo "check_playground: needs $program; install it" >&2; exit 1; }
done
if [[ $# -lt 2 ]]; then
  command -v em++ >/dev/null || { echo "check_playground: LEFT OUT, em++ is not here" >&2; exit 0; }
  "$root/scripts/build_playground.sh" "$page"
fi
modules=$root/build/check_page
[[ -d $modules/node_modules/axe-core ]] ||
  npm install --silent --prefix "$modules" playwright-core@1 axe-core@4 >/dev/null
"$root/scripts/build.sh" release zipdream zipdream-serve
export NODE_FOLDER=$modules ZIPDREAM=$root/build/release/zipdream
node "$root/scripts/check_playground.mjs" "$folder" "$page"

# The same page at a server, over the models that it serves; the port is its own choice.
exec {served}< <(exec "$ZIPDREAM" serve --port 0 gzip:9 ppm:6 cm lm:english-small xz:6 gzip:9@lengths image audio)
trap 'kill $server' EXIT
server=$!
read -r -u $served _ _ url
node "$root/scripts/check_playground.mjs" "$folder" "$url/"
