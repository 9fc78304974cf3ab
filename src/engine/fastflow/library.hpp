#pragma once

/// FastFlow's headers, for this folder alone. They keep state in every source that includes them, so there
/// are few of those: node.cpp, which uses its queues, and build.cpp, which uses its patterns.
///
/// Of what its macros choose: queues are unbounded (they are never full, so nobody spins at one), threads do
/// not meet at a barrier when they start, and blocking is ours (Bell). Where threads are pinned is said at
/// run time.
#define MAX_NUM_THREADS 1024

#include <ff/ff.hpp>
