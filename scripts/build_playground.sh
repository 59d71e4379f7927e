#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the playground, one HTML file with the models in it: FILE, or build/playground/playground.html. Needs
# Emscripten (apt-get install --no-install-recommends emscripten, 800 MB) and the sources of zlib and liblzma, which it
# gets from Debian; ZLIB_SOURCE and XZ_SOURCE name folders where they are already.
# Usage: scripts/build_playground.sh [FILE]
set -euo pipefail
cd "$(dirname "$0")/.."
build=$PWD/build/playground
mkdir -p "$build"
file=${1:-$build/playground.html}

command -v em++ >/dev/null || {
  echo "build_playground: needs em++; apt-get install --no-install-recommends emscripten" >&2
  exit 1
}
export NODE_PATH=/usr/share/nodejs  # em++ wants node-acorn of there

# debian_source PACKAGE NAME: the folder NAME-VERSION of its source, got from Debian where it isn't there.
debian_source() {
  local folder
  mkdir -p "$build/source" "$build/lists/partial"
  folder=$(find "$build/source" -maxdepth 1 -type d -name "$2-*" | head -n 1)
  if [[ -z $folder ]]; then
    sed 's/^Types: .*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$build/debian.sources"
    local options=(-o Dir::Etc::sourcelist="$build/debian.sources" -o Dir::Etc::sourceparts=/dev/null
      -o Dir::State::lists="$build/lists" -qq)
    apt-get "${options[@]}" update >&2
    (cd "$build/source" && apt-get "${options[@]}" source --download-only "$1" >&2 &&
      tar xf "$(find . -name "$1_*.orig.tar.*" ! -name '*.asc' | head -n 1)")
    folder=$(find "$build/source" -maxdepth 1 -type d -name "$2-*" | head -n 1)
  fi
  echo "$folder"
}
zlib=${ZLIB_SOURCE:-$(debian_source zlib zlib)}
xz=${XZ_SOURCE:-$(debian_source xz-utils xz)}

# Libraries of headers alone, without the rest of /usr/include, which is of another machine.
mkdir -p "$build/headers"
for header in fmt hwy nlohmann utf8 utf8.h pcre2.h; do
  place=/usr/include/$header
  [[ -e $place ]] || place=/usr/include/utf8cpp/$header
  ln -sfn "$place" "$build/headers/$header"
done

emcmake cmake -G Ninja -S apps/web -B "$build" -DCMAKE_BUILD_TYPE=None -DZLIB_SOURCE="$zlib" -DXZ_SOURCE="$xz" \
  -DHEADERS="$build/headers" >/dev/null
ninja -C "$build"
python3 apps/web/assemble.py "$build/playground.js" "$build/playground.wasm" "$file"
