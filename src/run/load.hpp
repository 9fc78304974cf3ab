#pragma once

#include <future>
#include <memory>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/learn/library.hpp"
#include "trama/network/network.hpp"

namespace trama::run {

/// The data sets that a network uses, each once, in order of its actors.
std::vector<core::Call> data_calls(const network::Network& network, const lang::Registry& registry);

/// The data set that it tests on; if it tests on none, the first that it uses. Null when there is none.
const core::Call* main_data(const network::Network& network, const lang::Registry& registry);

/// Loads the tensor library on a thread of its own, from `start` on.
class BackendLoader {
  public:
    void start();
    bool started() const { return future_.valid(); }
    /// Waits for it; starts it when nothing has. Thread-safe.
    core::Result<learn::Backend*> get();

  private:
    std::mutex mutex_;
    std::shared_future<core::Result<learn::Backend*>> future_;
};

/// Reads the data sets, side by side with each other. Errors: the first that cannot be read, in order of the
/// actors.
core::Result<void> load_data(const std::vector<core::Call>& calls, learn::Resources& resources);

}  // namespace trama::run
