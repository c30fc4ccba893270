#!/usr/bin/env bash
# Measures what the calls of plug-ins cost: the broker against one that was built without them, in turn. Other options
# are run.sh's. Aim: within 2 %.
set -euo pipefail
cd "$(dirname "$0")"

swift build --package-path .. -c release --product broker >&2
swift build --package-path .. -c release --product broker --scratch-path .build/without-plugin-calls \
    -Xswiftc -DPLUGIN_CALLS_COMPILED_OUT >&2

exec ./run.sh --against .build/without-plugin-calls/release/broker --only produce-64k,fetch-64k,small --rounds 9 "$@"
