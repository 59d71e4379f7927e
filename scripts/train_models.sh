#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trains the models that come along, side by side on one GPU: english and english-bpe (texts), speech (8-bit samples),
# pixels (gray patches). Usage: scripts/train_models.sh TRAIN DATA OUT
#   TRAIN  zipdream-train, built with a libtorch that has CUDA
#   DATA   holds texts/*.txt (gather_texts.sh), texts/enwik8 (what may be learnt of it), tokenizer.json for
#          english-bpe, speech.u8 (speech_samples.py) and patches.bin (picture_patches.py)
#   OUT    gets a folder for each model, its log, and in the folder model.gguf, as it comes along
# STEPS_english, STEPS_english_bpe and the like change the number of steps, LIMIT the seconds after which a run is
# interrupted, and saved.
set -euo pipefail
train=$(realpath "${1:?usage: scripts/train_models.sh TRAIN DATA OUT}")
data=$(realpath "$2")
out=$(realpath -m "$3")
mkdir -p "$out"
cd "$(dirname "$0")/.."

start() {  # start NAME DEFAULT_STEPS FILES_AND_OPTIONS...
  local steps=STEPS_${1//-/_}
  timeout -s INT "${LIMIT:-36000}" "$train" "${@:3}" -o "$out/$1" --steps "${!steps:-$2}" --device cuda --bf16 \
    --save-interval 1000 --json >"$out/$1.json" 2>"$out/$1.log" &
}

e=$data/texts/enwik8
texts=("$data"/texts/*.txt "$e" "$e" "$e" "$e" "$e" "$e" "$e" "$e" "$e" "$e")
start english 6000 "${texts[@]}" --hidden-size 192 --layers 8 --heads 6 --intermediate-size 512 \
  --context-length 1024 --warmup-seq-len 256 --full-length-fraction 0.4 --batch 65536 --lr 3e-3 --warm-up 300 \
  --final-lr 0.02 --weight-decay 0.1 --dropout 0.05 --held-out 0.01
start english-bpe 5500 "${texts[@]}" --tokenizer "$data/tokenizer.json" --hidden-size 192 --layers 7 --heads 6 \
  --intermediate-size 512 --context-length 512 --warmup-seq-len 128 --full-length-fraction 0.4 --batch 32768 --lr 3e-3 \
  --warm-up 300 --final-lr 0.02 --weight-decay 0.1 --dropout 0.05 --held-out 0.01
start speech 3500 "$data/speech.u8" --media bytes --hidden-size 128 --layers 5 --heads 4 --context-length 2048 \
  --warmup-seq-len 512 --full-length-fraction 0.5 --batch 65536 --lr 3e-3 --warm-up 200 --final-lr 0.02 \
  --weight-decay 0.1 --held-out 0.01
start pixels 3500 "$data/patches.bin" --media bytes --align 2048 --hidden-size 128 --layers 5 --heads 4 \
  --context-length 2048 --warmup-seq-len 2048 --batch 65536 --lr 3e-3 --warm-up 200 --final-lr 0.02 \
  --weight-decay 0.1 --held-out 0.01
wait
for model in english english-bpe speech pixels; do
  scripts/write_gguf.py "$out/$model" "$out/$model/model.gguf" "zipdream-$model"
done
tail -n 2 "$out"/*.log
