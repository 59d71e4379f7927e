#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the site of docs/ in build/docs: pages, the reference of C and C++ by Doxygen from the headers, that of Python
# from the module's docstrings, that of the commands from what they say. Any warning is an error, and every link to a
# page, a heading or a file of ours is followed.
# Usage: scripts/build_docs.sh [BUILD_FOLDER]     (build/release)
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}

scripts/install_dependencies.sh --docs
[[ -f $build/build.ninja ]] || cmake --preset release -B "$build" >/dev/null
cmake --build "$build" --target zipdream zipdream_python >&2
rm -rf build/doxygen build/doctrees build/docs
mkdir -p build/doxygen
doxygen docs/site/Doxyfile
ZIPDREAM_BUILD=$build /usr/bin/python3 -m sphinx -b html -q -W --keep-going -d build/doctrees -c docs/site . build/docs
scripts/check_links.py build/docs
echo "build_docs: see build/docs/index.html" >&2
