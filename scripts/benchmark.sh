#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints the tables of docs/performance.md: what a code length costs, of all codecs and by all methods to measure it, in
# one run of some ten minutes. Usage: scripts/benchmark.sh [--write] [--quick] [TEXT [SPEC...]]
# TEXT is a file of 1.1 MB or more to use instead of made-up words; SPECs are codecs to measure instead of all.
# --write puts the tables in docs/performance.md, after what is said there; --quick takes a tenth of the time.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/performance.md
write=false
if [[ ${1:-} == --write ]]; then write=true; shift; fi

scripts/build.sh release performance >&2
if ! $write; then exec build/release/performance "$@"; fi
tables=$(build/release/performance "$@" | tee /dev/stderr)
text=$(sed '/^## The tables/q' "$page")
printf '%s\n%s\n' "$text" "$tables" >"$page"
