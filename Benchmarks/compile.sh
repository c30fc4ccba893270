# Sourced by the runners: compiles the programs in C into .build/c, those whose sources are newer.

crc32c=../Sources/BrokerFramework/CRC32C
programs=.build/c
mkdir -p "$programs"

# compile NAME SOURCE...
compile() {
    local program=$programs/$1
    shift
    if [ ! -x "$program" ] || [ -n "$(find C "$crc32c" compile.sh -type f -newer "$program")" ]; then
        "${CC:-cc}" -O2 -std=gnu17 -Wall -Wextra -Werror -I"$crc32c/include" -o "$program" "$@" "$crc32c/crc32c.c"
    fi
}
