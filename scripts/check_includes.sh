#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds the #includes to the order of the modules: each module includes those listed for it and nothing else of ours,
# headers include no third-party library, and public headers nothing internal. Holds the root to folders that
# CONTRIBUTING.md explains. Run by ctest. Usage: scripts/check_includes.sh [FOLDER]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# What a module may include beside itself, the public headers (zipdream/) and the standard library. A new arrow is a
# decision about the design: an arrow back up makes a circle.
declare -A allowed=(
  [include]=""
  [base]=""
  [media]="base"
  [codecs]="base media"
  [generator]="base media codecs"
  [models]="base media codecs generator"
  [archive]="base codecs generator"
  [training]="base models"
  [experiments]="base media codecs generator models training"
  [apps]="base media codecs generator models archive training experiments"
)

# Within these modules the folders (a codec, a model, a medium, a program) know nothing of each other, but for what is
# listed here and for common/.
apart="codecs models media apps"
declare -A beside=(
  [codecs/png]="deflate"
  [codecs/webp]="png"
  [codecs/libdeflate]="deflate"
  [codecs/zopfli]="deflate"
  [models/lm]="tokenizers"
  [apps/serve]="cli"
  [apps/web]="serve"
  [apps/mpi]="cli"
  [apps/train]="cli"
  [apps/manual]="cli"
)

# Libraries that only some folders may use at all.
declare -A homes=(
  ["CLI/"]="apps/cli/arguments.cc apps/cli/option_state.cc apps/train/ apps/bench/"
  ["tbb/|openssl/"]="base/"
  ["mpi\.h"]="apps/mpi/ranks.cc apps/train/ranks.cc"
  ["httplib"]="apps/serve/ tests/serve/"
  ["torch/|ATen/|c10/"]="training/ apps/"
)

# A header includes the standard library (that of C too), POSIX's <sys/...> and the compiler's intrinsics
# (<emmintrin.h>), so that its users compile without any library; what is named -inl.h is a piece of a .cc file. The
# parts of a network are made of tensors, and only the files that train include these three. Those of programs may name
# JSON.
headers_of_tensors=" training/network.h training/operations.h training/optimizer.h "
most_folders=16

failures=0
complain() {
  echo "$1" >&2
  failures=$((failures + 1))
}

has_word() { [[ " $1 " == *" $2 "* ]]; }

check_ours() { # FILE LINE INCLUDED
  local module=${1%%/*} other=${3%%/*} folder others
  if [[ $other == zipdream ]]; then
    [[ -f include/$3 ]] || complain "$1:$2: there is no public header $3"
    return
  fi
  if [[ $module == include ]]; then
    complain "$1:$2: public headers include public headers and the standard library, not $3"
  elif [[ $module != "$other" ]]; then
    has_word "${allowed[$module]}" "$other" || complain "$1:$2: $module may not include $other ($3)"
  elif has_word "$apart" "$module" && [[ $1 == */*/* && $3 == */*/* ]]; then
    folder=${1#*/} others=${3#*/}
    folder=${folder%%/*} others=${others%%/*}
    [[ $folder == "$others" || $others == common ]] || has_word "${beside[$module/$folder]:-}" "$others" ||
      complain "$1:$2: $module/$folder may not include $module/$others ($3)"
  fi
}

check_foreign() { # FILE LINE INCLUDED
  local library
  if [[ $1 == *.h && $1 != *-inl.h && $3 == *[./]* && $3 != sys/* && $3 != *intrin.h && $3 != std*.h &&
    $headers_of_tensors != *" $1 "* && ($1 != apps/* || $3 != nlohmann/json_fwd.hpp) ]]; then
    complain "$1:$2: headers include no library but the standard one; <$3> belongs in a .cc file"
  fi
  for library in "${!homes[@]}"; do
    if [[ $3 =~ ^($library) && ! $1 =~ ^(${homes[$library]// /|}) ]]; then
      complain "$1:$2: <$3> is for ${homes[$library]} alone"
    fi
  done
}

for module in "${!allowed[@]}"; do
  [[ -d $module ]] || continue
  while IFS=: read -r file line include; do
    if [[ $include =~ \"(.*)\" ]]; then check_ours "$file" "$line" "${BASH_REMATCH[1]}"; fi
    if [[ $include =~ \<(.*)\> ]]; then check_foreign "$file" "$line" "${BASH_REMATCH[1]}"; fi
  done < <(grep -rnE '^ *# *include ["<]' "$module" --include='*.h' --include='*.cc' || true)
done

# The root, where this is a checkout: a build tree there is nobody's folder.
mapfile -t folders < <(git ls-files 2>/dev/null | grep -oE '^[^./][^/]*/' | sort -u) || true
if [[ ${#folders[@]} -gt 0 ]]; then
  [[ ${#folders[@]} -le $most_folders ]] ||
    complain "the root has ${#folders[@]} folders (${folders[*]}), more than the $most_folders that one look takes in"
  for folder in "${folders[@]}"; do
    grep -qE "(^|[^a-zA-Z0-9_/.-])$folder" CONTRIBUTING.md ||
      complain "CONTRIBUTING.md does not say what $folder is for"
  done
fi

[[ $failures -eq 0 ]]
