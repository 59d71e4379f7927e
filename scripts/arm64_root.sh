#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Gathers the libraries to build zipdream for 64-bit ARM on another processor (cmake/arm64.cmake), from Debian's
# packages, in a folder of their own: nothing of the system is changed. Usage: scripts/arm64_root.sh [FOLDER]
# FOLDER is build/arm64-root unless given; what is there already stays as it is. Needs mmdebstrap; then
#   cmake --preset arm64 && cmake --build --preset arm64 --target zipdream zipdream_opencv
#   qemu-aarch64 -L build/arm64-root build/arm64/zipdream list
# needs g++-aarch64-linux-gnu, and qemu-user to run what it makes.
set -euo pipefail
cd "$(dirname "$0")/.."
root=${1:-build/arm64-root}
if [[ -e $root ]]; then
  echo "arm64_root: $root is there already"
  exit 0
fi
command -v mmdebstrap >/dev/null ||
  { echo "arm64_root: mmdebstrap is missing; apt-get install mmdebstrap" >&2; exit 1; }

packages=(
  libc6-dev libstdc++-12-dev zlib1g-dev liblzma-dev libbz2-dev libzstd-dev libbrotli-dev libdeflate-dev libzopfli-dev
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev libwebp-dev libsndfile1-dev libmpg123-dev
  libflac-dev libsamplerate0-dev libtbb-dev libfmt-dev libssl-dev libutfcpp-dev libutf8proc-dev libpcre2-dev
  libcli11-dev nlohmann-json3-dev libjs-chart.js libhwy-dev libgtest-dev libgmock-dev
)
mkdir -p "$(dirname "$root")"
unfinished=$root.unfinished
rm -rf "$unfinished"
trap 'rm -rf "$unfinished"' EXIT
mmdebstrap --quiet --architectures=arm64 --variant=extract --include="$(IFS=,; echo "${packages[*]}")" bookworm \
  "$unfinished"

# The emulator takes what is here for what is at /: libraries, and no files of a system.
(cd "$unfinished" && rm -rf dev etc tmp var)
# Links from / are links within the folder.
find "$unfinished" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
  ln -sfnr "$unfinished$(readlink "$link")" "$link"
done
# OpenCV's matrices name two libraries that packages choose among when they are installed.
libraries=$unfinished/usr/lib/aarch64-linux-gnu
ln -sfr "$libraries/blas/libblas.so.3" "$libraries/libblas.so.3"
ln -sfr "$libraries/lapack/liblapack.so.3" "$libraries/liblapack.so.3"
mv "$unfinished" "$root"
echo "arm64_root: $root is there"
