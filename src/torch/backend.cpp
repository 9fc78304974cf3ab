#include "torch/backend.hpp"

#include "torch/library.hpp"
#include "torch/script.hpp"
#include "torch/threads.hpp"
#include "torch/user_net.hpp"

namespace trama::torch {
namespace {

/// Threads are set before the probe of the stepper computes.
Stepper first_stepper() {
    use_one_thread_in_process();
    use_one_thread_here();
    return {};
}

}  // namespace

TorchBackend::TorchBackend() : stepper_(first_stepper()) {}

core::Result<void> TorchBackend::save_script(const core::Model& model, const learn::Net& net,
                                             const learn::Dataset* data, const std::filesystem::path& path) {
    use_one_thread_here();
    return torch::save_script(model, net, data, path);
}

core::Result<core::ParameterSet> TorchBackend::load_script(const std::filesystem::path& path) {
    use_one_thread_here();
    return torch::load_script(path);
}

core::Result<learn::Net> TorchBackend::open_script(const std::filesystem::path& path) {
    use_one_thread_here();
    return torch::open_script(path);
}

std::string TorchBackend::fingerprint() const {
    return describe_libraries();
}

bool TorchBackend::fast_blas() const {
    return has_fast_blas();
}

}  // namespace trama::torch

extern "C" trama::learn::Backend* trama_backend(int version) {
    if (version != trama::learn::backend_version) {
        return nullptr;
    }
    // Never destroyed: at the end of the process libtorch may be gone already, and threads may still compute.
    static auto* backend = new trama::torch::TorchBackend();
    return backend;
}
