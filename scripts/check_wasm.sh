#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that the core compiles for the browser, by Emscripten of Debian 12 (3.1.6: C++20 without std::ranges
# algorithms and with few ranges): what generates, scores and codes by gzip, ppm and cm. Left out, with a message, where
# em++ is missing: apt-get install --no-install-recommends emscripten takes 800 MB.
# Usage: scripts/check_wasm.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v em++ >/dev/null; then
  echo "check_wasm: LEFT OUT, em++ is not here" >&2
  exit 0
fi

# Of a machine, not of a browser: a build for one brings files of its own behind the same headers.
#   parallel: oneTBB    checksum: OpenSSL    files, output_file, terminal, terminal_text, process: POSIX
#   arena, guarded_pages: memory mapped twice, for encoders of other libraries
machine='^(base/(parallel|checksum|files|output_file|terminal|terminal_text|process)|codecs/common/(arena|guarded_pages))\.cc$'

files=("$@")
if [[ ${#files[@]} -eq 0 ]]; then
  mapfile -t files < <(find base generator codecs/common codecs/deflate models/ppm models/cm -name '*.cc' |
    grep -vE "$machine" | sort)
fi

# Libraries that a browser's build compiles for itself; here their headers suffice.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for header in $(g++ -M -x c++ - <<<$'#include <zlib.h>\n' | grep -oE '/[^ ]*/(zlib|zconf)\.h'); do
  ln -s "$header" "$work"
done
ln -s /usr/include/fmt /usr/include/hwy "$work"

export NODE_PATH=/usr/share/nodejs  # em++ wants node-acorn of there
printf '%s\n' "${files[@]}" | xargs -P "$(nproc)" -n 10 em++ -std=c++20 -fsyntax-only -fwasm-exceptions \
  -Wall -Wextra -Werror -DFMT_HEADER_ONLY -I. -Iinclude -isystem "$work"
echo "check_wasm: ${#files[@]} files of the core compile" >&2
