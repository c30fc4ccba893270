#!/usr/bin/env bash
# Does what the documentation says: writes the package that its first page shows into an empty folder outside the
# repository, builds it and sits its exams; the same for the samples of the guides; and runs the pages' commands. All
# build in the package's own .build, so that the framework is not compiled again.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
scratch=$root/.build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BROKER_FRAMEWORK=$root

say() { printf -- '-- %s\n' "$1" >&2; }

# The tests of the package in a folder, and its broker, put beside it as $2.
build_and_test() {
    local package=$1 product=$2 log=$work/log
    # The same versions as here: they are compiled already.
    cp "$root/Package.resolved" "$package"
    (
        cd "$package"
        options=(--scratch-path "$scratch" --only-use-versions-from-resolved-file)
        swift build --product "$product" "${options[@]}" && cp "$scratch/debug/$product" "$work" &&
            swift test --disable-xctest "${options[@]}"
    ) >"$log" 2>&1 || true
    # A process that ends in the middle says nothing of what it has not run.
    if ! grep -q 'Test run with [1-9].* passed' "$log"; then
        cat "$log" >&2
        echo "The tests of $(basename "$package") did not pass." >&2
        exit 1
    fi
    grep 'Test run with' "$log" >&2
}

say "The package of 'Build your own broker'"
mkdir "$work/shop" "$work/guides"
python3 Tests/Documentation/pages.py write BuildYourOwnBroker "$work/shop"
sed -i "s|\"../BrokerFramework\"|\"$root\"|" "$work/shop/Package.swift"
build_and_test "$work/shop" shop-broker
python3 Tests/Documentation/pages.py run "$work/shop-broker" BuildYourOwnBroker

say 'The samples of the guides'
tar -C Tests/Documentation/Guides --exclude .build --exclude Package.resolved -c . | tar -C "$work/guides" -x
build_and_test "$work/guides" guide-broker
pages=()
for page in Sources/BrokerFramework/Umbrella/BrokerFramework.docc/*.md; do
    name=$(basename "$page" .md)
    [ "$name" = BuildYourOwnBroker ] || pages+=("$name")
done
python3 Tests/Documentation/pages.py run "$work/guide-broker" "${pages[@]}"
