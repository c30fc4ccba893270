#include "CBrokerAllocator.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <features.h>
#endif

#ifdef __GLIBC__
#include <malloc.h>

void cbroker_return_freed_memory(size_t limit) {
    if (mallinfo2().fordblks > limit) malloc_trim(0);
}
#else
void cbroker_return_freed_memory(size_t limit) { (void)limit; }
#endif
