#!/usr/bin/env bash
# Copies every template and example to an empty folder outside the repository, builds it there against this package, and
# runs its tests; drives the custom broker with real clients; and does as the READMEs say with packages that `broker new`
# writes. All of them build in the package's own .build, so that the framework is not compiled again.
set -euo pipefail
cd "$(dirname "$0")/../.."
source Tests/packages.sh

swift build --product broker >&2
cp "$(swift build --show-bin-path)/broker" "$work/broker"

for source in Templates/*/ Examples/*/; do
    name=$(basename "$source")
    say "$name"
    copy_package "$source" "$work/$name"
    test_package "$work/$name"
done

say 'The custom broker and its clients'
BROKER=$(swift build --show-bin-path)/shop-broker .venv/bin/pytest -q Tests/Templates/test_custom_broker.py

say "What 'broker new' writes"
cd "$work"
./broker new broker acme-events
./broker new plugin partitioner vip-by-region
./broker new plugin cleanup-policy keep-newest
./broker new plugin interceptor checked-in
./broker new plugin codec packed
./broker new plugin authorizer team-rules
./broker new plugin storage tiny-store
test_package "$work/vip-by-region"

# Step 3 of the plug-ins' READMEs, for all of them.
cd acme-events
add() {
    local package=$1 type=$2 use=$3
    sed -i "s|^    dependencies: \[|&\n        .package(path: \"../$package\"),|" Package.swift
    sed -i "s|\"AcmeEventsPlugins\", .product(name: \"BrokerFramework\"|.product(name: \"${type}Plugin\", package: \"$package\"), &|" \
        Package.swift
    sed -i "s|^import BrokerFramework|&\nimport ${type}Plugin|; s|^        DefaultPlugins()|&\n        $use|" \
        Sources/AcmeEventsBroker/AcmeEventsBroker.swift
}
add vip-by-region VipByRegion 'Use(VipByRegionPartitioner.self)'
add keep-newest KeepNewest 'Use(KeepNewestPolicy.self)'
add checked-in CheckedIn 'Use(CheckedInInterceptor.self)'
add packed Packed 'Replace(GzipCodec.self, with: PackedCodec.self)'
add team-rules TeamRules 'Use(TeamRulesAuthorizer.self)'
add tiny-store TinyStore 'Use(TinyStoreStorage.self)'
test_package "$PWD"
broker=$(swift build --show-bin-path --scratch-path "$scratch")/acme-events-broker
say 'The exams in the executable'
echo 'allow User:alice * *' >rules.txt
"$broker" plugins check --kind partitioner
"$broker" plugins check keep-newest -c cleanup.policy.keep-newest.count=2
"$broker" plugins check checked-in -c interceptor.checked-in.headers=source
"$broker" plugins check gzip
"$broker" plugins check team-rules -c authorizer.team-rules.path=rules.txt
"$broker" plugins check tiny-store

say 'The written broker and its clients'
cd "$root"
SCAFFOLDED=$broker .venv/bin/pytest -q Tests/Templates/test_scaffolded_broker.py
