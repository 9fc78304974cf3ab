#pragma once

#include "fetch/transfer.hpp"

namespace trama::transfer {

/// `Transfer::download` with libcurl, which reads the variables `http_proxy`, `https_proxy`, `no_proxy`.
core::Result<fetch::Came> download(const fetch::Download& task);

/// `Transfer::unpack` with libarchive.
core::Result<std::vector<std::string>> unpack(const std::filesystem::path& archive,
                                              const std::filesystem::path& folder,
                                              std::span<const std::string> keeps,
                                              const std::stop_token& stop);

}  // namespace trama::transfer
