// One connection of the blaster: keeps up to `depth` requests in flight and takes the answers in order.

#ifndef BENCH_CONNECTION_H
#define BENCH_CONNECTION_H

#include "blaster.h"

#define MOST_DEPTH 64
#define RECEIVE_CAPACITY 65536

struct slot {
    uint8_t head[HEAD_CAPACITY];
    uint64_t started;
};

struct connection {
    int fd, index;
    bool waits_to_send;             // the socket was full: wait until it is not
    uint64_t issued, sent, done;    // requests; issued ≥ sent ≥ done
    size_t sent_bytes;              // of request number `sent`
    struct slot slots[MOST_DEPTH];  // request n is in slot n % depth
    size_t received;                // bytes in `buffer`
    uint64_t discard;               // bytes of a fetch answer still to be thrown away
    uint64_t record_bytes;          // of that answer
    uint8_t buffer[RECEIVE_CAPACITY];
};

void open_connection(struct connection *connection, int index, int port, bool blocking);

/// Fills the pipeline and sends as much as the socket takes.
void issue_requests(struct blaster *blaster, struct connection *connection);

/// Reads what there is: one receive when the socket blocks, else until it is empty.
void receive_answers(struct blaster *blaster, struct connection *connection, bool blocking);

static inline bool is_idle(const struct connection *connection) { return connection->done == connection->issued; }

#endif
