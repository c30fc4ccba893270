#!/usr/bin/env bash
# Writes the files of Templates/ into Swift sources, so that `broker new` carries them. A test compares the two.
set -euo pipefail
cd "$(dirname "$0")/.."
out=Sources/BrokerFramework/Admin/New/Templates

templates=(CustomBroker PartitionerPlugin CleanupPolicyPlugin InterceptorPlugin CodecPlugin AuthorizerPlugin StoragePlugin)

for template in "${templates[@]}"; do
    {
        echo "// Written by Scripts/embed-templates.sh from Templates/$template; changes belong there."
        echo '// swift-format-ignore-file'
        echo
        echo 'extension EmbeddedTemplates {'
        echo "    static let ${template,}: [PackageFile] = ["
        find "Templates/$template" -type f -not -path '*/.build/*' -not -name Package.resolved | LC_ALL=C sort |
            while read -r file; do
                echo "        PackageFile(path: \"${file#"Templates/$template/"}\", text: ##\"\"\""
                cat "$file"
                echo
                echo '"""##),'
            done
        echo '    ]'
        echo '}'
    } >"$out/$template.swift"
done
