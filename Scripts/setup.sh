#!/usr/bin/env bash
# Installs the system packages that the build needs: the C libraries of the codecs.
# With `tests` as argument also what the tests need: kcat, the library of a template, and a virtual environment with the
# Python clients.
set -euo pipefail
cd "$(dirname "$0")/.."

libraries=(zlib1g-dev liblz4-dev libzstd-dev libsnappy-dev pkg-config)
tools=(kcat python3-venv libsqlite3-dev)

installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }

install_missing() {
    local missing=()
    for package in "$@"; do installed "$package" || missing+=("$package"); done
    [ ${#missing[@]} -eq 0 ] && return
    if ! command -v apt-get >/dev/null; then
        echo "Please install these packages (Debian's names): ${missing[*]}" >&2
        exit 1
    fi
    local sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo "Installing ${missing[*]} …" >&2
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

if [ "$(uname -s)" = Linux ]; then install_missing "${libraries[@]}"; fi

if [ "${1:-}" = tests ]; then
    if [ "$(uname -s)" = Linux ]; then install_missing "${tools[@]}"; fi
    if [ ! -x .venv/bin/pytest ] || [ Tests/Interop/requirements.txt -nt .venv/.installed ]; then
        echo "Making .venv with the Python clients …" >&2
        python3 -m venv .venv
        .venv/bin/pip install --quiet --disable-pip-version-check -r Tests/Interop/requirements.txt
        touch .venv/.installed
    fi
fi
