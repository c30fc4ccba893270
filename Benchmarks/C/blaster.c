// A load generator that costs next to nothing, so that the server is what is measured: prebuilt frames,
// N connections with up to D requests in flight each, fetched bytes thrown away inside the kernel.
// Prints one JSON object: what was done, the latencies, and the CPU time of the server and of itself.

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "connection.h"

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("blaster: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static void begin_measuring(struct blaster *blaster) {
    blaster->target_begun = usage_of(blaster->pid);
    blaster->client_begun = usage_of(getpid());
    blaster->begun = nanoseconds();
}

static void end_measuring(struct blaster *blaster, uint64_t now) {
    blaster->ended = now;
    blaster->target_ended = usage_of(blaster->pid);
    blaster->client_ended = usage_of(getpid());
}

bool wants_more(struct blaster *blaster) { return blaster->issued < blaster->total; }

void complete(struct blaster *blaster, uint64_t started, uint64_t now, uint64_t record_bytes) {
    uint64_t number = blaster->completed++;
    if (number >= blaster->warmup) {
        blaster->latencies[number - blaster->warmup] = now - started;
        blaster->bytes += record_bytes;
    }
    if (now > blaster->deadline && blaster->total > blaster->issued) blaster->total = blaster->issued;
    if (blaster->completed == blaster->warmup) begin_measuring(blaster);
    if (blaster->completed == blaster->total) end_measuring(blaster, now);
}

/// One connection, one request at a time: blocking calls, two per request.
static void run_alone(struct blaster *blaster, struct connection *connection) {
    while (blaster->completed < blaster->total) {
        issue_requests(blaster, connection);
        while (!is_idle(connection)) receive_answers(blaster, connection, true);
    }
}

static void watch(int poll, int operation, struct connection *connection) {
    uint32_t events = EPOLLIN | (connection->waits_to_send ? (uint32_t)EPOLLOUT : 0u);
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(poll, operation, connection->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

static void run_together(struct blaster *blaster, struct connection *connections) {
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < blaster->connections; i++) {
        issue_requests(blaster, &connections[i]);
        watch(poll, EPOLL_CTL_ADD, &connections[i]);
    }
    struct epoll_event events[64];
    while (blaster->completed < blaster->total) {
        int count = epoll_wait(poll, events, 64, -1);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            bool waited = connection->waits_to_send;
            if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) receive_answers(blaster, connection, false);
            issue_requests(blaster, connection);
            if (waited != connection->waits_to_send) watch(poll, EPOLL_CTL_MOD, connection);
        }
    }
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void print_usage_between(const char *name, struct usage begun, struct usage ended) {
    printf(
        "\"%s\":{\"user\":%.3f,\"system\":%.3f,\"contextSwitches\":%ld},", name, ended.user - begun.user,
        ended.system - begun.system, (long)(ended.context_switches - begun.context_switches));
}

static void report(struct blaster *blaster) {
    uint64_t count = blaster->completed - blaster->warmup;
    if (blaster->completed <= blaster->warmup) fail("the time limit passed within the warm-up");
    uint64_t *sorted = blaster->latencies;
    qsort(sorted, count, sizeof *sorted, ascending);
    printf("{\"requests\":%lu,\"recordBytes\":%lu,", count, blaster->bytes);
    printf("\"seconds\":%.6f,", (double)(blaster->ended - blaster->begun) / 1e9);
    printf(
        "\"microseconds\":{\"p50\":%.1f,\"p99\":%.1f,\"p99.9\":%.1f,\"most\":%.1f},", (double)sorted[count / 2] / 1e3,
        (double)sorted[count * 99 / 100] / 1e3, (double)sorted[count * 999 / 1000] / 1e3,
        (double)sorted[count - 1] / 1e3);
    print_usage_between("server", blaster->target_begun, blaster->target_ended);
    print_usage_between("client", blaster->client_begun, blaster->client_ended);
    printf("\"batchBytes\":%zu}\n", blaster->request.batch_length);
}

static const char *const help =
    "usage: blaster produce|fetch --port N --topic NAME --requests N [options]\n"
    "  --warmup N          requests sent before the measured ones (0)\n"
    "  --connections N     (1)          --depth N        requests in flight on each, at most 64 (1)\n"
    "  --partitions N      the requests go round them (1)\n"
    "  --records N         in a batch (1)   --record-size N  bytes of a value (100)\n"
    "  --acks N            (1)          --api-version N  Produce 3-12 (9), Fetch 11-12 (12)\n"
    "  --fetch-bytes N     per fetch (1048576)   --log-batches N  batches in the fetched partition\n"
    "  --pid N             the server, for its CPU time   --seconds N  stop issuing after this long (20)\n";

static void parse(struct blaster *blaster, int count, char **arguments, int *port) {
    enum { PORT = 1, TOPIC, REQUESTS, WARMUP, CONNECTIONS, DEPTH, PARTITIONS, RECORDS, SIZE, ACKS, VERSION, BYTES, BATCHES, PID, SECONDS };
    static const struct option options[] = {
        {"port", 1, 0, PORT}, {"topic", 1, 0, TOPIC}, {"requests", 1, 0, REQUESTS}, {"warmup", 1, 0, WARMUP},
        {"connections", 1, 0, CONNECTIONS}, {"depth", 1, 0, DEPTH}, {"partitions", 1, 0, PARTITIONS},
        {"records", 1, 0, RECORDS}, {"record-size", 1, 0, SIZE}, {"acks", 1, 0, ACKS}, {"api-version", 1, 0, VERSION},
        {"fetch-bytes", 1, 0, BYTES}, {"log-batches", 1, 0, BATCHES}, {"pid", 1, 0, PID}, {"seconds", 1, 0, SECONDS},
        {0}};
    struct workload *workload = &blaster->workload;
    if (count > 1 && strcmp(arguments[1], "produce") == 0)
        *workload = (struct workload){.operation = PRODUCE, .api_version = 9};
    else if (count > 1 && strcmp(arguments[1], "fetch") == 0)
        *workload = (struct workload){.operation = FETCH, .api_version = 12};
    else
        fail("%s", help);
    workload->acks = workload->records_per_batch = 1;
    workload->record_size = 100;
    workload->fetch_bytes = 1 << 20;
    blaster->connections = blaster->depth = blaster->partitions = 1;
    uint64_t seconds = 20;

    int option;
    while ((option = getopt_long(count - 1, arguments + 1, "", options, NULL)) != -1) {
        long long value = optarg ? atoll(optarg) : 0;
        switch (option) {
            case PORT: *port = (int)value; break;
            case TOPIC: workload->topic = optarg; break;
            case REQUESTS: blaster->total = (uint64_t)value; break;
            case WARMUP: blaster->warmup = (uint64_t)value; break;
            case CONNECTIONS: blaster->connections = (int)value; break;
            case DEPTH: blaster->depth = (int)value; break;
            case PARTITIONS: blaster->partitions = (int)value; break;
            case RECORDS: workload->records_per_batch = (int)value; break;
            case SIZE: workload->record_size = (int)value; break;
            case ACKS: workload->acks = (int)value; break;
            case VERSION: workload->api_version = (int)value; break;
            case BYTES: workload->fetch_bytes = (uint32_t)value; break;
            case BATCHES: workload->log_batches = (uint64_t)value; break;
            case PID: blaster->pid = (int)value; break;
            case SECONDS: seconds = (uint64_t)value; break;
            default: fail("%s", help);
        }
    }
    if (*port <= 0 || !workload->topic || blaster->total == 0 || blaster->connections < 1 || blaster->partitions < 1 ||
        blaster->depth < 1 || blaster->depth > MOST_DEPTH || workload->records_per_batch < 1 || workload->acks == 0)
        fail("%s", help);
    blaster->total += blaster->warmup;
    blaster->deadline = nanoseconds() + seconds * 1000000000;
    alarm((unsigned)seconds + 20);  // a server that no longer answers must not hold the run up
}

int main(int count, char **arguments) {
    struct blaster blaster = {0};
    int port = 0;
    parse(&blaster, count, arguments, &port);
    if (!build_request(&blaster.workload, &blaster.request, &blaster.response)) fail("no such API version");
    if (blaster.workload.operation == FETCH && blaster.workload.log_batches < blaster.request.batches_per_fetch)
        fail("the log holds less than one fetch");

    bool alone = blaster.connections == 1 && blaster.depth == 1;
    blaster.latencies = calloc(blaster.total, sizeof *blaster.latencies);
    struct connection *connections = calloc((size_t)blaster.connections, sizeof *connections);
    if (!blaster.latencies || !connections) fail("out of memory");
    for (int i = 0; i < blaster.connections; i++) open_connection(&connections[i], i, port, alone);

    if (blaster.warmup == 0) begin_measuring(&blaster);
    if (alone)
        run_alone(&blaster, connections);
    else
        run_together(&blaster, connections);
    report(&blaster);
    return 0;
}
