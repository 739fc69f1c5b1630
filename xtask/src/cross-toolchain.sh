#!/bin/sh
# Unpacks a Rust toolchain with the standard library's source from Debian's packages: cross-toolchain.sh FOLDER
# Debian has no compiled standard library for macOS, so cargo builds it along with the project (-Zbuild-std).
set -eu
folder=$1
mkdir -p "$folder/debs"
cd "$folder/debs"
version=$(apt-cache policy rustc-web | awk '/Candidate:/ { print $2 }')
std=libstd-rust-web-$(echo "$version" | cut -d. -f1,2)
dependencies() { apt-cache depends "$1" | awk -v name="Depends: $2" '$0 ~ name { print $2 }'; }
llvm=$(dependencies "$std" libllvm)
libraries=$(dependencies "cargo-web=$version" 'lib(git2|http-parser|mbed|ssh2)')
more=$(for library in $libraries; do dependencies "$library" 'lib(http-parser|mbed|ssh2)'; done | sort -u)
# The names of packages have no spaces.
# shellcheck disable=SC2086
apt-get download -qq "rustc-web=$version" "cargo-web=$version" "rust-web-src=$version" \
    "libstd-rust-web-dev=$version" "$std=$version" "$llvm" $libraries $more
for package in *.deb; do dpkg -x "$package" "$folder/root"; done
