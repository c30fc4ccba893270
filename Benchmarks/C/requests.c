#include "requests.h"

#include <stdlib.h>
#include <time.h>

#include "bytes.h"
#include "crc32c.h"

#define BATCH_HEADER 61
#define RECORD_OVERHEAD 32  // more than the varints around a value can take
#define CLIENT "bench"

static bool is_flexible(const struct workload *workload) {
    return workload->api_version >= (workload->operation == PRODUCE ? 9 : 12);
}

/// Random bytes, so that nothing on the way can profit from repetition; the seed is fixed.
static void fill(uint8_t *at, size_t length) {
    uint64_t state = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        at[i] = (uint8_t)(state >> 32);
    }
}

static uint8_t *put_record(uint8_t *at, int offset_delta, int size) {
    uint8_t body[RECORD_OVERHEAD], *end = body;
    end = put8(end, 0);                     // attributes
    end = put_varint(end, 0);               // timestamp delta
    end = put_varint(end, offset_delta);
    end = put_varint(end, -1);              // no key
    end = put_varint(end, size);
    size_t before_value = (size_t)(end - body);
    at = put_varint(at, (int64_t)before_value + size + 1);
    memcpy(at, body, before_value);
    fill(at + before_value, (size_t)size);
    return put8(at + before_value + size, 0);  // no headers
}

/// A record batch of format 2 with a valid checksum, from a producer without id.
static uint8_t *put_batch(uint8_t *batch, int records, int size) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t timestamp = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;

    uint8_t *at = batch + BATCH_HEADER;
    for (int i = 0; i < records; i++) at = put_record(at, i, size);

    store64(batch, 0);                                  // base offset
    store32(batch + 8, (uint32_t)(at - batch - 12));    // length of what follows
    store32(batch + 12, UINT32_MAX);                    // leader epoch
    batch[16] = 2;                                      // format
    store16(batch + 21, 0);                             // attributes
    store32(batch + 23, (uint32_t)records - 1);         // last offset delta
    store64(batch + 27, timestamp);
    store64(batch + 35, timestamp);
    store64(batch + 43, UINT64_MAX);                    // producer id, epoch, sequence: none
    store16(batch + 51, UINT16_MAX);
    store32(batch + 53, UINT32_MAX);
    store32(batch + 57, (uint32_t)records);
    store32(batch + 17, broker_crc32c(0, batch + 21, (size_t)(at - batch - 21)));
    return at;
}

static uint8_t *put_header(uint8_t *at, int key, int version, bool flexible) {
    at = put32(at, 0);  // the size, known at the end
    at = put16(at, (uint16_t)key);
    at = put16(at, (uint16_t)version);
    at = put32(at, 0);  // the correlation id
    at = put_string(at, false, CLIENT, strlen(CLIENT));
    return flexible ? put8(at, 0) : at;
}

static void build_produce(const struct workload *workload, struct request *request, struct response *response) {
    bool flexible = is_flexible(workload);
    size_t topic = strlen(workload->topic);

    uint8_t *at = put_header(request->head, 0, workload->api_version, flexible);
    at = flexible ? put8(at, 0) : put16(at, UINT16_MAX);  // no transaction
    at = put16(at, (uint16_t)workload->acks);
    at = put32(at, 30000);
    at = put_count(at, flexible, 1);
    at = put_string(at, flexible, workload->topic, topic);
    at = put_count(at, flexible, 1);
    request->partition_at = (size_t)(at - request->head);
    at = put32(at, 0);
    at = put_count(at, flexible, (uint32_t)request->batch_length);
    request->head_length = (size_t)(at - request->head);
    request->body_length = request->batch_length;
    if (flexible)  // tagged fields of partition, topic and request
        for (int i = 0; i < 3; i++) request->body[request->body_length++] = 0;

    // size, correlation id, [tags], topics, name, partitions, index | error, base offset, append time, log start
    response->error_at = flexible ? 9 + 1 + 1 + topic + 1 + 4 : 8 + 4 + 2 + topic + 4 + 4;
    response->prefix = response->error_at + 10;
}

static void build_fetch(const struct workload *workload, struct request *request, struct response *response) {
    bool flexible = is_flexible(workload);
    size_t topic = strlen(workload->topic);

    uint8_t *at = put_header(request->head, 1, workload->api_version, flexible);
    at = put32(at, UINT32_MAX);     // a consumer
    at = put32(at, 500);            // longest wait, ms
    at = put32(at, 1);              // fewest bytes
    at = put32(at, workload->fetch_bytes);
    at = put8(at, 0);               // isolation: read uncommitted
    at = put32(at, 0);              // no fetch session
    at = put32(at, UINT32_MAX);
    at = put_count(at, flexible, 1);
    at = put_string(at, flexible, workload->topic, topic);
    at = put_count(at, flexible, 1);
    request->partition_at = (size_t)(at - request->head);
    at = put32(at, 0);
    at = put32(at, UINT32_MAX);     // leader epoch unknown
    request->offset_at = (size_t)(at - request->head);
    at = put64(at, 0);
    if (flexible) at = put32(at, UINT32_MAX);  // last fetched epoch unknown
    at = put64(at, UINT64_MAX);     // log start: of no meaning for a consumer
    at = put32(at, workload->fetch_bytes);
    if (flexible) at = put16(at, 0);           // tags of partition and topic
    at = put_count(at, flexible, 0);           // nothing forgotten
    at = put_string(at, flexible, "", 0);      // no rack
    if (flexible) at = put8(at, 0);
    request->head_length = (size_t)(at - request->head);
    request->body_length = 0;
    request->batches_per_fetch = workload->fetch_bytes / request->batch_length;
    if (request->batches_per_fetch == 0) request->batches_per_fetch = 1;  // a broker sends one in any case

    // size, correlation id, [tags], throttle, error, session, topics, name, partitions, index | error
    // then high watermark, last stable and log start offset, aborted transactions, replica, record bytes
    response->error_at = flexible ? 9 + 10 + 1 + 1 + topic + 1 + 4 : 8 + 10 + 4 + 2 + topic + 4 + 4;
    response->prefix = response->error_at + 26 + (flexible ? 1 + 4 + 5 : 4 + 4 + 4);
}

bool build_request(const struct workload *workload, struct request *request, struct response *response) {
    int lowest = workload->operation == PRODUCE ? 3 : 11;
    if (workload->api_version < lowest || workload->api_version > 12) return false;
    if (strlen(workload->topic) > 100) return false;

    size_t record = (size_t)workload->record_size + RECORD_OVERHEAD;
    request->body = malloc(BATCH_HEADER + (size_t)workload->records_per_batch * record + 8);
    if (!request->body) return false;
    uint8_t *end = put_batch(request->body, workload->records_per_batch, workload->record_size);
    request->batch_length = (size_t)(end - request->body);

    if (workload->operation == PRODUCE)
        build_produce(workload, request, response);
    else
        build_fetch(workload, request, response);
    store32(request->head, (uint32_t)(request->head_length + request->body_length - 4));
    return true;
}

int64_t fetched_record_bytes(const struct workload *workload, const struct response *response, const uint8_t *frame) {
    struct cursor cursor = {frame + response->error_at + 26, frame + response->prefix, false};
    bool flexible = is_flexible(workload);
    if (take_count(&cursor, flexible) != 0) return -1;  // aborted transactions: there are none here
    take(&cursor, 4);
    uint32_t bytes = take_count(&cursor, flexible);
    return cursor.bad ? -1 : (int64_t)bytes;
}
