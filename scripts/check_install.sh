#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs a build into a temporary prefix, and nowhere else, and builds and runs the examples against it, as a client
# does: by CMake and by pkg-config; the Python module does the same. Also checks that the shared library shows nothing but what is marked ZIPDREAM_API.
# Usage: scripts/check_install.sh [BUILD_FOLDER]     (build/release)
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/a prefix"  # with a space, which is where quoting goes wrong

fail() { echo "check_install: $*" >&2; exit 1; }

cmake --build "$build" --target installable >"$work/build.log" || { tail "$work/build.log" >&2; exit 1; }
cmake --install "$build" --prefix "$prefix" >"$work/install.log"
outside=$(sed -nE 's/^-- (Installing|Up-to-date): //p' "$work/install.log" | grep -vF "$prefix/") || true
[[ -z $outside ]] || fail "is installed outside the prefix: $outside"
[[ $(grep -c '^-- Installing: ' "$work/install.log") -gt 50 ]] || fail "few files: $(cat "$work/install.log")"
text="the cat sat on the mat, the cat sat on the "
head -c 3000 samples/text.txt >"$work/text"

run_examples() { # FOLDER
  local first
  first=$("$1/next_byte" gzip:9 "$text" | head -1)
  [[ $first == m* ]] || fail "next_byte by $1 says '$first', not m"
  "$1/continue_text" ppm:6 "$work/text" 60 7 >"$work/continued" 2>/dev/null
  "$prefix/bin/zipdream" generate ppm:6 -f "$work/text" -n 60 --seed 7 --no-prompt -q >"$work/generated"
  cmp "$work/continued" "$work/generated" ||
    fail "continue_text by $1 differs from the command"
  "$1/dream_in_c" ppm:6 "$work/text" 60 7 | cmp - "$work/generated" || fail "dream_in_c by $1 differs from the command"
  "$1/compress" cm "$work/text" "$work/text.zd" >/dev/null
  "$prefix/bin/zipdream" decompress -q -c "$work/text.zd" | cmp - "$work/text" || fail "compress by $1 lost something"
  if "$1/next_byte" gzp x 2>"$work/error"; then fail "an unknown model was taken"; fi
  grep -q "did you mean gzip?" "$work/error" || fail "next_byte gzp: $(cat "$work/error")"
}

cmake -S examples -B "$work/by_cmake" -DCMAKE_PREFIX_PATH="$prefix" >"$work/cmake.log"
cmake --build "$work/by_cmake" >>"$work/cmake.log"
run_examples "$work/by_cmake"

mkdir "$work/by_pkg_config"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
for example in next_byte continue_text compress; do
  eval "g++ -std=c++20 examples/$example.cc $(pkg-config --cflags --libs zipdream) -o '$work/by_pkg_config/$example'"
done
eval "gcc -std=c99 -Wall -Wextra -Wpedantic -Werror examples/dream_in_c.c $(pkg-config --cflags --libs zipdream) \
  -o '$work/by_pkg_config/dream_in_c'"
run_examples "$work/by_pkg_config"
if command -v valgrind >/dev/null; then
  valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect \
    "$work/by_pkg_config/dream_in_c" gzip:9 "$work/text" 20 7 >/dev/null || fail "valgrind finds something in dream_in_c"
fi

if [[ -d $prefix/lib/python3/dist-packages ]]; then
  PYTHONPATH="$prefix/lib/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 - "$work/text" \
    >"$work/by_python" <<'EOF'
import sys
import zipdream
text = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(zipdream.load("ppm:6").generate(text, 60, seed=7))
EOF
  cmp "$work/by_python" "$work/generated" || fail "the Python module differs from the command"
fi

# What C sees stays what it is.
declared=$(grep -oE '\bzd_[a-z0-9_]+\(' include/zipdream/zipdream_c.h | tr -d '(' | sort -u)
exported=$(nm -D --defined-only "$prefix"/lib/libzipdream.so | awk '$3 ~ /^zd_/ {print $3}' | sort)
for name in zd_error_message zd_error_remedy; do declared+=$'\n'$name; done
[[ $(sort -u <<<"$declared") == "$exported" ]] || fail "the functions for C are not those of zipdream_c.h"

shown=$(nm -DC --defined-only "$prefix"/lib/libzipdream.so | grep -c ' T zipdream::') || true
foreign=$(nm -D --defined-only "$prefix"/lib/libzipdream.so | awk '$2 == "T" {print $3}' |
  grep -vc '^_ZNK\?[0-9]*8zipdream\|^_ZN8zipdream\|^_ZNK8zipdream\|^zd_') || true
[[ $shown -gt 20 ]] || fail "the shared library shows only $shown functions"
[[ $foreign -eq 0 ]] || fail "the shared library shows $foreign functions that are not in the namespace"
echo "check_install: by CMake and by pkg-config, $shown functions shown"
