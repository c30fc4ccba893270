#ifndef CBROKER_ALLOCATOR_H
#define CBROKER_ALLOCATOR_H

#include <stddef.h>

/// Gives memory that was freed and that the allocator keeps back to the system, if it is more than `limit` bytes.
/// Does nothing where the allocator has no way to say so.
void cbroker_return_freed_memory(size_t limit);

#endif
