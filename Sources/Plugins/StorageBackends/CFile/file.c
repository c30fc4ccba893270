// Swift's view of the C library leaves out what only _GNU_SOURCE declares.
#define _GNU_SOURCE
#include "file.h"

#include <errno.h>
#include <fcntl.h>

int broker_file_reserve(int descriptor, int64_t size) {
#ifdef __linux__
    int result;
    do {
        result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, size);
    } while (result != 0 && errno == EINTR);
    return result;
#else
    (void)descriptor;
    (void)size;
    errno = ENOTSUP;
    return -1;
#endif
}
