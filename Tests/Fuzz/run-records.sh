#!/bin/sh
# Fuzzes the parser of record batches and the codecs' decompressors: run-records.sh [SECONDS EACH]. Fails on a crash, a
# leak, a bound that is not kept, or readers that disagree.
#
# New inputs go to a temporary folder; only crashes stay, in ./crashes. The seeds in ./corpus-* are written by
#   BROKER_CORPUS="$PWD" swift test --filter CodecSeedTests
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
# SwiftPM leaves `main` to libFuzzer only when it is told of the sanitizer itself.
sanitize="--sanitize=fuzzer --sanitize=address"
swift build -c release $sanitize
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
mkdir -p crashes
for name in RecordBatchFuzz CodecFuzz; do
    mkdir -p "$found/$name"
    "$(swift build -c release $sanitize --show-bin-path)/$name" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
        -rss_limit_mb=4096 -artifact_prefix=crashes/ "$found/$name" "corpus-$name"
done
