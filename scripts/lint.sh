#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the format of all our C++, and lints what is shipped; with --all the tests too, which takes as long again.
# Usage: scripts/lint.sh [--fix | --all]
# Needs a configured release build for clang-tidy's compile commands, and makes one.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_dependencies.sh
scripts/install_dependencies.sh --lint

if [[ "${1:-}" == "--fix" ]]; then
  scripts/check_format.sh --fix
else
  scripts/check_format.sh
fi

mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.cc' '*.h')
[[ -f build/release/build.ninja ]] || cmake --preset release >/dev/null
# Clang 14 can't read the headers of libtorch 1.13 as C++20, so what includes them is left out. The examples are a
# project of their own (scripts/check_install.sh), and so is what browsers get (scripts/build_playground.sh).
left_out='^(examples|apps/web)/'
[[ "${1:-}" == "--all" ]] || left_out+='|^tests/'
mapfile -t units < <(printf '%s\n' "${sources[@]}" | grep '\.cc$' | grep -vE "$left_out" |
  xargs grep -LE '#include (<(torch|ATen|c10)/|"training/(network|operations)\.h")')
printf '%s\n' "${units[@]}" | xargs -P "$(nproc)" -n 4 clang-tidy -p build/release --quiet
