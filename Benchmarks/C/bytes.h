// Big-endian integers and Kafka's variable-length ones, written and read with bounds.

#ifndef BENCH_BYTES_H
#define BENCH_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void store16(uint8_t *at, uint16_t value) {
    value = __builtin_bswap16(value);
    memcpy(at, &value, 2);
}

static inline void store32(uint8_t *at, uint32_t value) {
    value = __builtin_bswap32(value);
    memcpy(at, &value, 4);
}

static inline void store64(uint8_t *at, uint64_t value) {
    value = __builtin_bswap64(value);
    memcpy(at, &value, 8);
}

static inline uint16_t load16(const uint8_t *at) {
    uint16_t value;
    memcpy(&value, at, 2);
    return __builtin_bswap16(value);
}

static inline uint32_t load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return __builtin_bswap32(value);
}

static inline uint64_t load64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, 8);
    return __builtin_bswap64(value);
}

// Writing. The caller sizes the buffer; every message here has a small bound known beforehand.

static inline uint8_t *put8(uint8_t *at, uint8_t value) {
    *at = value;
    return at + 1;
}

static inline uint8_t *put16(uint8_t *at, uint16_t value) {
    store16(at, value);
    return at + 2;
}

static inline uint8_t *put32(uint8_t *at, uint32_t value) {
    store32(at, value);
    return at + 4;
}

static inline uint8_t *put64(uint8_t *at, uint64_t value) {
    store64(at, value);
    return at + 8;
}

static inline uint8_t *put_unsigned_varint(uint8_t *at, uint64_t value) {
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

static inline uint8_t *put_varint(uint8_t *at, int64_t value) {
    return put_unsigned_varint(at, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

/// An array's or a string's length: the older form with a fixed width, or the compact one.
static inline uint8_t *put_count(uint8_t *at, bool flexible, uint32_t count) {
    return flexible ? put_unsigned_varint(at, (uint64_t)count + 1) : put32(at, count);
}

static inline uint8_t *put_string(uint8_t *at, bool flexible, const char *text, size_t length) {
    at = flexible ? put_unsigned_varint(at, length + 1) : put16(at, (uint16_t)length);
    memcpy(at, text, length);
    return at + length;
}

// Reading. A cursor that once ran past its end stays bad; the values then read as zero.

struct cursor {
    const uint8_t *at, *end;
    bool bad;
};

static inline const uint8_t *take(struct cursor *cursor, size_t count) {
    static const uint8_t zeros[8];
    if (cursor->bad || (size_t)(cursor->end - cursor->at) < count) {
        cursor->bad = true;
        return zeros;
    }
    cursor->at += count;
    return cursor->at - count;
}

static inline uint32_t take_unsigned_varint(struct cursor *cursor) {
    uint32_t value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        uint8_t byte = *take(cursor, 1);
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    cursor->bad = true;
    return 0;
}

/// The length of an array, a byte string or a string of the compact form; null reads as zero.
static inline uint32_t take_count(struct cursor *cursor, bool flexible) {
    uint32_t count = flexible ? take_unsigned_varint(cursor) - 1 : load32(take(cursor, 4));
    return count == UINT32_MAX ? 0 : count;
}

static inline uint32_t take_string_length(struct cursor *cursor, bool flexible) {
    if (flexible) return take_count(cursor, true);
    uint16_t length = load16(take(cursor, 2));
    return length == UINT16_MAX ? 0 : length;
}

#endif
