#!/bin/sh
# What is installed works from where it is: the program, its manual pages, the library by pkg-config and by CMake, and the Debian package.
# Usage: install.sh BUILD. The package is installed with apt and removed again only where CI is set and we are root.
set -eu
build=$1
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*"
    exit 1
}

cmake --install "$build" --prefix "$work/usr" >"$work/log" || { cat "$work/log"; exit 1; }
usr=$work/usr
"$usr/bin/snarl" --version | grep -q '^snarl ' || fail "the program does not start"
for file in share/man/man1/snarl.1 share/man/man5/snarl-scenario.5 share/bash-completion/completions/snarl share/zsh/vendor-completions/_snarl \
    share/fish/vendor_completions.d/snarl.fish share/vim/vimfiles/syntax/snarl.vim share/vim/vimfiles/ftdetect/snarl.vim share/snarl/scenarios/races/lost_update.snarl; do
    [ -s "$usr/$file" ] || fail "$file is missing"
done
if command -v bash >/dev/null; then bash -n "$usr/share/bash-completion/completions/snarl"; fi

# The pages that the README names came along.
for link in $(grep -o '](docs/[^)#]*' "$usr/share/doc/snarl/README.md" | sed 's/^](//' | sort -u); do
    [ -e "$usr/share/doc/snarl/$link" ] || fail "README names $link, which is not installed"
done
for header in "$usr"/include/snarl/*.h; do
    grep -o 'sn_[a-z0-9_]*(' "$header" | sort -u | tr -d '(' >"$work/names"
    [ "$(nm "$(find "$usr" -name libsnarl.a)" 2>/dev/null | sed -n 's/.* T \(sn_.*\)/\1/p' | grep -cxF -f "$work/names")" -gt 10 ] || fail "$header is of no library"
done

# The library, from an installation that lies elsewhere than it was configured for.
pc=$(find "$usr" -name snarl.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
cc -std=c17 "$source/docs/example/count_races.c" $(pkg-config --cflags --libs snarl) -o "$work/count_races"
said=$("$work/count_races" "$usr/share/snarl/scenarios/races/lost_update.snarl")
case $said in
*': 4 of 6 interleavings lose an update of counter, as in: A B B A') ;;
*) fail "the example says: $said" ;;
esac
cmake -S "$source/docs/example" -B "$work/example" -DCMAKE_PREFIX_PATH="$usr" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
cmake --build "$work/example" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ "$("$work/example/count_races" "$usr/share/snarl/scenarios/races/lost_update.snarl")" = "$said" ] || fail "the example built by CMake differs"

# The Debian package.
command -v dpkg-shlibdeps >/dev/null || { echo "no dpkg-shlibdeps: the package is not tested"; exit 0; }
(cd "$work" && cpack --config "$build/CPackConfig.cmake" -B "$work/packages" >"$work/log" 2>&1) || { cat "$work/log"; exit 1; }
deb=$(ls "$work"/packages/*.deb)
dpkg-deb -f "$deb" Depends | grep -q 'libc6.*graphviz\|graphviz.*libc6' || fail "the package depends on: $(dpkg-deb -f "$deb" Depends)"
dpkg-deb -c "$deb" >"$work/log"
grep -q './usr/bin/snarl' "$work/log" || fail "the package has no program"
dpkg-deb -x "$deb" "$work/unpacked"
PKG_CONFIG_PATH=$(dirname "$(find "$work/unpacked" -name snarl.pc)")
[ -e "$(pkg-config --variable=includedir snarl)/snarl/snarl.h" ] || fail "pkg-config finds no header beside the package's library"
if [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ]; then
    if dpkg-query -W snarl >/dev/null 2>&1; then
        echo "snarl is installed already: left alone"
        exit 0
    fi
    chmod a+rx "$work" "$work/packages"
    apt-get install -q -y --no-install-recommends "$deb" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
    trap 'apt-get remove -q -y snarl >/dev/null 2>&1; rm -rf "$work"' EXIT
    cd /
    /usr/bin/snarl test /usr/share/snarl/scenarios/races/lost_update.snarl || fail "the installed program fails"
    /usr/bin/snarl draw waits /usr/share/snarl/scenarios/deadlocks/ab_ba.snarl -o "$work/waits.svg" || fail "the installed program cannot draw"
fi
