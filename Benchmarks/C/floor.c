// The floor: the least that a server of these requests must do, in one thread and as plainly as the
// system allows. A produce is received, its checksum verified, its base offset stamped, the batch
// written into a preallocated file, and answered. A fetch is a header and a sendfile. With --echo a
// produce is only received and answered, which is the round trip alone.
// It believes the blaster: one topic, one partition per request, batches of one size. It is no broker.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "crc32c.h"

#define MOST_FRAME (4u << 20)
#define READ_SIZE (256u << 10)  // what is asked for when no frame larger than this is under way
#define ANSWER_CAPACITY 65536

struct connection {
    int fd;
    size_t begin, end;              // unread bytes in `buffer`
    size_t answered;                // bytes in `answers`
    bool sending;                   // a fetch answer is under way
    off_t file_at;                  // what of it is still to be sent
    size_t file_left, header_left, tail_left;
    uint8_t answers[ANSWER_CAPACITY];
    uint8_t buffer[MOST_FRAME + READ_SIZE];
};

static bool echo;
static int file;
static uint64_t file_size, file_end, next_offset;
static uint64_t batch_bytes, batch_records;  // of the last batch: where an offset lies in the file

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(1);
}

/// Checks, stamps and writes one batch; returns an error code of Kafka's.
static uint16_t append(uint8_t *batch, size_t length) {
    if (length < 61) return 2;
    uint32_t records = load32(batch + 57);
    if (broker_crc32c(0, batch + 21, length - 21) != load32(batch + 17)) return 2;
    store64(batch, next_offset);
    store32(batch + 12, 0);
    if (file_end + length > file_size) file_end = 0;  // an endless file of bounded size
    if (pwrite(file, batch, length, (off_t)file_end) != (ssize_t)length) fail("pwrite");
    file_end += length;
    next_offset += records;
    batch_bytes = length;
    batch_records = records;
    return 0;
}

static void answer_produce(struct connection *connection, struct cursor *cursor, int version, uint32_t correlation) {
    bool flexible = version >= 9;
    take(cursor, take_string_length(cursor, flexible));  // transaction
    take(cursor, 2 + 4);                                 // acks, time limit
    take_count(cursor, flexible);
    uint32_t topic_length = take_string_length(cursor, flexible);
    const uint8_t *topic = take(cursor, topic_length);
    take_count(cursor, flexible);
    uint32_t partition = load32(take(cursor, 4));
    uint32_t length = take_count(cursor, flexible);
    const uint8_t *batch = take(cursor, length);
    if (cursor->bad || topic_length > 255) return;

    uint64_t offset = next_offset;
    uint16_t error = echo ? 0 : append((uint8_t *)batch, length);
    uint8_t *start = connection->answers + connection->answered, *at = put32(start, 0);
    at = put32(at, correlation);
    if (flexible) at = put8(at, 0);
    at = put_count(at, flexible, 1);
    at = put_string(at, flexible, (const char *)topic, topic_length);
    at = put_count(at, flexible, 1);
    at = put32(at, partition);
    at = put16(at, error);
    at = put64(at, offset);
    at = put64(at, UINT64_MAX);                     // append time: the producer's own
    if (version >= 5) at = put64(at, 0);            // log start
    if (version >= 8) at = put_count(at, flexible, 0);
    if (version >= 8) at = put_unsigned_varint(at, 0);  // no message; every such version here is flexible
    if (flexible) at = put16(at, 0);                // tags of partition and topic
    at = put32(at, 0);                              // throttle
    if (flexible) at = put8(at, 0);
    store32(start, (uint32_t)(at - start - 4));
    connection->answered += (size_t)(at - start);
}

static void answer_fetch(struct connection *connection, struct cursor *cursor, int version, uint32_t correlation) {
    bool flexible = version >= 12;
    take(cursor, 4 + 4 + 4 + 4 + 1 + 4 + 4);
    take_count(cursor, flexible);
    uint32_t topic_length = take_string_length(cursor, flexible);
    const uint8_t *topic = take(cursor, topic_length);
    take_count(cursor, flexible);
    uint32_t partition = load32(take(cursor, 4));
    take(cursor, 4);
    uint64_t offset = load64(take(cursor, 8));
    take(cursor, (flexible ? 4 : 0) + 8);
    uint32_t most = load32(take(cursor, 4));
    if (cursor->bad || topic_length > 255 || batch_records == 0) return;

    uint64_t position = offset / batch_records * batch_bytes;
    uint64_t there = position < file_end ? file_end - position : 0;
    connection->file_at = (off_t)position;
    connection->file_left = there < most ? there : most / batch_bytes * batch_bytes;
    connection->tail_left = flexible ? 3 : 0;

    uint8_t *start = connection->answers, *at = put32(start, 0);
    at = put32(at, correlation);
    if (flexible) at = put8(at, 0);
    at = put32(at, 0);                              // throttle
    at = put16(at, 0);
    at = put32(at, 0);                              // no session
    at = put_count(at, flexible, 1);
    at = put_string(at, flexible, (const char *)topic, topic_length);
    at = put_count(at, flexible, 1);
    at = put32(at, partition);
    at = put16(at, 0);
    at = put64(at, next_offset);
    at = put64(at, next_offset);
    at = put64(at, 0);
    at = put_count(at, flexible, 0);
    at = put32(at, UINT32_MAX);                     // no other replica to read from
    at = put_count(at, flexible, (uint32_t)connection->file_left);
    connection->header_left = (size_t)(at - start);
    store32(start, (uint32_t)(connection->header_left - 4 + connection->file_left + connection->tail_left));
    for (int i = 0; i < 3; i++) at = put8(at, 0);   // the tags that follow the records
    connection->answered = (size_t)(at - start);
    connection->sending = true;
}

/// Sends the fetch answer under way; returns false when the socket is full.
static bool send_fetch(struct connection *connection) {
    while (connection->header_left || connection->file_left || connection->tail_left) {
        ssize_t sent;
        size_t *left = connection->header_left ? &connection->header_left
            : connection->file_left           ? &connection->file_left
                                              : &connection->tail_left;
        if (left == &connection->file_left)
            sent = sendfile(connection->fd, file, &connection->file_at, *left);
        else {
            size_t from = connection->answered - 3 - connection->header_left;
            if (left == &connection->tail_left) from = connection->answered - connection->tail_left;
            sent = send(connection->fd, connection->answers + from, *left,
                        MSG_NOSIGNAL | (left == &connection->header_left ? MSG_MORE : 0));
        }
        if (sent < 0 && errno == EAGAIN) return false;
        if (sent <= 0) fail("sending records");
        *left -= (size_t)sent;
    }
    connection->sending = false;
    connection->answered = 0;
    return true;
}

static void flush_answers(struct connection *connection) {
    size_t sent = 0;
    while (sent < connection->answered) {
        ssize_t count = send(connection->fd, connection->answers + sent, connection->answered - sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EAGAIN) continue;  // the blaster always reads: this passes
        if (count < 0) return;
        sent += (size_t)count;
    }
    connection->answered = 0;
}

static void answer(struct connection *connection, uint8_t *frame, size_t size) {
    struct cursor cursor = {frame + 4, frame + size, false};
    int key = load16(take(&cursor, 2)), version = load16(take(&cursor, 2));
    uint32_t correlation = load32(take(&cursor, 4));
    take(&cursor, take_string_length(&cursor, false));  // client id
    if (version >= (key == 0 ? 9 : 12)) take(&cursor, 1);
    if (key == 0)
        answer_produce(connection, &cursor, version, correlation);
    else if (key == 1)
        answer_fetch(connection, &cursor, version, correlation);
}

/// Answers the whole frames that were received; false ends the connection.
static bool answer_frames(struct connection *connection) {
    while (connection->end - connection->begin >= 4 && !connection->sending) {
        size_t size = 4 + (size_t)load32(connection->buffer + connection->begin);
        if (size > MOST_FRAME) return false;
        if (connection->end - connection->begin < size) break;
        answer(connection, connection->buffer + connection->begin, size);
        connection->begin += size;
        if (ANSWER_CAPACITY - connection->answered < 1024) flush_answers(connection);
    }
    if (!connection->sending) flush_answers(connection);
    return true;
}

/// Reads once. Moves what is unread to the buffer's start only when the rest of its frame would not fit.
static bool receive(struct connection *connection) {
    size_t unread = connection->end - connection->begin, want = READ_SIZE;
    if (unread >= 4) {
        size_t left = 4 + (size_t)load32(connection->buffer + connection->begin) - unread;
        if (left > want) want = left;
    }
    if (unread == 0 || connection->end + want > sizeof connection->buffer) {
        memmove(connection->buffer, connection->buffer + connection->begin, unread);
        connection->begin = 0;
        connection->end = unread;
    }
    ssize_t count = recv(connection->fd, connection->buffer + connection->end, want, 0);
    if (count < 0) return errno == EAGAIN;
    connection->end += (size_t)count;
    return count > 0;
}

static void serve(struct connection *connection, uint32_t events, int poll) {
    bool was_sending = connection->sending, good = true;
    if (connection->sending && send_fetch(connection)) good = answer_frames(connection);
    if (!was_sending && events & EPOLLIN) good = receive(connection) && answer_frames(connection);
    while (good && connection->sending && send_fetch(connection)) good = answer_frames(connection);
    if (!good) {
        close(connection->fd);
        free(connection);
    } else if (was_sending != connection->sending) {
        struct epoll_event event = {.events = connection->sending ? EPOLLOUT : EPOLLIN, .data.ptr = connection};
        if (epoll_ctl(poll, EPOLL_CTL_MOD, connection->fd, &event) < 0) fail("epoll_ctl");
    }
}

static void accept_one(int listener, int poll) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *connection = malloc(sizeof *connection);
    if (!connection) fail("malloc");
    memset(connection, 0, offsetof(struct connection, answers));
    connection->fd = fd;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
}

static int listen_somewhere(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 128) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &length);
    printf("{\"event\":\"ready\",\"listeners\":[{\"name\":\"PLAINTEXT\",\"host\":\"127.0.0.1\",\"port\":%d}]}\n",
           ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

/// floor FILE BYTES [--echo]
int main(int count, char **arguments) {
    if (count < 3) {
        fputs("usage: floor FILE BYTES [--echo]\n", stderr);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);  // sendfile has no MSG_NOSIGNAL
    file_size = strtoull(arguments[2], NULL, 10);
    echo = count > 3 && strcmp(arguments[3], "--echo") == 0;
    file = open(arguments[1], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) fail(arguments[1]);
    if ((errno = posix_fallocate(file, 0, (off_t)file_size)) != 0) fail("fallocate");

    int poll = epoll_create1(EPOLL_CLOEXEC), listener = listen_somewhere();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[64];
    if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll_ctl");
    for (;;) {
        int ready = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                serve(events[i].data.ptr, events[i].events, poll);
            else
                accept_one(listener, poll);
        }
    }
}
