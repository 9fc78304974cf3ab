#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "paths.hpp"
#include "trama/learn/backend.hpp"

namespace trama::learn {

namespace {

void set_to_one(const char* variable) {
    const char* now = std::getenv(variable);
    if (now == nullptr || std::strcmp(now, "1") != 0) ::setenv(variable, "1", 1);
}

constexpr const char* what_to_do =
    "install the package trama-torch, or build the target trama_torch (it needs libtorch: Debian's "
    "package is libtorch-dev), or let $TRAMA_MODULES name the folder that has it";

}  // namespace

void prepare_environment() {
    // Without these, OpenBLAS starts a thread per core in every process and its results depend on how many
    // there are.
    set_to_one("OMP_NUM_THREADS");
    set_to_one("OPENBLAS_NUM_THREADS");
}

std::filesystem::path default_module(const std::string& name) {
    std::filesystem::path folder;
    if (const char* set = std::getenv("TRAMA_MODULES"); set != nullptr && *set != '\0') {
        folder = set;
    } else {
        folder = library_folder() / "trama";
    }
    return folder / ("trama_" + name + ".so");
}

core::Result<Backend*> load_backend(const std::filesystem::path& module) {
    std::error_code ignored;
    if (!std::filesystem::exists(module, ignored)) {
        return core::fail(core::ErrorKind::run,
                          fmt::format("there is no tensor module `{}`", module.string()), {}, what_to_do);
    }
    prepare_environment();
    void* handle = ::dlopen(module.c_str(), RTLD_NOW | RTLD_NODELETE | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* why = ::dlerror();
        return core::fail(core::ErrorKind::run,
                          fmt::format("cannot load the tensor module `{}`: {}", module.string(),
                                      why != nullptr ? why : "unknown reason"),
                          {}, what_to_do);
    }
    void* symbol = ::dlsym(handle, "trama_backend");
    if (symbol == nullptr) {
        return core::fail(
            core::ErrorKind::run,
            fmt::format("`{}` is not a tensor module of Trama: it has no `trama_backend`", module.string()),
            {}, what_to_do);
    }
    auto* backend = reinterpret_cast<BackendEntry>(symbol)(backend_version);
    if (backend == nullptr) {
        return core::fail(core::ErrorKind::run,
                          fmt::format("the tensor module `{}` was built for another version of Trama (this "
                                      "one asks for interface {})",
                                      module.string(), backend_version),
                          {}, "build or install both from the same version");
    }
    return backend;
}

}  // namespace trama::learn
