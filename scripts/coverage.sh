#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Which lines the tests reach, by file, for what parses bytes of others and, with --all, for everything. Builds with
# clang's source-based coverage and runs the tests. Usage: scripts/coverage.sh [--all] [CTEST_OPTION...]
# Fails if less than 90 % of the lines that parse foreign bytes are reached.
set -euo pipefail
cd "$(dirname "$0")/.."
all=false
if [[ ${1:-} == --all ]]; then all=true; shift; fi
least=90
build=build/coverage

# Decoders of streams, archives, models, vocabularies, images, audio, specs.
parsers=(base/spec.cc models/spec_parser.cc base/format_sniffers.cc base/encodings.cc
  codecs/common/coding_loop.cc codecs/zstd/frame.cc codecs/zstd/sequences.cc codecs/zstd/tables.cc
  codecs/bzip2/tables.cc codecs/png/format.cc codecs/png/rows.cc codecs/flac/frames.cc codecs/flac/stream.cc
  codecs/deflate/block_headers.cc archive generator/arithmetic_codec.cc generator/coder models/lm/safetensors.cc
  models/lm/gguf.cc models/lm/gguf_config.cc models/lm/gguf_tokenizer.cc models/lm/checkpoint.cc models/lm/config.cc
  models/lm/rope_config.cc models/lm/architectures models/lm/load.cc models/lm/load_weights.cc models/lm/llama2c.cc
  models/tokenizers/llama2c_file.cc models/tokenizers/tokenizer_json.cc models/tokenizers/vocabulary_file.cc
  media/audio media/image/read_image.cc
  media/image/opencv/decode_encode.cc)

# The tests that reach them, and the replays of the fuzz targets' inputs.
programs=(base_test codecs_test archive_test image_test media_test models_test zipdream_opencv)
for file in tests/fuzz/targets/*.cc; do programs+=("fuzz_$(basename "$file" .cc)"); done

scripts/install_dependencies.sh
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ \
  -DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON \
  -DCMAKE_CXX_FLAGS_DEBUG="-O0 -fprofile-instr-generate -fcoverage-mapping" >/dev/null
targets=(all)
if ! $all; then targets=("${programs[@]}"); fi
cmake --build "$build" --target "${targets[@]}" >&2
rm -rf "$build/profiles"
chosen=()
if ! $all; then chosen=(-E '_NOT_BUILT'); fi
export LLVM_PROFILE_FILE="$PWD/$build/profiles/%m-%p.profraw"
ctest --test-dir "$build" -j "$(nproc)" "${chosen[@]}" "$@" >&2 ||
  echo "coverage: some tests failed; what follows is of those that ran" >&2

tool() { command -v "$1" || command -v "$1-14"; }
find "$build/profiles" -name '*.profraw' >"$build/profiles.txt"
"$(tool llvm-profdata)" merge -sparse -f "$build/profiles.txt" -o "$build/all.profdata"
objects=()
for program in "$build"/*_test "$build"/fuzz_* "$build/zipdream" "$build"/*.so; do
  [[ -x $program && -f $program ]] && objects+=(-object "$program")
done
sources=("${parsers[@]}")
if $all; then sources=(base media codecs generator models archive training experiments apps/cli); fi
"$(tool llvm-cov)" export -summary-only -instr-profile "$build/all.profdata" "${objects[@]:1}" "${sources[@]}" \
  >"$build/coverage.json"
python3 - "$build/coverage.json" "$PWD" "$least" <<'PYTHON'
import json, os, sys
report, root, least = json.load(open(sys.argv[1])), sys.argv[2], float(sys.argv[3])
files = sorted(report["data"][0]["files"], key=lambda file: file["filename"])
print("| file | lines | reached |\n|:--|--:|--:|")
lines = reached = 0
for file in files:
    summary = file["summary"]["lines"]
    lines += summary["count"]
    reached += summary["covered"]
    print(f"| {os.path.relpath(file['filename'], root)} | {summary['count']} | {summary['percent']:.1f} % |")
percent = 100 * reached / max(lines, 1)
print(f"| all of these | {lines} | {percent:.1f} % |")
sys.exit(percent < least)
PYTHON
