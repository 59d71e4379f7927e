#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes models/cm/english_prior.txt, the 64 KB that cm:prior=english has read before: passages of texts in the public
# domain (the Jargon File) or free (WordNet), after which chunks of other texts get shortest, and behind them our own
# page in Wikipedia's markup, which stands at the end of the file that is there. A new text changes the streams of
# cm:prior=english, so it has to become a prior of another name.
# Usage: scripts/english_prior.sh TEXTS ENWIK8 OUT [STEPS]
#   TEXTS   the folder that scripts/gather_texts.sh makes
#   ENWIK8  at least its first 3,500,000 bytes; bytes 2,300,000 to 3,500,000 say what is better, none are taken
set -euo pipefail
cd "$(dirname "$0")/.."
texts=${1:?usage: scripts/english_prior.sh TEXTS ENWIK8 OUT [STEPS]} enwik8=${2:?} out=${3:?} steps=${4:-170}
markup_bytes=6292
scripts/build.sh release choose_prior
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tail -c "$markup_bytes" models/cm/english_prior.txt >"$work/markup"
tail -c 1500000 "$texts/jargon-text.txt" >"$work/jargon"
tail -c 20000000 "$texts/dict-wn.txt" | head -c 3000000 >"$work/wn"
head -c 3500000 "$enwik8" | tail -c 1200000 >"$work/held_out"
build/release/choose_prior cm "$work/chosen" 65536 "$steps" "$work/markup" \
  "$work/held_out" "$texts/debian-handbook.txt" -- "$work/jargon" "$work/jargon" "$work/wn"
# What nobody wants to meet in a sample of a few words.
{ head -c "-$markup_bytes" "$work/chosen" | grep -aviE 'relay rape|sexual'; cat "$work/markup"; } >"$out"
