#!/bin/sh
# Fuzzes every decoder of BrokerWire: run.sh [SECONDS]. Fails on a crash, a leak, or a message that is not stable.
#
# New inputs go to a temporary folder; only crashes stay, in ./crashes. The seeds in ./corpus are written by
#   BROKER_CORPUS="$PWD/corpus" swift test --filter SeedCorpusTests
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
swift build -c release --product WireFuzz
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
mkdir -p crashes
"$(swift build -c release --show-bin-path)/WireFuzz" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix=crashes/ "$found" corpus
