#!/usr/bin/env bash
# Measures single functions: CRC-32C, record batches, messages. One JSON object per line with --output json.
set -euo pipefail
cd "$(dirname "$0")"

. ./compile.sh
compile crc_speed C/crc_speed.c C/usage.c
swift build -c release --product micro >&2

measure() {
    "$programs/crc_speed"
    "$(swift build -c release --show-bin-path)/micro"
}

if [ "${1:-}" = --output ] && [ "${2:-}" = json ]; then
    measure
else
    measure | sed -E 's/^\{"measure":"(.*)","value":(.*),"unit":"(.*)"\}$/\1\t\2 \3/' |
        awk -F'\t' '{ printf "%-62s %18s\n", $1, $2 }'
fi
