#!/usr/bin/env bash
# Does what the documentation says: writes the package that its first page shows into an empty folder outside the
# repository, builds it and sits its exams; the same for the samples of the guides; and runs the pages' commands. All
# build in the package's own .build, so that the framework is not compiled again.
set -euo pipefail
cd "$(dirname "$0")/../.."
source Tests/packages.sh

say "The package of 'Build your own broker'"
mkdir "$work/shop"
python3 Tests/Documentation/pages.py write BuildYourOwnBroker "$work/shop"
sed -i "s|\"../BrokerFramework\"|\"$root\"|" "$work/shop/Package.swift"
test_package "$work/shop" shop-broker
python3 Tests/Documentation/pages.py run "$work/shop-broker" BuildYourOwnBroker

say 'The samples of the guides'
copy_package Tests/Documentation/Guides "$work/guides"
test_package "$work/guides" guide-broker
pages=()
for page in Sources/BrokerFramework/Umbrella/BrokerFramework.docc/*.md; do
    name=$(basename "$page" .md)
    [ "$name" = BuildYourOwnBroker ] || pages+=("$name")
done
python3 Tests/Documentation/pages.py run "$work/guide-broker" "${pages[@]}"
