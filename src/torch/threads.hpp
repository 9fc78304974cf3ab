#pragma once

namespace trama::torch {

/// Sets libtorch and its BLAS to one thread, for the whole process: OpenBLAS with two gives other bits than
/// with one, and `at::set_num_threads` alone leaves it at one thread per core. Called once, before anything
/// is computed.
void use_one_thread_in_process();

/// OpenMP keeps its number of threads per calling thread: each thread that computes calls this first (cheap).
void use_one_thread_here();

}  // namespace trama::torch
