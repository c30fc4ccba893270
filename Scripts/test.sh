#!/usr/bin/env bash
# Runs every test; with a name (`units`, `templates`, `docs`, `interop`, `fuzz`, `lint`) only that part.
set -euo pipefail
cd "$(dirname "$0")/.."
part="${1:-all}"

step() { printf '\n== %s\n' "$1" >&2; }

if [ "$part" = all ] || [ "$part" = lint ]; then
    step 'Formatting'
    swift format lint --strict --recursive Package.swift Sources Tests Templates Examples
fi
if [ "$part" = all ] || [ "$part" = units ]; then
    step 'Unit tests'
    log=$(mktemp)
    # All at once, the simulations would starve the tests that wait for answers.
    swift test --disable-xctest --parallel --experimental-maximum-parallelization-width 4 2>&1 | tee "$log"
    # A process that ends in the middle says nothing of what it has not run.
    grep -q 'Test run with .* passed' "$log" || { echo 'The unit tests did not run to their end.' >&2; exit 1; }
    rm -f "$log"
fi
if [ "$part" = all ] || [ "$part" = templates ]; then
    step 'Templates and examples, outside the repository'
    Scripts/setup.sh tests
    Tests/Templates/run.sh
fi
if [ "$part" = all ] || [ "$part" = docs ]; then
    step 'What the documentation says'
    Scripts/setup.sh tests
    Tests/Documentation/run.sh
fi
if [ "$part" = all ] || [ "$part" = interop ]; then
    step 'Real clients against the broker'
    Scripts/setup.sh tests
    swift build --product broker
    BROKER="$(swift build --show-bin-path)/broker"
    export BROKER
    .venv/bin/pytest -q -n 2 -m 'not alone' Tests/Interop
    .venv/bin/pytest -q -m alone Tests/Interop
fi
if [ "$part" = all ] || [ "$part" = fuzz ]; then
    step 'Fuzzing, briefly'
    Tests/Fuzz/run.sh "${FUZZ_SECONDS:-10}"
fi
