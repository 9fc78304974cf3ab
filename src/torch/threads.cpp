#include "torch/threads.hpp"

#include <dlfcn.h>

#include <ATen/Parallel.h>

namespace trama::torch {
namespace {

/// BLAS and OpenMP are libtorch's choice, not ours: their switches are looked up in the process, never
/// linked.
using SetThreads = void (*)(int);

SetThreads setter(const char* name) {
    return reinterpret_cast<SetThreads>(::dlsym(RTLD_DEFAULT, name));
}

}  // namespace

void use_one_thread_in_process() {
    at::set_num_threads(1);
    for (const char* name :
         {"openblas_set_num_threads", "MKL_Set_Num_Threads", "bli_thread_set_num_threads"}) {
        if (SetThreads set = setter(name)) {
            set(1);
        }
    }
}

void use_one_thread_here() {
    thread_local bool done = false;
    if (done) {
        return;
    }
    done = true;
    at::init_num_threads();  // would otherwise overrule us at the first operation of this thread
    if (SetThreads set = setter("omp_set_num_threads")) {
        set(1);
    }
}

}  // namespace trama::torch
