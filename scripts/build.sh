#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, configures and builds. Usage: scripts/build.sh [PRESET [TARGET...]]
# The default preset is release; without targets everything is built.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
shift || true

scripts/install_dependencies.sh
[[ -f build/$preset/build.ninja ]] || cmake --preset "$preset" >/dev/null
cmake --build "build/$preset" ${1:+--target "$@"}
