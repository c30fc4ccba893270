#ifndef BROKER_FILE_H
#define BROKER_FILE_H

#include <stdint.h>

/// Asks for room in the file up to `size` bytes without changing its size. 0, or −1 with `errno` set
/// (`ENOTSUP` where the system cannot do it).
int broker_file_reserve(int descriptor, int64_t size);

#endif
