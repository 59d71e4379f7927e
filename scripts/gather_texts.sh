#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Gathers free English text to train on from documentation packages of Debian, one .txt for each package.
# Nothing is installed. Usage: scripts/gather_texts.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:?usage: scripts/gather_texts.sh FOLDER}")

# Package, and which of its files: handbooks and dictionaries first, as most of them are prose.
packages=(
  "debian-handbook        usr/share/doc/debian-handbook/html/en-US/*.html"
  "debian-reference-en    usr/share/debian-reference/*.en.html"
  "debian-faq             usr/share/doc/debian/FAQ/*.en.html"
  "debian-policy          usr/share/doc/debian-policy/policy.html/*.html"
  "developers-reference   usr/share/developers-reference/*.html"
  "installation-guide-amd64 usr/share/doc/installation-guide-amd64/en/*.html"
  "gnome-user-docs        usr/share/help/C/gnome-help/*.page"
  "git-doc                usr/share/doc/git-doc/*.html usr/share/doc/git-doc/howto/*.html"
  "dict-foldoc            usr/share/dictd/foldoc.dict.dz"
  "dict-gcide             usr/share/dictd/gcide.dict.dz"
  "dict-wn                usr/share/dictd/wn.dict.dz"
  "anarchism              usr/share/doc/anarchism/html/*.html"
  "dict-devil             usr/share/dictd/devil.dict.dz"
  "jargon-text            usr/share/doc/jargon-text/jargon.txt.gz"
  "python3.11-doc         usr/share/doc/python3.11/html/*/*.html"
  "libreoffice-help-en-us usr/share/libreoffice/help/en-US/text/*/*/*.html"
  "postgresql-doc-15      usr/share/doc/postgresql-doc-15/html/*.html"
  "apache2-doc            usr/share/doc/apache2-doc/manual/en/*.html usr/share/doc/apache2-doc/manual/en/*/*.html"
  "linux-doc-6.1          usr/share/doc/linux-doc-6.1/Documentation/process/*.rst* \
                          usr/share/doc/linux-doc-6.1/Documentation/admin-guide/*.rst*"
)

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for entry in "${packages[@]}"; do
  read -r package patterns <<<"$entry"
  text="$out/$package.txt"
  [[ -s $text ]] && continue
  (cd "$work" && apt-get download -qq "$package" 2>/dev/null) ||
    { echo "gather_texts: $package: can't be downloaded; try apt-get update" >&2; exit 1; }
  dpkg-deb -x "$work/$package"_*.deb "$work/$package"
  shopt -s nullglob
  # shellcheck disable=SC2086  # patterns are meant to become files
  files=$(cd "$work/$package" && printf '%s\n' $patterns | sort)
  (cd "$work/$package" && xargs -r -d '\n' "$OLDPWD/scripts/plain_text.py" <<<"$files") >"$text"
  rm -rf "${work:?}/$package" "$work/$package"_*.deb
  [[ -s $text ]] || { echo "gather_texts: $package: has none of $patterns" >&2; rm "$text"; exit 1; }
  printf '%-26s %9d bytes\n' "$package" "$(wc -c <"$text")"
done
