#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The functions that neither a program nor a client of the library reaches: what only tests call, or nobody. Everything
# is compiled without inlining, each function in a section of its own, and linked with --gc-sections; what is in the
# objects and in none of zipdream, zipdream-train, the images' module and the shared library, whose roots are the public
# functions, is listed. What only a table of virtual functions names counts as reached. Fails if there is any.
# Usage: scripts/unreached.sh
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/unreached

scripts/install_dependencies.sh
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DZIPDREAM_BUILD_TESTS=OFF -DZIPDREAM_BUILD_BENCH=OFF \
  -DZIPDREAM_PRECOMPILE=OFF -DCMAKE_CXX_FLAGS="-O0 -DNDEBUG -ffunction-sections -fdata-sections" \
  -DCMAKE_{EXE,SHARED,MODULE}_LINKER_FLAGS=-Wl,--gc-sections >/dev/null
cmake --build "$build" >&2

# Mangled names, of our functions alone; without those that are made where they are used, in headers and by templates.
functions() { # KINDS; files come by standard input, each ended by a zero
  xargs -0 nm --defined-only 2>/dev/null |
    awk -v kinds="$1" '$2 ~ kinds && $3 ~ /^_ZNK?8zipdream/ { print $3 }' | sort -u
}

# By these apps/bench/tokenize.cc checks tokenizers.
benchmarks='^zipdream::(decode\(|make_byte_tokenizer|\(anonymous namespace\)::(every_byte|ByteTokenizer))'

products=("$build/zipdream" "$build"/libzipdream.so.*.*.* "$build/zipdream_opencv.so")
for program in zipdream-train zipdream-train-mpi zipdream-mpi; do
  if [[ -e $build/$program ]]; then products+=("$build/$program"); fi
done
unreached=$(comm -23 <(find "$build" -name '*.o' -print0 | functions '^[tT]$') \
  <(printf '%s\0' "${products[@]}" | functions '^[tTwW]$') | c++filt | grep -vE "$benchmarks" || true)
if [[ -n $unreached ]]; then
  echo "$unreached"
  exit 1
fi
