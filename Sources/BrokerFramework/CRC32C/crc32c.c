// CRC-32C three ways. The processor's instruction has a latency of three cycles and a throughput of one,
// so three independent streams keep it busy; their results are joined by "appending zeros" to the earlier
// ones, which is a linear map over GF(2) and so four table look-ups.

#include "crc32c.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#if defined(__linux__)
#include <sys/auxv.h>
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1 << 7)
#endif
#endif
#endif

#define POLYNOMIAL 0x82f63b78u  // Castagnoli, reflected
#define LONG_STREAM 2048        // bytes per stream of a long block
#define SHORT_STREAM 256        // bytes per stream of a short block

static uint32_t byte_table[8][256];     // slicing by eight
static uint32_t long_shift[4][256];     // appends LONG_STREAM zero bytes
static uint32_t short_shift[4][256];    // appends SHORT_STREAM zero bytes
static enum broker_crc32c_method best_method;

static uint32_t append_zeros(uint32_t crc, size_t count) {
    while (count--) crc = byte_table[0][crc & 0xff] ^ (crc >> 8);
    return crc;
}

static void fill_shift(uint32_t table[4][256], size_t count) {
    uint32_t column[32];
    for (int bit = 0; bit < 32; bit++) column[bit] = append_zeros(1u << bit, count);
    for (int byte = 0; byte < 4; byte++) {
        for (int value = 0; value < 256; value++) {
            uint32_t sum = 0;
            for (int bit = 0; bit < 8; bit++)
                if (value >> bit & 1) sum ^= column[byte * 8 + bit];
            table[byte][value] = sum;
        }
    }
}

static inline uint32_t shift(uint32_t table[4][256], uint32_t crc) {
    return table[0][crc & 0xff] ^ table[1][crc >> 8 & 0xff] ^ table[2][crc >> 16 & 0xff] ^ table[3][crc >> 24];
}

static inline uint64_t load64(const uint8_t *bytes) {
    uint64_t value;
    memcpy(&value, bytes, 8);
    return value;
}

static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t length) {
    while (length >= 8) {
        uint64_t word = 0;
        for (int i = 7; i >= 0; i--) word = word << 8 | bytes[i];
        word ^= crc;
        crc = byte_table[7][word & 0xff] ^ byte_table[6][word >> 8 & 0xff] ^ byte_table[5][word >> 16 & 0xff] ^
              byte_table[4][word >> 24 & 0xff] ^ byte_table[3][word >> 32 & 0xff] ^ byte_table[2][word >> 40 & 0xff] ^
              byte_table[1][word >> 48 & 0xff] ^ byte_table[0][word >> 56];
        bytes += 8;
        length -= 8;
    }
    while (length--) crc = byte_table[0][(crc ^ *bytes++) & 0xff] ^ (crc >> 8);
    return crc;
}

#if defined(__x86_64__)
#define HARDWARE_TARGET __attribute__((target("sse4.2")))
#define STEP64(crc, word) ((uint32_t)_mm_crc32_u64((crc), (word)))
#define STEP8(crc, byte) _mm_crc32_u8((crc), (byte))
#elif defined(__aarch64__)
#define HARDWARE_TARGET __attribute__((target("crc")))
#define STEP64(crc, word) __crc32cd((crc), (word))
#define STEP8(crc, byte) __crc32cb((crc), (byte))
#endif

#if defined(HARDWARE_TARGET)
HARDWARE_TARGET static inline uint32_t three_streams(
    uint32_t crc, const uint8_t **cursor, size_t *length, size_t stream, uint32_t table[4][256]
) {
    const uint8_t *bytes = *cursor;
    while (*length >= stream * 3) {
        uint32_t first = crc, second = 0, third = 0;
        for (size_t i = 0; i < stream; i += 8) {
            first = STEP64(first, load64(bytes + i));
            second = STEP64(second, load64(bytes + stream + i));
            third = STEP64(third, load64(bytes + stream * 2 + i));
        }
        crc = shift(table, shift(table, first) ^ second) ^ third;
        bytes += stream * 3;
        *length -= stream * 3;
    }
    *cursor = bytes;
    return crc;
}

HARDWARE_TARGET static uint32_t by_hardware(uint32_t crc, const uint8_t *bytes, size_t length) {
    crc = three_streams(crc, &bytes, &length, LONG_STREAM, long_shift);
    crc = three_streams(crc, &bytes, &length, SHORT_STREAM, short_shift);
    for (; length >= 8; bytes += 8, length -= 8) crc = STEP64(crc, load64(bytes));
    while (length--) crc = STEP8(crc, *bytes++);
    return crc;
}
#endif

__attribute__((constructor)) static void prepare(void) {
    for (int value = 0; value < 256; value++) {
        uint32_t crc = (uint32_t)value;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
        byte_table[0][value] = crc;
    }
    for (int slice = 1; slice < 8; slice++)
        for (int value = 0; value < 256; value++)
            byte_table[slice][value] = append_zeros(byte_table[slice - 1][value], 1);
    fill_shift(long_shift, LONG_STREAM);
    fill_shift(short_shift, SHORT_STREAM);

    best_method = BROKER_CRC32C_TABLE;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.2")) best_method = BROKER_CRC32C_SSE42;
#elif defined(__aarch64__) && defined(__linux__)
    if (getauxval(AT_HWCAP) & HWCAP_CRC32) best_method = BROKER_CRC32C_ARMV8;
#elif defined(__aarch64__) && defined(__APPLE__)
    best_method = BROKER_CRC32C_ARMV8;
#endif
}

enum broker_crc32c_method broker_crc32c_best(void) { return best_method; }

uint32_t broker_crc32c_by(enum broker_crc32c_method method, uint32_t crc, const void *bytes, size_t length) {
#if defined(HARDWARE_TARGET)
    if (method != BROKER_CRC32C_TABLE && best_method != BROKER_CRC32C_TABLE)
        return ~by_hardware(~crc, bytes, length);
#endif
    (void)method;
    return ~by_table(~crc, bytes, length);
}

uint32_t broker_crc32c(uint32_t crc, const void *bytes, size_t length) {
    return broker_crc32c_by(best_method, crc, bytes, length);
}
