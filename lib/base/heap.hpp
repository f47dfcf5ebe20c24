#pragma once
// How much of the memory that was freed the process keeps. Left alone, glibc keeps what the largest answer
// took, and that in each thread: of a thousand connectors a third of all resident memory.

namespace sluice {

/// To be called before the first thread is started.
void keep_little_freed_memory();

} // namespace sluice
