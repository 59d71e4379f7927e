#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tries training on a GPU, on a bare machine with a compiler, CMake, nvcc and PyTorch, whose libtorch is taken: builds
# zipdream-train, runs its tests, compares the losses of CPU and GPU, times sizes from 200 thousand to 25 million
# parameters in bf16, and measures and samples by models on the GPU (lm:DIR,torch=cuda). All else that it is built from comes from scripts/gpu_headers.sh, run beforehand on a Debian 12.
# Usage: scripts/gpu_check.sh [PACKAGES [OUT]]; PACKAGES is that script's folder or a .tar.gz of it
# (.gpu/packages.tar.gz); OUT gets gpu.md, a table, and the logs (build/gpu/out).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
packages=$(realpath "${1:-.gpu/packages.tar.gz}")
build=$root/build/gpu
out=$(realpath -m "${2:-$build/out}")
mkdir -p "$build" "$out"
if [[ -f $packages ]]; then
  tar xzf "$packages" -C "$build"
  packages=$build/packages
fi

# Where compilers, CMake and pkg-config find what is not installed.
usr=$packages/usr
libraries=$usr/lib/x86_64-linux-gnu:$usr/lib
export LD_LIBRARY_PATH=$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LIBRARY_PATH=$libraries CPLUS_INCLUDE_PATH=$usr/include:$usr/include/x86_64-linux-gnu
export PKG_CONFIG_PATH=$usr/lib/x86_64-linux-gnu/pkgconfig PKG_CONFIG_SYSROOT_DIR=$packages
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1

# What find_package(Torch) is to find. PyTorch's own CMake files would do, but its headers have another fmt beside them.
python3 - "$build/torch" <<'PYTHON'
import os, sys, torch
root = os.path.dirname(torch.__file__)
names = [n for n in ("torch_cuda", "c10_cuda") if os.path.exists(f"{root}/lib/lib{n}.so")]
libraries = ";".join(f"{root}/lib/lib{n}.so" for n in ("torch_cpu", "c10", *names))
include = sys.argv[1] + "/include"
os.makedirs(include, exist_ok=True)
for name in os.listdir(root + "/include"):
    if name != "fmt" and not os.path.lexists(f"{include}/{name}"):  # another fmt than ours
        os.symlink(f"{root}/include/{name}", f"{include}/{name}")
with open(sys.argv[1] + "/TorchConfig.cmake", "w") as file:
    file.write(f'set(TORCH_INCLUDE_DIRS "{include};{include}/torch/csrc/api/include")\n'
               f'set(TORCH_LIBRARIES "-Wl,--no-as-needed;{libraries};-Wl,--as-needed;-Wl,-rpath,{root}/lib")\n'
               'set(Torch_FOUND TRUE)\n')
PYTHON

seconds() { date +%s.%N; }
begin=$(seconds)
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$build/torch;$usr" \
  -DPKG_CONFIG_EXECUTABLE="$(command -v pkg-config || echo "$usr/bin/pkgconf")" \
  -DCHART_JS="$usr/share/javascript/chart.js/chart.min.js" -DZIPDREAM_BUILD_SHARED=OFF \
  -DZIPDREAM_BUILD_IMAGES=OFF -DZIPDREAM_BUILD_AUDIO=OFF -DZIPDREAM_BUILD_BENCH=OFF \
  >"$out/configure.log" 2>&1 || { tail -n 30 "$out/configure.log"; exit 1; }
ninja -C "$build" -k 0 zipdream-train torch_training_test torch_lm_test training_test zipdream zipdream_torch >"$out/build.log" 2>&1 ||
  { grep -E 'error|FAILED|undefined' "$out/build.log" | head -n 60; exit 1; }
printf 'built in %.0f s\n' "$(python3 -c "print($(seconds) - $begin)")"

"$build/training_test" --gtest_brief=1
"$build/torch_training_test" --gtest_brief=1 || echo "gpu_check: tests failed"
"$build/torch_lm_test" --gtest_brief=1 || echo "gpu_check: tests of models by libtorch failed"
[[ ${3:-} == build ]] && exit 0

# The text to learn: the project's own.
cat README.md docs/*.md base/*.cc models/*/*.cc codecs/*/*.cc training/*.cc >"$build/text"

# Trains a model and prints values of the run's JSON: train NAME VALUES OPTION...
train() {
  rm -rf "${build:?}/$1"
  "$build/zipdream-train" "$build/text" -o "$build/$1" --json -q "${@:3}" 2>>"$out/train.log" |
    python3 -c "import json, sys; run = json.load(sys.stdin); print(*(run[name] for name in '$2'.split()))"
}

device=$(python3 -c 'import torch; print(torch.cuda.get_device_name())')
short=(--size 200k --steps 60 --batch 8192 --context-length 256 --warmup-seq-len 256 --save-interval 60 --seed 3)
{
  python3 -c 'import torch; print(f"PyTorch {torch.__version__}, {torch.cuda.get_device_name()}")'
  echo
  echo '| 60 steps of the 200k model, bits per byte | |'
  echo '|---|--:|'
  echo "| CPU, f32 | $(train cpu training_bits_per_byte "${short[@]}") |"
  echo "| GPU, f32 | $(train gpu training_bits_per_byte "${short[@]}" --device cuda) |"
  echo "| GPU, bf16 | $(train gpu16 training_bits_per_byte "${short[@]}" --device cuda --bf16) |"
  echo
  echo "| parameters | bf16 on $device, MB/s | of its 989 TFLOP/s |"
  echo '|---|--:|--:|'
  for size in 64x4x4 128x4x4 256x8x4 512x8x8; do
    IFS=x read -r hidden heads layers <<<"$size"
    read -r parameters rate < <(train speed "parameters bytes_per_second" --hidden-size "$hidden" --heads "$heads" \
      --layers "$layers" --steps 50 --batch 131072 --warmup-seq-len 512 --device cuda --bf16 --save-interval 100)
    python3 - "$parameters" "$rate" "$hidden" "$layers" <<'PYTHON'
import sys
parameters, rate, hidden, layers = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
flops = 6 * parameters + 6 * layers * hidden * 512  # causal attention over 512 bytes
print(f"| {parameters:,} | {rate / 1e6:.2f} | {100 * rate * flops / 989e12:.1f} % |")
PYTHON
  done

  # Rates on a text that the model has not read, and samples: by the engine, and by libtorch on both devices.
  cat models/*/*.h generator/*.h generator/*.cc >"$build/other"
  head -c 400000 "$build/other" >"$build/unseen"
  # The bytes that are measured, what of them in % and how fast: rate_of SPEC BYTES
  rate_of() {
    head -c "$2" "$build/unseen" >"$build/part"
    "$build/zipdream" rates "$1" --data "$build/part" --media bytes --json -q -t "${3:-1}" 2>>"$out/rates.log" |
      python3 -c "import json, sys; run = json.load(sys.stdin)['records'][0]
print(f'| {sys.argv[1]} | {run[\"bytes\"]:,} | {100 * run[\"rate\"]:.3f} | {run[\"bytes\"] / run[\"seconds\"] / 1e3:.1f} |')" \
        "${1##*/}" || echo "| $1 | failed, see rates.log | | |"
  }
  echo
  echo '| rates in chunks of 2048 | bytes | % | kB/s |'
  echo '|---|--:|--:|--:|'
  rate_of "lm:$build/cpu" 32768
  rate_of "lm:$build/cpu,torch=cpu" 32768
  rate_of "lm:$build/cpu,torch=cuda" 32768
  rate_of "lm:$build/cpu,torch=cuda" 400000
  rate_of "lm:$build/cpu,torch=cuda,weights=bf16" 400000
  rate_of "lm:$build/speed,torch=cuda" 400000
  rate_of "lm:$build/speed,torch=cuda,weights=bf16" 400000
  echo
  echo '| 256 samples of 200 bytes | seconds, the start included |'
  echo '|---|--:|'
  for model in cpu speed; do
    for way in "" ,torch=cuda ,torch=cuda,weights=bf16; do
      [[ $model$way == speed ]] && continue  # 25 million parameters on the processor take too long
      begin=$(seconds)
      "$build/zipdream" generate "lm:$build/$model$way" -p "The " -n 200 --samples 256 --seed 1 -q >"$out/samples$way" \
        2>>"$out/rates.log" || echo "gpu_check: lm:$model$way does not generate"
      printf '| %s | %.1f |\n' "$model$way" "$(python3 -c "print($(seconds) - $begin)")"
    done
  done
} | tee "$out/gpu.md"
