#!/usr/bin/env bash
# Builds the floor and the load generator, and measures the broker (BROKER, ../.build/release/broker) against
# the floor. Needs Linux, a C compiler and Python 3. See README.md, or --help.
set -euo pipefail
cd "$(dirname "$0")"

[ "$(uname -s)" = Linux ] || { echo "The benchmarks need Linux: epoll, sendfile and /proc." >&2; exit 1; }

crc32c=../Sources/BrokerFramework/CRC32C
mkdir -p .build

# compile NAME SOURCE...: only when a source is newer than the program
compile() {
    local name=$1 program=.build/$1
    shift
    if [ ! -x "$program" ] || [ -n "$(find C "$crc32c" run.sh -newer "$program" -type f)" ]; then
        "${CC:-cc}" -O2 -std=gnu17 -Wall -Wextra -Werror -I"$crc32c/include" -o "$program" "$@" "$crc32c/crc32c.c"
    fi
}

compile floor C/floor.c
compile blaster C/blaster.c C/connection.c C/requests.c C/usage.c

exec python3 -B runner "$@"
