#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tries the packages of scripts/build_packages.sh in a fresh Debian 12, which mmdebstrap makes: installs them, runs the
# command, a C program by pkg-config (under valgrind too), the Python module, training, both by mpirun too, the manual
# and completions as a user; then purges them, and nothing is left.
# Usage: scripts/check_packages.sh [FOLDER]     (build/packages). Needs root and a mirror of Debian.
# BASE=FILE.tar is a system that mmdebstrap made before, or where to put it.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/packages}
base=${BASE:-build/debian-12-tools.tar}
tools=man-db,bash-completion,gcc,libc6-dev,valgrind,python3  # what the trials need beside the packages
work=$(mktemp -d)
root=$work/root

fail() { echo "check_packages: $*" >&2; exit 1; }
say() { echo "check_packages: $*"; }
[[ $(id -u) -eq 0 ]] || fail "needs root for a chroot"
[[ -n $(ls "$folder"/*.deb 2>/dev/null) ]] || fail "no packages in $folder; run scripts/build_packages.sh"
command -v mmdebstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq mmdebstrap >/dev/null; }

clean_up() {
  for mount in proc dev var/cache/apt/archives; do mountpoint -q "$root/$mount" && umount -l "$root/$mount"; done
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive "$@"; }
as_user() { chroot --userspec=user:user "$root" /usr/bin/env -i PATH=/usr/bin HOME=/home/user LC_ALL=C.UTF-8 \
  sh -euc "cd /home/user; $1"; }
# All that lies in the system, but for what apt, dpkg and the user keep.
files_of_root() {
  (cd "$root" && find . -xdev | grep -vE '^\./(proc|dev|home|tmp|var/cache|var/lib/apt|var/lib/dpkg|var/log)(/|$)' | sort)
}

mkdir -p "$(dirname "$base")" "$root"
[[ -f $base ]] || mmdebstrap --quiet --variant=minbase --include="$tools" bookworm "$base"
tar -C "$root" -xf "$base"
mount -t proc proc "$root/proc"
mount --rbind --make-rslave /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# Minimal images drop manuals; ours are to be seen.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/*
# And nothing has to survive a power failure.
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/quick"
# What apt downloads is kept beside the base for the next time.
mkdir -p "$base.archives"
mount --bind "$base.archives" "$root/var/cache/apt/archives"
echo 'APT::Keep-Downloaded-Packages "true";' >"$root/etc/apt/apt.conf.d/99keep"
mkdir "$root/packages"
cp "$folder"/*.deb "$root/packages"
in_root apt-get update -qq
# All that the packages depend on is there before: what is left afterwards is ours alone.
debs=$(cd "$root" && printf '/%s ' packages/*.deb)
# shellcheck disable=SC2086
in_root apt-get install -y -qq --no-install-recommends $debs >/dev/null
names=$(for deb in "$folder"/*.deb; do dpkg-deb -f "$deb" Package; done)
# shellcheck disable=SC2086
in_root apt-get purge -y -qq $names >/dev/null
in_root useradd -m user
files_of_root >"$work/before"
# shellcheck disable=SC2086
in_root apt-get install -y -qq --no-install-recommends $debs >/dev/null
say "installed: $(in_root dpkg-query -W -f '${Package} ${Version}, ' '*zipdream*' | sed 's/, $//')"

cp -r samples/text.txt samples/image.png samples/sound.wav examples/dream_in_c.c "$root/home/user"
version=$(as_user "zipdream --version")
[[ $version == "zipdream $(in_root dpkg-query -W -f '${Version}' zipdream | sed 's/-[0-9]*$//')" ]] ||
  fail "the command says '$version'"
as_user "zipdream generate ppm:6 -f text.txt -n 60 --seed 7 --no-prompt -q > by_command"
as_user "zipdream generate lm:english -p 'The history of ' -n 40 --seed 1 -q | grep -q 'The history of'"
as_user "zipdream generate gzip:9 -f image.png -o continued.png -q"
as_user "zipdream generate flac:8 -f sound.wav --rate 8000 --seconds 0.1 -o continued.wav -q"
as_user "zipdream compress -q -m cm text.txt && zipdream decompress -q -c text.txt.zd | cmp - text.txt"
as_user "zipdream models | grep -q english-bpe"
say "the command continues text, images and sound, compresses, and finds the models"

as_user "gcc -std=c99 dream_in_c.c \$(pkg-config --cflags --libs zipdream) -o dream_in_c"
as_user "./dream_in_c ppm:6 text.txt 60 7 | cmp - by_command"
as_user "./dream_in_c lm:english text.txt 20 7 >/dev/null"
as_user "valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
  ./dream_in_c ppm:6 text.txt 20 7 >/dev/null"
say "a program in C does the same by pkg-config, and valgrind has nothing to say of it"

as_user "python3 -c \"
import zipdream
m = zipdream.load('ppm:6')
text = open('text.txt', 'rb').read()
assert m.generate(text, 60, seed=7) == open('by_command', 'rb').read()
assert zipdream.load('lm:english').generate(b'The ', 5, seed=1)
assert zipdream.decompress(zipdream.compress(text, 'cm')) == text
\""
say "so does the Python module"

as_user "zipdream train text.txt -o mine --steps 2 --batch 512 -q"
as_user "zipdream generate lm:mine -p The -n 5 -q >/dev/null"
as_user "zipdream serve gzip:9 --port 0 >log &
  timeout 120 sh -c 'until grep -qs listening log; do sleep 0.1; done'; kill \$!; wait \$!"
say "models are trained and served"
as_user "zipdream rates gzip:9 ppm:2 --data text.txt --no-times >table 2>/dev/null"
as_user "mpirun -q --oversubscribe -n 2 zipdream-mpi rates gzip:9 ppm:2 --data text.txt --no-times 2>/dev/null |
  cmp - table"
as_user "mpirun -q --oversubscribe -n 2 zipdream-train text.txt -o ours --steps 2 --batch 1024 --micro-batches 2 -q"
as_user "zipdream generate lm:ours -p The -n 5 -q >/dev/null"
say "so they are by mpirun, and tables are made by it"
pages=$(in_root sh -c 'ls /usr/share/man/man1/zipdream*.1.gz | wc -l')
[[ $pages -ge 20 ]] || fail "only $pages manual pages"
as_user "man --warnings zipdream-generate 2>&1 >/dev/null | grep . && exit 1; man zipdream-train | grep -q -- --resume"
for program in zipdream zipdream-train zipdream-serve zipdream-mpi zipdream-train-mpi; do
  as_user "bash -ic '. /usr/share/bash-completion/bash_completion; _completion_loader $program; complete -p $program' \
    2>/dev/null | grep -q _zipdream"
done
say "$pages manual pages, and bash finds the completions"

# Bytecode that root's Python leaves in the package's folder goes with it too.
in_root python3 -c "import zipdream"
# shellcheck disable=SC2086
in_root apt-get purge -y -qq $names >/dev/null
files_of_root >"$work/after"
diff "$work/before" "$work/after" >"$work/left" || fail "is left after a purge: $(cat "$work/left")"
say "after a purge nothing is left"
