#include "usage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void read_times(int pid, struct usage *usage) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return;
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = 0;
    char *at = strrchr(line, ')');  // the name before it may hold anything
    unsigned long user, system;
    if (at && sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2) {
        double tick = (double)sysconf(_SC_CLK_TCK);
        usage->user = (double)user / tick;
        usage->system = (double)system / tick;
    }
}

static void read_switches(int pid, struct usage *usage) {
    char path[128], line[256];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.20s/status", pid, task->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;  // a thread that ended meanwhile
        while (fgets(line, sizeof line, file)) {
            char *value = strstr(line, "ctxt_switches:");
            if (value) usage->context_switches += strtoull(value + strlen("ctxt_switches:"), NULL, 10);
        }
        fclose(file);
    }
    closedir(tasks);
}

struct usage usage_of(int pid) {
    struct usage usage = {0};
    if (pid > 0) {
        read_times(pid, &usage);
        read_switches(pid, &usage);
    }
    return usage;
}
