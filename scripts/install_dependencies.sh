#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing to build, test and demonstrate zipdream on Debian 12; with all of it there, it says
# and does nothing. Usage: scripts/install_dependencies.sh [--lint | --packages | --docs]
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config
  # codecs
  zlib1g-dev liblzma-dev libbz2-dev libzstd-dev libbrotli-dev libdeflate-dev libzopfli-dev
  # images, sound
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev libwebp-dev
  libsndfile1-dev libmpg123-dev libflac-dev libsamplerate0-dev
  # threads, text, digests, command line, JSON
  libtbb-dev libfmt-dev libssl-dev libutfcpp-dev libutf8proc-dev libpcre2-dev libcli11-dev libcpp-httplib-dev
  nlohmann-json3-dev
  # the Python module and its tests
  python3-dev pybind11-dev python3-pytest
  # charts on pages
  libjs-chart.js
  # language models: vectors chosen at run time
  libhwy-dev
  # training them; Debian's plain BLAS is 39 times slower than OpenBLAS
  libtorch-dev libopenblas0-pthread
  # measuring on many machines: zipdream-mpi alone
  libopenmpi-dev openmpi-bin
  # tests, and the standard tools that they hold our streams against
  libgtest-dev libgmock-dev gzip xz-utils bzip2 zstd brotli flac
  # benchmarks
  libbenchmark-dev
)
case "${1:-}" in
  --lint) packages+=(clang-format clang-tidy git) ;;
  --packages) packages+=(dpkg-dev fakeroot file lintian) ;;
  --docs) packages+=(python3-sphinx python3-myst-parser python3-breathe doxygen furo) ;;
esac

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [[ "$status" == installed ]] || missing+=("$package")
done
# Tests compare with python3's modules; another python3 than Debian's will do.
python3 -c 'import bz2, lzma, zlib' 2>/dev/null || missing+=(python3)
[[ ${#missing[@]} -eq 0 ]] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "install_dependencies: no apt-get here; install these or their like: ${missing[*]}" >&2
  exit 1
fi
as_root=()
[[ $(id -u) -eq 0 ]] || as_root=(sudo)
echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
