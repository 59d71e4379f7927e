#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same seed, model and input give the same bytes: runs one list of commands with several builds of the program, on
# 1, 2 and 8 threads and on emulated processors, one without AVX and a 64-bit ARM, and compares all that they write.
# Prints a table in Markdown; fails at any difference.
# Usage: scripts/determinism.sh [--short | --lm] [--arm64] [FOLDER...]
#   without   builds with g++ and clang++ at -O0 to -O3, for ARM, and with sanitizers: an hour of processor time
#   --short   the release build alone, and archives by two of the language models
#   --lm      the release build alone, and language models alone, of every architecture and type of weights
#   --arm64   a build for ARM as well, which takes minutes where there is none (without --short and --lm it is built)
#   FOLDER    builds that are there already, to compare as well: build/asan-ubsan
# Emulated processors need Debian's qemu-user, ARM also g++-aarch64-linux-gnu, and mmdebstrap for the libraries; where
# they are missing these rows are left out, and it says so.
set -euo pipefail
cd "$(dirname "$0")/.."
short=false
lm_alone=false
arm64=true
if [[ ${1:-} == --short ]]; then short=true; arm64=false; shift; fi
if [[ ${1:-} == --lm ]]; then short=true; lm_alone=true; arm64=false; shift; fi
if [[ ${1:-} == --arm64 ]]; then arm64=true; shift; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
head -c 100 samples/text.txt >"$work/short" # an emulated processor takes long over language models
mkdir "$work/models"
models=(llama-{f32,f16,bf16,q8_0,q4_0,q4_1,q5_0,q5_1,q4_k,q5_k,q6_k} {gemma3,gptneox,gpt2,rwkv7}-q8_0)
if $lm_alone; then models+=({qwen2,qwen3,smollm3,olmo2,phi3}-{f16,q4_k} {gemma3,gptneox,gpt2,rwkv7}-{f16,q4_k}); fi
scripts/llama_cpp.py --write "$work/models" "${models[@]}"

build_variant() { # NAME COMPILER LEVEL
  cmake -S . -B "build/determinism/$1" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$2" \
    -DCMAKE_CXX_FLAGS_RELEASE="$3 -DNDEBUG" >/dev/null
  cmake --build "build/determinism/$1" --target zipdream zipdream_opencv >/dev/null
}

# One command a line; THREADS stands for the number of them.
commands() {
  $lm_alone || commands_of_others
  commands_of_language_models
}

commands_of_others() {
  local model format text=samples/text.txt
  for model in gzip:9 xz:6 zstd:19 bzip2 lzma:1 flac png ppm:6 cm; do
    echo "generate $model -f $text -n 40 --seed 7 -t THREADS"
    echo "score $model $text --json -t THREADS"
  done
  for model in gzip:1 xz:1 zstd:3 brotli:5; do
    echo "generate $model -f $text -n 6 --probs lengths --units bits --alphabet seen --seed 7 -t THREADS"
  done
  for model in gzip:9 xz:1 zstd:3 png flac ppm:4 cm; do
    echo "generate $model -f $text -n 300 --method dream --seed 7 -t THREADS"
  done
  local beam="--method beam --horizon 6 --beam-width 8"
  echo "generate gzip:9 -p sea --corpus $text -n 60 $beam --temp 0.5 --seed 7 -t THREADS"
  echo "generate xz:1 -p sea --corpus $text -n 60 --method spans --temp 0.7 --seed 7 -t THREADS"
  echo "generate gzip:9 -f samples/image.png --seed 7 -t THREADS -o OUT.png"
  echo "generate png:9 --gray -f samples/image.png --seed 7 -t THREADS -o OUT.png"
  for format in u8 mulaw s16; do
    echo "generate audio -f samples/sound.wav --rate 8000 --format $format --seconds 0.05 --seed 7 -t THREADS" \
      "-o OUT.wav"
  done
  echo "generate image --gray --max-side 48 --rows joint -f samples/image.png --seed 7 -t THREADS -o OUT.png"
  echo "generate flac:8 -f samples/sound.wav --rate 8000 --seconds 0.05 --seed 7 -t THREADS -o OUT.wav"
  for model in ppm:6 cm audio audio:{off,channels=2,format=mulaw,format=s16} image arith:gzip:9 arith:bzip2 \
    mix:cm+ppm:6+gzip:9 avg:ppm:6+gzip:9; do
    echo "compress -q -m $model -B 1K -T THREADS -c $text"
  done
}

commands_of_language_models() {
  local model
  for model in samples/models/*/; do
    [[ -d $model ]] || continue
    echo "generate lm:$model -f $work/short -n 40 --seed 7 -t THREADS"
    echo "compress -q -m lm:$model -T THREADS -c $work/short"
  done
  for model in "$work"/models/*.gguf; do
    echo "score lm:$model $work/short --json -t THREADS"
    echo "generate lm:$model -f $work/short -n 40 --seed 7 -t THREADS"
    # An emulated processor hashes each model for a quarter of a minute.
    if $lm_alone || ! $short || [[ $model == */llama-@(q8_0|q4_k).gguf ]]; then
      echo "compress -q -m lm:$model -T THREADS -c $work/short"
    fi
  done
}

# The checksum of all that the commands write. Seconds and speeds aren't among it.
fingerprint() { # THREADS COMMAND...
  local threads=$1 line out="$work/out" number=0
  shift
  rm -rf "$out" && mkdir "$out"
  while read -r line; do
    number=$((number + 1))
    line=${line//THREADS/$threads}
    # shellcheck disable=SC2086  # the words of a command
    if ! "$@" ${line//OUT/$out/$number} >"$out/$number.stdout" 2>"$work/stderr"; then
      echo "determinism: zipdream $line: $(cat "$work/stderr")" >&2
      exit 1
    fi
  done < <(commands)
  sed -i -E 's/"(seconds|bytes_per_second)": [-+.e0-9]+/"\1": 0/g' "$out"/*.stdout
  (cd "$out" && find . -type f | sort | xargs sha256sum | sed -E 's/^(.{16}).* /\1 /')
}

reference=
failed=0
row() { # BUILD THREADS PROCESSOR COMMAND...
  local build=$1 threads=$2 processor=$3 found same=equal
  shift 3
  found=$(fingerprint "$threads" "$@")
  if [[ -z $reference ]]; then
    reference=$found
    same=reference
  elif [[ $found != "$reference" ]]; then
    same=DIFFERENT
    failed=1
    diff <(echo "$reference") <(echo "$found") | head -5 >&2
  fi
  echo "| $build | $processor | $threads | $(echo "$found" | wc -l) | $same |"
}

rows_of() { # BUILD FOLDER THREADS...
  local build=$1 folder=$2 threads
  shift 2
  for threads in "$@"; do row "$build" "$threads" this "$folder/zipdream"; done
  if has qemu-x86_64 "no AVX (emulated)" qemu-user; then
    row "$build" 1 "no AVX (emulated)" qemu-x86_64 -cpu Nehalem "$folder/zipdream"
  fi
}

has() { # PROGRAM PROCESSOR PACKAGE
  command -v "$1" >/dev/null && return
  echo "determinism: $2: left out, as $1 is missing; apt-get install $3" >&2
  return 1
}

row_of_arm64() {
  local name="64-bit ARM (emulated)"
  has aarch64-linux-gnu-g++ "$name" g++-aarch64-linux-gnu && has qemu-aarch64 "$name" qemu-user || return 0
  if [[ ! -d build/arm64-root ]]; then
    has mmdebstrap "$name" mmdebstrap || return 0
    scripts/arm64_root.sh >&2
  fi
  scripts/build.sh arm64 zipdream zipdream_opencv >&2
  row "aarch64-linux-gnu-g++ -O2" 2 "$name" qemu-aarch64 -L build/arm64-root build/arm64/zipdream
}

[[ -n ${BUILD:-} ]] || scripts/build.sh release zipdream zipdream_opencv >&2
echo "| build | processor | threads | outputs | |"
echo "|:--|:--|--:|--:|:--|"
rows_of "g++ -O2" "${BUILD:-build/release}" 1 2 8
for folder in "$@"; do row "$folder" 2 this "$folder/zipdream"; done
if $arm64; then row_of_arm64; fi
if ! $short; then
  for compiler in g++ clang++; do
    for level in -O0 -O1 -O2 -O3; do
      [[ "$compiler $level" == "g++ -O2" ]] && continue
      build_variant "$compiler$level" "$compiler" "$level"
      row "$compiler $level" 2 this "build/determinism/$compiler$level/zipdream"
    done
  done
  scripts/build.sh asan-ubsan zipdream zipdream_opencv >&2
  row "asan-ubsan" 2 this build/asan-ubsan/zipdream
fi
exit "$failed"
