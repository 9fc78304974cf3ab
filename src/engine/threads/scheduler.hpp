#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <vector>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "engine/actors/process.hpp"
#include "trama/measure/observer.hpp"

namespace trama::engine::threads {

using actors::Process;

/// Gives processes that can fire to a fixed number of slots. Those further down the flow come first, so that
/// what is begun is finished and few values are alive. Slots are tasks of a oneTBB arena that end when there
/// is nothing to do: nobody spins, and no thread waits inside of a process.
class Scheduler {
  public:
    explicit Scheduler(unsigned slots);
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    /// A process that can fire. From inside of a process, or before `run`.
    void push(Process& process);
    /// Runs until nothing can fire, or until after `stop`, when what is running has ended.
    void run();
    /// Notifies the process then, unless another time is set before; nothing: no more. From inside of a
    /// process.
    void wake(Process& process, std::optional<measure::Clock::time_point> at);
    /// Starts nothing any more. From any thread.
    void stop();

  private:
    struct Entry {
        std::int64_t priority;
        Process* process;
        bool operator<(const Entry& other) const { return priority < other.priority; }
    };
    void work();  ///< a slot
    void open_slot();
    /// Notifies those whose time has come. Precondition: locked; it is open meanwhile.
    void wake_due(std::unique_lock<std::mutex>& lock);

    const unsigned slots_;
    std::optional<oneapi::tbb::global_control> threads_;
    oneapi::tbb::task_arena arena_;
    std::mutex mutex_;
    std::condition_variable idle_;
    std::priority_queue<Entry> ready_;
    std::map<Process*, measure::Clock::time_point> alarms_;
    unsigned active_ = 0;
    bool started_ = false;
    bool stopped_ = false;
};

}  // namespace trama::engine::threads
