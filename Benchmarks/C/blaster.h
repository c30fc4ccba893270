// The load: how many requests are to be sent, and what came of them so far. One thread drives it all.

#ifndef BENCH_BLASTER_H
#define BENCH_BLASTER_H

#include <stdbool.h>
#include <stdint.h>

#include "requests.h"
#include "usage.h"

struct blaster {
    struct workload workload;
    struct request request;
    struct response response;
    int connections, depth, partitions;
    uint64_t warmup, total;     // requests; the first `warmup` of `total` are not measured
    uint64_t deadline;          // when no more are issued, ns
    int pid;                    // whose CPU time is read

    uint64_t issued, completed;
    uint64_t begun, ended;      // ns; of the measured part
    struct usage target_begun, target_ended;
    struct usage client_begun, client_ended;
    uint64_t bytes;             // record bytes that were answered, measured part
    uint64_t *latencies;        // ns, one for each measured request
};

/// Whether another request may be issued now.
bool wants_more(struct blaster *blaster);

/// Counts an answered request and takes the readings when the measured part begins and ends.
void complete(struct blaster *blaster, uint64_t started, uint64_t now, uint64_t record_bytes);

void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
