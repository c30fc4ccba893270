#ifndef CBROKER_ALLOCATOR_H
#define CBROKER_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

/// Gives memory that was freed and that the allocator keeps back to the system, if it is more than `limit` bytes; says
/// whether it was. Does nothing where the allocator has no way to say so.
bool cbroker_return_freed_memory(size_t limit);

/// The same for the end of the heap that the calling thread allocates from, which the other function cannot reach.
void cbroker_return_freed_memory_of_thread(void);

#endif
