#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes Debian packages, and has lintian look at them: zipdream, libzipdream0, libzipdream-dev, python3-zipdream,
# zipdream-train, zipdream-mpi, zipdream-train-mpi and zipdream-models. Their version is that of include/zipdream/runtime.h.
# Usage: scripts/build_packages.sh [FOLDER [CMAKE_OPTION...]]     (build/packages, which they are put into)
# -DZIPDREAM_MAINTAINER="NAME <ADDRESS>" is who signs them.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/packages}
shift || true
build=build/package

scripts/install_dependencies.sh --packages
if [[ -z ${SOURCE_DATE_EPOCH:-} ]] && git rev-parse --git-dir >/dev/null 2>&1; then
  SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
  export SOURCE_DATE_EPOCH
fi
hardening="-Wl,-z,relro -Wl,-z,now"
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" \
  -DCMAKE_INSTALL_PREFIX=/usr -DZIPDREAM_PACKAGES=ON -DZIPDREAM_BUILD_TESTS=OFF -DZIPDREAM_BUILD_BENCH=OFF \
  -DCMAKE_EXE_LINKER_FLAGS="$hardening" -DCMAKE_SHARED_LINKER_FLAGS="$hardening" \
  -DCMAKE_MODULE_LINKER_FLAGS="$hardening" -DCMAKE_SKIP_INSTALL_RPATH=ON "$@" >/dev/null
cmake --build "$build"

mkdir -p "$folder"
rm -f "$folder"/*.deb
(umask 022 && cpack --config "$build/CPackConfig.cmake" -B "$build/cpack" >"$build/cpack.log") ||
  { cat "$build/cpack.log" >&2; exit 1; }
mv "$build"/cpack/*.deb "$folder"
if command -v lintian >/dev/null; then
  # That an upload closes the wish for the package is a rule of Debian's own archive.
  lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs "$folder"/*.deb
fi
ls -l "$folder"
