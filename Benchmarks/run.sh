#!/usr/bin/env bash
# Builds the floor and the load generator, and measures the broker (BROKER, ../.build/release/broker) against
# the floor. Needs Linux, a C compiler and Python 3. See README.md, or --help.
set -euo pipefail
cd "$(dirname "$0")"

[ "$(uname -s)" = Linux ] || { echo "The benchmarks need Linux: epoll, sendfile and /proc." >&2; exit 1; }

# A path in BROKER counts from where the caller stands.
if [ -n "${BROKER:-}" ]; then BROKER=$(cd "$OLDPWD" && realpath "$BROKER") && export BROKER; fi

. ./compile.sh
compile floor C/floor.c
compile blaster C/blaster.c C/connection.c C/requests.c C/usage.c

exec python3 -B runner "$@"
