# Sourced by the suites that build packages outside the repository, from the repository's root. They build in its own .build, so
# that the framework is not compiled again.
root=$PWD
scratch=$root/.build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export BROKER_FRAMEWORK=$root

say() { printf -- '-- %s\n' "$1" >&2; }

# The tests of the package in a folder, quiet unless one fails; its product $2, if given, is built and put into $work.
test_package() {
    local package=$1 product=${2-} log=$work/log
    # The same versions as here: they are compiled already.
    cp "$root/Package.resolved" "$package"
    (
        cd "$package"
        options=(--scratch-path "$scratch" --only-use-versions-from-resolved-file)
        if [ -n "$product" ]; then
            swift build --product "$product" "${options[@]}"
            cp "$(swift build --show-bin-path "${options[@]}")/$product" "$work"
        fi
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

# A package of the repository, without what a build has left in it.
copy_package() { mkdir -p "$2" && tar -C "$1" --exclude .build --exclude Package.resolved -c . | tar -C "$2" -x; }
