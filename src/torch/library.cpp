#include "torch/library.hpp"

#include <dlfcn.h>

#include <string_view>

#include <ATen/Context.h>
#include <ATen/Version.h>
#include <fmt/format.h>
#include <torch/version.h>

namespace trama::torch {
namespace {

/// The text between a key and the end of its word or line; empty without the key.
std::string_view after(std::string_view text, std::string_view key, std::string_view ends) {
    const auto at = text.find(key);
    if (at == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(at + key.size());
    return text.substr(0, text.find_first_of(ends));
}

/// The library that matrix products go to, with all that it needs: found by its symbol, since a process may
/// well have OpenBLAS loaded (by LAPACK, say) and multiply with the reference BLAS all the same.
class Blas {
  public:
    Blas() {
        Dl_info info{};
        if (void* product = ::dlsym(RTLD_DEFAULT, "sgemm_");
            product != nullptr && ::dladdr(product, &info) != 0) {
            file_ = info.dli_fname;
            handle_ = ::dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
        }
    }
    Blas(const Blas&) = delete;
    Blas& operator=(const Blas&) = delete;
    ~Blas() {
        if (handle_ != nullptr) {
            ::dlclose(handle_);
        }
    }

    template <class Function>
    Function* find(const char* name) const {
        return handle_ != nullptr ? reinterpret_cast<Function*>(::dlsym(handle_, name)) : nullptr;
    }
    std::string_view file() const { return std::string_view(file_).substr(file_.rfind('/') + 1); }

  private:
    void* handle_ = nullptr;
    std::string file_;
};

/// Empty for the reference BLAS and for what we do not know.
std::string fast_blas(const Blas& blas) {
    if (auto* configuration = blas.find<char*()>("openblas_get_config")) {
        auto* core = blas.find<char*()>("openblas_get_corename");
        return fmt::format("OpenBLAS {} {}", after(configuration(), "OpenBLAS ", " "),
                           core != nullptr ? core() : "");
    }
    if (at::hasMKL()) {
        return "MKL";
    }
    if (auto* version = blas.find<const char*()>("bli_info_get_version_str")) {
        return fmt::format("BLIS {}", version());
    }
    if (blas.file().starts_with("libarmpl")) {
        return "Arm Performance Libraries";
    }
    return {};
}

}  // namespace

std::string describe_libraries() {
    const std::string configuration = at::show_config();
    // The library that is loaded, which need not be the one whose headers we saw.
    const std::string_view version = after(configuration, "TORCH_VERSION=", ", \n");
    const std::string_view kernels = after(configuration, "CPU capability usage: ", "\n");
    // Convolutions and LSTMs go there. It is a library of its own in Debian, with updates of its own.
    const std::string_view onednn = after(configuration, "MKL-DNN v", " \n");
    const Blas blas;
    const std::string fast = fast_blas(blas);
    return fmt::format("libtorch {}, {}, {}, {}", version.empty() ? TORCH_VERSION : version,
                       onednn.empty() ? "no oneDNN" : fmt::format("oneDNN {}", onednn),
                       fast.empty() ? fmt::format("BLAS {}", blas.file()) : fast,
                       kernels.empty() ? "unknown kernels" : kernels);
}

bool has_fast_blas() {
    return !fast_blas(Blas()).empty();
}

}  // namespace trama::torch
