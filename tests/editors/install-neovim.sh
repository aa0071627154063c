#!/usr/bin/env bash
# Installs a current Neovim into a folder of its own: install-neovim.sh FOLDER
#
# Debian's stable Neovim is older than what the plugin needs. Its unstable one, with all the libraries it
# wants, is taken from the mirror that this machine already uses and unpacked without being installed.
set -euo pipefail

folder=$1
suite=sid
[ -x "$folder/nvim" ] && exit 0

mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
[ -n "$mirror" ] || { echo "no Debian mirror is configured on this machine (run apt-get update once)" >&2; exit 1; }

rm -rf "$folder"
mkdir -p "$folder"/apt/{lists,cache,etc} "$folder"/apt/cache/archives/partial "$folder/root"
cd "$folder"
: > apt/status
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" > apt/sources.list
private=(
    -o "Dir::State::status=$folder/apt/status" -o "Dir::State::lists=$folder/apt/lists"
    -o "Dir::Cache=$folder/apt/cache" -o "Dir::Etc::sourcelist=$folder/apt/sources.list"
    -o "Dir::Etc::sourceparts=/dev/null" -o "Dir::Etc::preferencesparts=/dev/null" -o "APT::Sandbox::User=root"
    -o "APT::Install-Recommends=false" -o "Debug::NoLocking=true" -qq
)
apt-get "${private[@]}" update
apt-get "${private[@]}" install --yes --download-only neovim neovim-runtime
for package in apt/cache/archives/*.deb; do dpkg-deb -x "$package" root; done

loader=$(find "$folder/root" -name 'ld-linux-x86-64.so.2' -o -name 'ld-linux-aarch64.so.1' | head -n 1)
libraries=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | grep -E '/(lib|usr/lib)/[^/]+$' | paste -sd:)
binary=$folder/root/usr/bin/nvim
[ -x "$binary" ] || binary=$(find "$folder/root/usr" -name nvim -type f -perm -u+x | head -n 1)
patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$binary"
printf '#!/bin/sh\nVIMRUNTIME=%q exec %q "$@"\n' "$folder/root/usr/share/nvim/runtime" "$binary" > nvim.new
chmod +x nvim.new
./nvim.new --version | head -n 1
rm -rf apt
mv nvim.new nvim
