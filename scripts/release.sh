#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prepares a release: the version is the same in the header, CHANGELOG.md, CITATION.cff and CMake, nothing is
# uncommitted, and the source tarball of HEAD builds, passes its tests and installs by itself, far from this folder.
# Says what would be tagged; tags and pushes nothing.
# Usage: scripts/release.sh [--quick] [FOLDER]     (build/release-files)
# --quick: of the tests those of the command's options and of the version. The tarball is the same for the same commit.
set -euo pipefail
cd "$(dirname "$0")/.."
quick=''
[[ ${1:-} == --quick ]] && { quick=yes; shift; }
folder=$(realpath -m "${1:-build/release-files}")

fail() { echo "release: $*" >&2; exit 1; }

number() { sed -nE "s/^#define ZIPDREAM_VERSION_$1 ([0-9]+)$/\1/p" include/zipdream/runtime.h; }
version=$(number MAJOR).$(number MINOR).$(number PATCH)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "include/zipdream/runtime.h states no version, but '$version'"
heading=$(grep -m 1 '^## ' CHANGELOG.md)
[[ $heading =~ ^"## $version ("(.*)")"$ ]] || fail "CHANGELOG.md begins with '$heading', not with $version"
date=${BASH_REMATCH[1]}
grep -qx "version: $version" CITATION.cff || fail "CITATION.cff states another version than $version"
[[ -z $(git status --porcelain) ]] || fail "there are uncommitted changes: commit them or put them away"
! git rev-parse -q --verify "refs/tags/v$version" >/dev/null || fail "there is a tag v$version already"

name=zipdream-$version
mkdir -p "$folder"
git archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$folder/$name.tar.gz"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xzf "$folder/$name.tar.gz"
(
  cd "$work/$name"
  scripts/install_dependencies.sh
  cmake --preset release >"$work/cmake.log" || { tail "$work/cmake.log" >&2; exit 1; }
  found=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' build/release/CMakeCache.txt)
  [[ $found == "$version" ]] || fail "CMake takes the version for $found"
  cmake --build build/release ${quick:+--target zipdream zipdream_opencv cli_test manual} >"$work/build.log" ||
    { tail -n 30 "$work/build.log" >&2; exit 1; }
  [[ $(build/release/zipdream --version) == "zipdream $version" ]] || fail "the command states another version"
  if [[ $quick ]]; then
    build/release/cli_test --gtest_brief=1 --gtest_filter='Version*:Help*:List*'
  else
    ctest --preset release
    scripts/check_install.sh
  fi
)
(cd "$folder" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
echo "release: $folder/$name.tar.gz builds and passes its tests by itself:"
cat "$folder/$name.tar.gz.sha256"
[[ $date != Unreleased ]] || echo "release: CHANGELOG.md says $version is unreleased: write the date there first"
echo "release: would now be tagged: git tag -s v$version $(git rev-parse HEAD) -m 'zipdream $version'"
