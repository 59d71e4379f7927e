#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Gathers what zipdream is built from, as unpacked packages of Debian, for a machine that has a compiler, CMake and
# PyTorch but no network: headers, libraries and pkg-config. Nothing is installed.
# Usage: scripts/gpu_headers.sh [FOLDER]; it makes FOLDER (.gpu/packages) and FOLDER.tar.gz, either of which
# scripts/gpu_check.sh takes there.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-.gpu/packages}")

packages=(libfmt-dev libfmt9 libcli11-dev nlohmann-json3-dev libhwy-dev libhwy1 libgtest-dev libgmock-dev
  libtbb-dev libtbb12 libtbbmalloc2 libtbbbind-2-5 libhwloc15 zlib1g-dev liblzma-dev libbz2-dev libzstd-dev
  libbrotli-dev libbrotli1 libdeflate-dev libdeflate0 libzopfli-dev libzopfli1 libwebp-dev libwebp7
  libpcre2-dev libpcre2-8-0 libutf8proc-dev libutf8proc2 libutfcpp-dev libssl-dev libjs-chart.js pkgconf-bin libpkgconf3)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && apt-get download -qq "${packages[@]}" 2>/dev/null) ||
  { echo "gpu_headers: packages can't be downloaded; try apt-get update" >&2; exit 1; }
mkdir -p "$out"
for package in "$work"/*.deb; do
  dpkg-deb -x "$package" "$out"
done
# Documentation is of no use there. A link to a library that isn't here gives way to the static library beside it.
rm -rf "$out"/usr/share/{doc,man,lintian,bug} "$out"/usr/share/doc-base "$out"/usr/lib/x86_64-linux-gnu/libssl*
find "$out" -type l \( -lname "/*" -o -xtype l \) -delete
tar czf "$out.tar.gz" -C "$(dirname "$out")" "$(basename "$out")"
du -sh "$out" "$out.tar.gz"
