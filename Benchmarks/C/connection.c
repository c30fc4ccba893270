#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bytes.h"

void open_connection(struct connection *connection, int index, int port, bool blocking) {
    memset(connection, 0, offsetof(struct connection, buffer));
    connection->index = index;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connection->fd < 0 || connect(connection->fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connecting to port %d: %s", port, strerror(errno));
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!blocking) fcntl(connection->fd, F_SETFL, O_NONBLOCK);
}

static void send_issued(struct blaster *blaster, struct connection *connection) {
    const struct request *request = &blaster->request;
    size_t frame = request->head_length + request->body_length;

    while (connection->sent < connection->issued) {
        struct iovec pieces[2 * MOST_DEPTH];
        int count = 0;
        size_t skip = connection->sent_bytes;
        for (uint64_t n = connection->sent; n < connection->issued; n++) {
            uint8_t *head = connection->slots[n % (uint64_t)blaster->depth].head;
            if (skip < request->head_length) {
                pieces[count++] = (struct iovec){head + skip, request->head_length - skip};
                skip = request->head_length;
            }
            if (request->body_length > 0) {
                size_t from = skip - request->head_length;
                pieces[count++] = (struct iovec){request->body + from, request->body_length - from};
            }
            skip = 0;
        }
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t sent = sendmsg(connection->fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) fail("sending: %s", strerror(errno));
        connection->sent_bytes += (size_t)sent;
        connection->sent += connection->sent_bytes / frame;
        connection->sent_bytes %= frame;
    }
    connection->waits_to_send = connection->sent < connection->issued;
}

void issue_requests(struct blaster *blaster, struct connection *connection) {
    const struct request *request = &blaster->request;
    uint64_t now = 0;
    while (connection->issued - connection->done < (uint64_t)blaster->depth && wants_more(blaster)) {
        if (now == 0) now = nanoseconds();
        uint64_t number = connection->issued++;
        struct slot *slot = &connection->slots[number % (uint64_t)blaster->depth];
        memcpy(slot->head, request->head, request->head_length);
        store32(slot->head + CORRELATION_AT, (uint32_t)number);
        uint64_t turn = (uint64_t)connection->index + number * (uint64_t)blaster->connections;
        store32(slot->head + request->partition_at, (uint32_t)(turn % (uint64_t)blaster->partitions));
        if (blaster->workload.operation == FETCH) {
            uint64_t whole = blaster->workload.log_batches / request->batches_per_fetch;
            uint64_t batch = number % whole * request->batches_per_fetch;
            store64(slot->head + request->offset_at, batch * (uint64_t)blaster->workload.records_per_batch);
        }
        slot->started = now;
        blaster->issued++;
    }
    send_issued(blaster, connection);
}

static void check(struct blaster *blaster, struct connection *connection, const uint8_t *frame) {
    uint32_t correlation = load32(frame + 4);
    if (correlation != (uint32_t)connection->done)
        fail("answer %u came where %u was due", correlation, (uint32_t)connection->done);
    uint16_t error = load16(frame + blaster->response.error_at);
    if (error != 0) fail("the server answered with error code %d", (int16_t)error);
}

static void finish_one(struct blaster *blaster, struct connection *connection, uint64_t now, uint64_t record_bytes) {
    uint64_t started = connection->slots[connection->done % (uint64_t)blaster->depth].started;
    connection->done++;
    complete(blaster, started, now, record_bytes);
}

/// Returns false when there is nothing to read now.
static bool receive(struct connection *connection, size_t most) {
    ssize_t count = recv(connection->fd, connection->buffer + connection->received, most, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (count <= 0) fail("the server closed the connection%s%s", count ? ": " : "", count ? strerror(errno) : "");
    connection->received += (size_t)count;
    return true;
}

static void take_small_answers(struct blaster *blaster, struct connection *connection) {
    if (!receive(connection, RECEIVE_CAPACITY - connection->received)) return;
    uint64_t now = nanoseconds();
    size_t at = 0;
    while (connection->received - at >= 4) {
        size_t size = 4 + (size_t)load32(connection->buffer + at);
        if (size < blaster->response.prefix || size > RECEIVE_CAPACITY) fail("an answer of %zu bytes", size);
        if (connection->received - at < size) break;
        check(blaster, connection, connection->buffer + at);
        finish_one(blaster, connection, now, blaster->request.batch_length);
        at += size;
    }
    connection->received -= at;
    memmove(connection->buffer, connection->buffer + at, connection->received);
}

/// Reads the first bytes of a fetch answer and lets the kernel throw the records away.
static bool take_large_answer(struct blaster *blaster, struct connection *connection) {
    size_t prefix = blaster->response.prefix;
    if (connection->discard == 0) {
        if (!receive(connection, prefix - connection->received)) return false;
        if (connection->received < prefix) return true;
        size_t size = 4 + (size_t)load32(connection->buffer);
        check(blaster, connection, connection->buffer);
        int64_t bytes = fetched_record_bytes(&blaster->workload, &blaster->response, connection->buffer);
        uint64_t least = blaster->request.batches_per_fetch * blaster->request.batch_length;
        if (bytes < (int64_t)least || size <= prefix) fail("a fetch brought %ld bytes of %lu", (long)bytes, least);
        connection->record_bytes = (uint64_t)bytes;
        connection->discard = size - prefix;
        connection->received = 0;
    }
    ssize_t count = recv(connection->fd, NULL, connection->discard, MSG_TRUNC);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (count <= 0) fail("the server closed the connection%s%s", count ? ": " : "", count ? strerror(errno) : "");
    connection->discard -= (uint64_t)count;
    if (connection->discard == 0) {
        finish_one(blaster, connection, nanoseconds(), connection->record_bytes);
        return false;
    }
    return true;
}

void receive_answers(struct blaster *blaster, struct connection *connection, bool blocking) {
    if (blaster->workload.operation == PRODUCE)
        take_small_answers(blaster, connection);
    else
        while (take_large_answer(blaster, connection) && !blocking) {}
}
