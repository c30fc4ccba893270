// The frames that the blaster sends, built once: only the correlation id, the partition and the fetch
// offset change from one request to the next.

#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAD_CAPACITY 512

enum operation { PRODUCE, FETCH };

struct workload {
    enum operation operation;
    const char *topic;
    int api_version;        // Produce 3–12, Fetch 11–12
    int acks;
    int records_per_batch;  // of a produced batch, or of the batches that lie in the fetched log
    int record_size;        // bytes of a record's value
    uint32_t fetch_bytes;   // the most that one fetch asks for
    uint64_t log_batches;   // batches in a fetched partition; fetches start again at 0 after the last
};

/// A frame as two pieces: a head that each request in flight has a copy of, and a body they share.
struct request {
    uint8_t head[HEAD_CAPACITY];
    size_t head_length;
    size_t partition_at, offset_at;  // where in the head these fields lie
    uint8_t *body;                   // the record batch and what follows it; empty for a fetch
    size_t body_length;
    size_t batch_length;             // bytes of one record batch
    uint64_t batches_per_fetch;
};

#define CORRELATION_AT 8  // after the size, the key and the version

/// Where the parts of a response lie that the blaster looks at. Offsets count from the frame's size field.
struct response {
    size_t error_at;    // the partition's error code
    size_t prefix;      // bytes to be read in any case; what follows may be thrown away
};

/// Returns false when the version is none of those the blaster speaks, or memory ran out.
bool build_request(const struct workload *workload, struct request *request, struct response *response);

/// Bytes of records in a fetch response whose first `prefix` bytes are at hand.
int64_t fetched_record_bytes(const struct workload *workload, const struct response *response, const uint8_t *frame);

#endif
