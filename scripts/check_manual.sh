#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages of a build: man has nothing to warn of, every command and program has one, and every option of its
# --help is in it. Usage: scripts/check_manual.sh [BUILD_FOLDER]     (build/release). Without man it exits with 77.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}
command -v man >/dev/null || { echo "check_manual: no man here; install man-db" >&2; exit 77; }

fail() { echo "check_manual: $*" >&2; exit 1; }

rendered() { MANWIDTH=500 LC_ALL=C.UTF-8 man -E UTF-8 -l "$1" 2>/dev/null | col -b; }

check_warnings() { # PAGE
  local page="$build/manual/man1/$1.1.gz" warnings
  [[ -f $page ]] || fail "$1 has no page"
  warnings=$(LC_ALL=C.UTF-8 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)
  [[ -z $warnings ]] || fail "$1: $warnings"
}

check_page() { # PAGE PROGRAM [COMMAND]
  local options option text
  check_warnings "$1"
  text=$(rendered "$build/manual/man1/$1.1.gz")
  options=$("$build/$2" "${@:3}" --help | sed -n '/^Usage/,$p' |
    grep -oE '^  (-[A-Za-z],)?--[a-z0-9,-]+' | tr -d ' ' | tr ',' '\n')
  for option in $options; do
    grep -qE -- "(^|[ ,])$option([ ,]|\$)" <<<"$text" || fail "$1 says nothing of $option"
  done
  count=$((count + $(wc -w <<<"$options")))
}

count=0
check_page zipdream zipdream
commands=$("$build/zipdream" --help | sed -n '/^Subcommands/,/^$/p' | grep -oE '^  [a-z]+[a-z-]*' | tr -d ' ')
[[ $(wc -w <<<"$commands") -gt 10 ]] || fail "the help names few commands: $commands"
for command in $commands; do check_page "zipdream-$command" zipdream "$command"; done
for page in zipdream-mpi zipdream-train-mpi; do check_warnings "$page"; done
if [[ -x $build/zipdream-mpi ]]; then
  check_page zipdream-mpi zipdream-mpi
  for command in rates in-context scaling score; do check_page zipdream-mpi zipdream-mpi "$command"; done
fi
[[ $count -gt 100 ]] || fail "the help names only $count options"
echo "check_manual: $(wc -w <<<"$commands") commands, $count options"
