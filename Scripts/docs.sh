#!/usr/bin/env bash
# Builds the documentation as a site in .build/docs, with the toolchain's docc, and fails where a link leads nowhere.
# To look at it: python3 -m http.server --directory .build/docs, then http://localhost:8000/documentation/brokerframework
set -euo pipefail
cd "$(dirname "$0")/.."
catalogue=Sources/BrokerFramework/Umbrella/BrokerFramework.docc
modules=(BrokerModel BrokerPluginAPI BrokerPluginTesting BrokerFramework)

for module in "${modules[@]}"; do swift build --target "$module"; done
bin=$(swift build --show-bin-path)
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT

# Where the C modules are that the Swift ones import.
includes=(-I "$bin/Modules")
while read -r map; do includes+=(-I "$(dirname "$map")"); done < <(find Sources -name module.modulemap)
while read -r map; do includes+=(-Xcc "-fmodule-map-file=$map"); done < <(
    find -L "$bin" -maxdepth 2 -path '*CNIO*' -name module.modulemap
    find .build/checkouts/swift-nio/Sources .build/checkouts/swift-atomics/Sources -name module.modulemap
)
target=$(swiftc -print-target-info | sed -n 's/.*"triple" *: *"\(.*\)",/\1/p' | head -1)
for module in "${modules[@]}"; do
    swift-symbolgraph-extract -module-name "$module" "${includes[@]}" -resource-dir "$toolchain/lib/swift" \
        -target "$target" -minimum-access-level public -skip-synthesized-members -skip-inherited-docs \
        -output-dir "$graphs"
done

rm -rf .build/docs
docc convert "$catalogue" --additional-symbol-graph-dir "$graphs" --fallback-display-name BrokerFramework \
    --fallback-bundle-identifier BrokerFramework --output-path .build/docs >"$graphs/log" 2>&1 || {
    cat "$graphs/log" >&2
    exit 1
}
# What a parameter is for is often said by its name; a link that leads nowhere is a mistake.
if grep -v 'is missing documentation' "$graphs/log" | grep -A 6 '^warning:\|^error:' >&2; then
    echo 'The documentation has mistakes; see above.' >&2
    exit 1
fi
echo '.build/docs/index.html' >&2
