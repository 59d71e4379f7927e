#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the notebooks of examples/notebooks/ from top to bottom, by Debian's jupyter-nbconvert, and holds them to having
# no outputs where they are kept. Usage: scripts/check_notebooks.sh [BUILD_FOLDER [OUTPUT_FOLDER]]
# (build/release; the executed notebooks, with their pictures as files, where an output folder is given).
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build/release}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
output=${2:-$work/out}
mkdir -p "$output"

missing=()
for package in jupyter-nbconvert python3-ipykernel python3-matplotlib; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [[ ${#missing[@]} -gt 0 ]]; then
  apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

export PYTHONPATH=$build/python PYTHONDONTWRITEBYTECODE=1 HOME=$work MPLCONFIGDIR=$work
failed=0
for notebook in examples/notebooks/*.ipynb; do
  if grep -qE '"(output_type|execution_count)": *[^n ]' "$notebook"; then
    echo "$notebook holds outputs; clear them before it is kept" >&2
    failed=1
  fi
  # Beside the notebook, as its paths are from there; named as the kernel of Debian's Python is.
  if ! /usr/bin/jupyter-nbconvert --to markdown --execute --ExecutePreprocessor.timeout=3600 \
    --ExecutePreprocessor.kernel_name=python3 --output-dir "$output" "$notebook" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    failed=1
  fi
done
[[ $failed -eq 0 ]]
