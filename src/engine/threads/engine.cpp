#include <algorithm>
#include <thread>

#include <oneapi/tbb/info.h>

#include "engine/programs.hpp"
#include "engine/support.hpp"
#include "engine/threads/run.hpp"

namespace trama::engine {
namespace {

class ThreadsEngine final : public Engine {
  public:
    std::string_view name() const override { return "threads"; }

    core::Result<Outcome> run(const network::Network& network, learn::Resources& resources,
                              measure::Observer& observer, const RunOptions& options,
                              std::stop_token stop) override {
        if (auto refused = unsupported(network, resources.library()))
            return tl::unexpected(std::move(*refused));
        auto programs = Programs::make(network, resources);
        if (!programs) return tl::unexpected(programs.error());
        // As many as this process may use, which may be fewer than there are.
        const auto cores = static_cast<unsigned>(std::max(1, oneapi::tbb::info::default_concurrency()));
        auto decided = options;
        if (decided.threads == 0) decided.threads = cores;
        return threads::Run(network, *programs, observer, decided)(stop);
    }
};

}  // namespace

std::unique_ptr<Engine> make_threads_engine() {
    return std::make_unique<ThreadsEngine>();
}

}  // namespace trama::engine
