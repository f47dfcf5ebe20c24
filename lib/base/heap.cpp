#include "base/heap.hpp"

#include <malloc.h>

namespace sluice {

namespace {

constexpr int little = 256 << 10; // bytes

} // namespace

void keep_little_freed_memory() {
    ::mallopt(M_TRIM_THRESHOLD, little);
    ::mallopt(M_MMAP_THRESHOLD, little); // else it grows with the first large block, and the other with it
}

} // namespace sluice
