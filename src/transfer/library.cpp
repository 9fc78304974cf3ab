#include "transfer/transfer.hpp"

#include <curl/curl.h>

namespace trama::transfer {
namespace {

class Module final : public fetch::Transfer {
  public:
    Module() { curl_global_init(CURL_GLOBAL_DEFAULT); }

    core::Result<fetch::Came> download(const fetch::Download& task) override {
        return transfer::download(task);
    }
    core::Result<std::vector<std::string>> unpack(const std::filesystem::path& archive,
                                                  const std::filesystem::path& folder,
                                                  std::span<const std::string> keeps,
                                                  const std::stop_token& stop) override {
        return transfer::unpack(archive, folder, keeps, stop);
    }
};

}  // namespace
}  // namespace trama::transfer

extern "C" trama::fetch::Transfer* trama_transfer(int version);

extern "C" trama::fetch::Transfer* trama_transfer(int version) {
    static trama::transfer::Module module;
    return version == trama::fetch::transfer_version ? &module : nullptr;
}
