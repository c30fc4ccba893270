#!/usr/bin/env bash
# Builds dist/broker: one static executable without any library beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build -c release --product broker --scratch-path .build-dist -Xswiftc -static-executable
mkdir -p dist
cp "$(swift build -c release --scratch-path .build-dist --show-bin-path)/broker" dist/broker
cp dist/broker dist/broker.debug
strip dist/broker
ls -l dist
