#include "CBrokerAllocator.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <features.h>
#endif

#ifdef __GLIBC__
#include <malloc.h>
#include <stdlib.h>

/// Where glibc's own adjusting would end.
static const int largest_mmap_threshold = 32 << 20;

bool cbroker_return_freed_memory(size_t limit) {
    if (mallinfo2().fordblks <= limit) return false;
    malloc_trim(0);
    return true;
}

void cbroker_return_freed_memory_of_thread(void) {
    // malloc_trim leaves out the end of every heap but the first. A block that is freed makes the allocator look at the
    // end of its thread's heap, and give back what goes beyond the threshold of that moment.
    mallopt(M_MMAP_THRESHOLD, largest_mmap_threshold);
    mallopt(M_TRIM_THRESHOLD, 128 << 10);
    void *volatile block = malloc(256 << 10);
    free(block);
    mallopt(M_TRIM_THRESHOLD, 2 * largest_mmap_threshold);
}
#else
bool cbroker_return_freed_memory(size_t limit) {
    (void)limit;
    return false;
}
void cbroker_return_freed_memory_of_thread(void) {}
#endif
