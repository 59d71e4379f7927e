#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes pages of texts, images and audio with `zipdream compare --html`, and of `rates`, and looks at them in headless
# Chromium: on a phone and a desktop, light and dark; no console errors, nothing asked of the network, hovering and keys
# work, audio loads, axe-core finds nothing inaccessible. Screenshots go to FOLDER, to be looked at by eye.
# Usage: scripts/check_page.sh [FOLDER [PAGE.html...]]; needs chromium, node and npm. Given pages are checked
# instead of our own.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/build/pages}
shift || true
mkdir -p "$folder"

for program in chromium node npm; do
  command -v "$program" >/dev/null || { echo "check_page: needs $program; install it" >&2; exit 1; }
done
modules=$root/build/check_page
[[ -d $modules/node_modules/axe-core ]] ||
  npm install --silent --prefix "$modules" playwright-core@1 axe-core@4 >/dev/null

pages=("$@")
if [[ ${#pages[@]} -eq 0 ]]; then
  "$root/scripts/build.sh" release zipdream
  zipdream=$root/build/release/zipdream
  samples=$root/samples
  "$zipdream" compare gzip:9@bytes gzip:9@tables gzip:9@dream mix:ppm:6+gzip:9 avg:ppm:6+gzip:9 xz:9 -q \
    --seed 1 --samples 2 -f "$samples/text.txt" --prompt-bytes 1948 --predict 200 --html "$folder/text.html" >/dev/null
  printf '%b' 'caf\xc3\xa9 <b>&amp;</b>\n</script><script>alert(1)</script>\t\xff\x00\x1b[31m{{data}}<!-- ' \
    "\"it's\" caf\\xc3\\xa9 <b>\\xff" >"$folder/hostile.bin"
  "$zipdream" compare gzip:9 ppm:6 -q --seed 1 -f "$folder/hostile.bin" --prompt-bytes 60 --predict 30 \
    --html "$folder/hostile.html" >/dev/null
  "$zipdream" compare gzip:9 xz:9@dream -q --seed 1 -p 'to be or not to be, that is ' \
    --html "$folder/no-reference.html" >/dev/null
  "$zipdream" compare gzip:9 ppm:6 png -q --seed 1 --samples 2 -f "$samples/image.png" \
    --html "$folder/image.html" >/dev/null
  "$zipdream" compare gzip:9 png -q --seed 1 -f "$samples/rock.png" --prompt-side top --prompt-fraction 0.6 \
    --html "$folder/image-top.html" >/dev/null
  "$zipdream" compare gzip:9 ppm:6 flac:8 -q --seed 1 -f "$samples/sound.wav" --rate 8000 --prompt-seconds 0.5 \
    --seconds 0.2 --html "$folder/audio.html" >/dev/null
  "$zipdream" compare gzip:9 -q --seed 1 -f "$samples/sound.wav" --rate 8000 --format mulaw --prompt-seconds 0.2 \
    --seconds 0.1 --html "$folder/mulaw.html" >/dev/null
  "$zipdream" rates gzip:9 xz:6 -q --data "$samples/text.txt" "$samples/image.png" random:64K \
    --html "$folder/rates.html" >/dev/null
  "$zipdream" in-context gzip:9 ppm:6 -q --data "$samples/text.txt" --html "$folder/in-context.html" >/dev/null
  pages=("$folder"/{text,hostile,no-reference,image,image-top,audio,mulaw,rates,in-context}.html)
fi
NODE_FOLDER=$modules node "$root/scripts/check_page.mjs" "$folder" "${pages[@]}"
