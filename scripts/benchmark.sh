#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# CPU time per candidate of compressing again, copying zlib's encoder and the exact session, in one run. Takes two
# minutes. Usage: scripts/benchmark.sh [TEXT [FILTER]]
# TEXT is a file to use instead of made-up words; FILTER is a regular expression, such as '.*/9/0' for level 9 in bits.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/build.sh release deflate_bench
[[ -z ${1:-} ]] || export ZIPDREAM_BENCH_TEXT=$1
build/release/deflate_bench --benchmark_min_time=0.1 --benchmark_filter="${2:-.*}"
