// How fast this machine computes CRC-32C, by size and method. One JSON object per line.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32c.h"
#include "usage.h"

/// Bytes per nanosecond, which is GB/s: the best of several runs of some 5 ms.
static double speed(enum broker_crc32c_method method, const void *bytes, size_t length) {
    size_t count = 1 + (size_t)10000000 / length;
    uint64_t least = UINT64_MAX;
    volatile uint32_t sink = 0;
    for (int run = 0; run < 7; run++) {
        uint64_t begun = nanoseconds();
        for (size_t i = 0; i < count; i++) sink = sink ^ broker_crc32c_by(method, 0, bytes, length);
        uint64_t elapsed = nanoseconds() - begun;
        if (elapsed < least) least = elapsed;
    }
    return (double)(length * count) / (double)least;
}

int main(void) {
    static const size_t sizes[] = {64, 170, 1024, 16384, 65536, 1 << 20};
    uint8_t *bytes = malloc(1 << 20);
    if (!bytes) return 1;
    memset(bytes, 7, 1 << 20);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        printf("{\"measure\":\"CRC-32C of %zu B by table\",\"value\":%.1f,\"unit\":\"GB/s\"}\n", sizes[i],
               speed(BROKER_CRC32C_TABLE, bytes, sizes[i]));
        if (broker_crc32c_best() != BROKER_CRC32C_TABLE)
            printf("{\"measure\":\"CRC-32C of %zu B by instruction\",\"value\":%.1f,\"unit\":\"GB/s\"}\n", sizes[i],
                   speed(broker_crc32c_best(), bytes, sizes[i]));
    }
    return 0;
}
