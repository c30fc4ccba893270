#include "CBrokerPluginTrace.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Thread_local const char *current;

const char *broker_plugin_enter(const char *name) {
    const char *outer = current;
    current = name;
    return outer;
}

void broker_plugin_leave(const char *outer) { current = outer; }

unsigned broker_plugin_thread(void) {
    static atomic_uint count;
    static _Thread_local unsigned own;
    if (!own) own = atomic_fetch_add_explicit(&count, 1, memory_order_relaxed) + 1;
    return own;
}

static const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { signal_count = sizeof signals / sizeof *signals };
static struct sigaction earlier[signal_count];
static char crash_path[4096];

// Everything here must be safe in a signal handler.
static void crashed(int number) {
    if (current) {
        char line[320];
        char digits[24];
        size_t length = 0, count = 0;
        unsigned long long seconds = (unsigned long long)time(NULL);
        do {
            digits[count++] = (char)('0' + seconds % 10);
            seconds /= 10;
        } while (seconds);
        while (count) line[length++] = digits[--count];
        line[length++] = ' ';
        for (const char *at = current; *at && length < sizeof line - 1; at++) line[length++] = *at;
        line[length++] = '\n';
        int file = open(crash_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (file >= 0) {
            ssize_t written = write(file, line, length);
            (void)written;
            fsync(file);
            close(file);
        }
        current = NULL;
    }
    // Whoever handled it before does so now: the instruction is tried again.
    for (int index = 0; index < signal_count; index++)
        if (signals[index] == number) sigaction(number, &earlier[index], NULL);
}

int broker_plugin_record_crashes(const char *path) {
    if (strlen(path) >= sizeof crash_path) return -1;
    strcpy(crash_path, path);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = crashed;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (int index = 0; index < signal_count; index++) sigaction(signals[index], &action, &earlier[index]);
    return 0;
}
