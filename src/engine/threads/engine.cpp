#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include <oneapi/tbb/info.h>

#include "engine/actors/run.hpp"
#include "engine/later.hpp"
#include "engine/programs.hpp"
#include "engine/threads/scheduler.hpp"

namespace trama::engine {
namespace threads {

using measure::Clock;

/// Work is done at once by whoever has a slot, and messages are there at once.
class ThreadsHost final : public actors::Host {
  public:
    ThreadsHost(unsigned slots, measure::Observer& observer) : scheduler_(slots), observer_(observer) {}

    void ready(Process& process) override { scheduler_.push(process); }
    void work(Process& process, actors::Work work) override {
        const auto start = Clock::now();
        if (work.delay > 0) wait(work.delay);
        auto result = guarded(work);
        observer_.fired({process.actor().path, work.round}, start, Clock::now());
        work = {};  // values are let go before anyone else is started
        process.finish(std::move(result));
    }
    void send(actors::Channel& channel, actors::Message&& message) override {
        channel.from().deliver(channel, std::move(message));
    }
    double now() const override { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
    void wake(Process& process, double at) override {
        scheduler_.wake(process, std::isinf(at) ? std::nullopt : std::optional(later(begin_, at)));
    }
    void stop() override {
        scheduler_.stop();
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        late_.notify_all();
    }
    void run() { scheduler_.run(); }

  private:
    void wait(double seconds) {
        std::unique_lock lock(mutex_);
        late_.wait_until(lock, later(Clock::now(), seconds), [this] { return stopped_; });
    }

    Scheduler scheduler_;
    measure::Observer& observer_;
    const Clock::time_point begin_ = Clock::now();
    std::mutex mutex_;
    std::condition_variable late_;
    bool stopped_ = false;
};

class ThreadsEngine final : public Engine {
  public:
    std::string_view name() const override { return "threads"; }

    core::Result<Outcome> run(const network::Network& network, learn::Resources& resources,
                              measure::Observer& observer, const RunOptions& options,
                              std::stop_token stop) override {
        auto programs = Programs::make(network, resources);
        if (!programs) return tl::unexpected(programs.error());
        // As many as this process may use, which may be fewer than there are.
        const auto cores = static_cast<unsigned>(std::max(1, oneapi::tbb::info::default_concurrency()));
        ThreadsHost host(options.threads == 0 ? cores : options.threads, observer);
        return actors::Run(host, network, *programs, observer, options)(stop, [&] { host.run(); });
    }
};

}  // namespace threads

std::unique_ptr<Engine> make_threads_engine() {
    return std::make_unique<threads::ThreadsEngine>();
}

}  // namespace trama::engine
