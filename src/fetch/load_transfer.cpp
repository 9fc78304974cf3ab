#include <dlfcn.h>

#include <fmt/format.h>

#include "fetch/transfer.hpp"
#include "trama/learn/backend.hpp"

namespace trama::fetch {

core::Result<Transfer*> load_transfer() {
    const auto module = learn::default_module("transfer");
    void* handle = ::dlopen(module.c_str(), RTLD_NOW | RTLD_NODELETE | RTLD_LOCAL);
    void* symbol = handle == nullptr ? nullptr : ::dlsym(handle, "trama_transfer");
    if (symbol == nullptr) {
        const char* why = ::dlerror();
        return core::fail(
            core::ErrorKind::data,
            fmt::format("this build cannot download: cannot load the module `{}`: {}", module.string(),
                        why != nullptr ? why : "unknown reason"),
            {},
            "build the target trama_transfer (it needs Debian's libcurl4-openssl-dev and libarchive-dev), or "
            "let $TRAMA_MODULES name the folder that has it");
    }
    auto* transfer = reinterpret_cast<TransferEntry>(symbol)(transfer_version);
    if (transfer == nullptr) {
        return core::fail(core::ErrorKind::data,
                          fmt::format("the module `{}` was built for another version of Trama (this one asks "
                                      "for interface {})",
                                      module.string(), transfer_version),
                          {}, "build or install both from the same version");
    }
    return transfer;
}

}  // namespace trama::fetch
