// What a process has used, read from /proc.

#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>

struct usage {
    double user, system;        // CPU seconds of all threads
    uint64_t context_switches;  // voluntary and not, of the threads that live
};

/// `pid` 0 reads as all zeros.
struct usage usage_of(int pid);

uint64_t nanoseconds(void);

#endif
