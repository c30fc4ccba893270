#ifndef BROKER_CRC32C_H
#define BROKER_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// The ways this machine may compute CRC-32C, slowest first.
enum broker_crc32c_method {
    BROKER_CRC32C_TABLE = 0,
    BROKER_CRC32C_SSE42 = 1,
    BROKER_CRC32C_ARMV8 = 2,
};

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `length` bytes, continuing from `crc` (0 to begin).
/// Takes the fastest method the processor has; safe on any thread.
uint32_t broker_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The same by a given method; falls back to the table where the processor lacks it.
uint32_t broker_crc32c_by(enum broker_crc32c_method method, uint32_t crc, const void *bytes, size_t length);

/// What `broker_crc32c` uses on this machine.
enum broker_crc32c_method broker_crc32c_best(void);

#endif
