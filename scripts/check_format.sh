#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whether all our C++ is formatted as .clang-format has it. Usage: scripts/check_format.sh [--fix]
# Other versions of clang-format than Debian 12's see some lines otherwise; by them nothing is checked.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! clang-format --version | grep -q 'version 14\.'; then
  echo "check_format: needs clang-format 14; nothing was checked" >&2
  exit 77
fi
how=(--dry-run --Werror)
if [[ "${1:-}" == --fix ]]; then how=(-i); fi
find . \( -path './.*' -o -path './build*' -o -path ./out \) -prune -o \( -name '*.cc' -o -name '*.h' \) -print0 |
  xargs -0 clang-format "${how[@]}"
