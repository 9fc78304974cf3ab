#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/value.hpp"
#include "trama/lang/scheme.hpp"
#include "trama/lang/signature.hpp"
#include "trama/learn/backend.hpp"
#include "trama/learn/dataset.hpp"
#include "trama/learn/net.hpp"
#include "trama/learn/partition.hpp"
#include "trama/measure/observer.hpp"
#include "trama/network/network.hpp"

namespace trama::learn {

class Resources;

/// What a function is told when it fires.
struct Context {
    const network::Actor& actor;  ///< its copy, rank, copies, name
    const core::Round& round;
    std::uint64_t seed = 0;
    measure::Observer& observer;
    std::stop_token stop;  ///< set on interruption: a long function may return early with its input
    /// Rules behind an `exchange`: where each value comes from. Where some are missing, the weights of the
    /// others add up to 1 again; shares stay as they are. Empty elsewhere.
    std::span<const core::Edge> edges = {};
    /// Which of the values is that of the rule's own stream; none elsewhere, and where it sat the round out.
    std::optional<std::size_t> own = {};
    /// Rules of `mix`: the server's model before this update, and how many versions have been made since the
    /// one that the update started from. Null and 0 elsewhere.
    std::shared_ptr<const core::Model> current = {};
    std::int64_t staleness = 0;

    /// The stream of this actor in this round for a purpose ("shuffle").
    core::Stream stream(std::string_view purpose) const;
    std::string place() const;  ///< "scheme/feedback/[2]/client, round 3" for messages
};

/// A registered function: `apply(S, A) → (S, B)`. One object serves all copies that have equal arguments, on
/// many threads at once: everything that changes is in `state`, which the engine keeps for each actor.
class Function {
  public:
    Function() = default;
    Function(const Function&) = delete;
    Function& operator=(const Function&) = delete;
    virtual ~Function() = default;
    /// `input` is empty for sources. Metrics it measured go into the returned value and to
    /// `observer.measured`.
    virtual core::Result<core::Value> apply(const Context& context, core::State& state,
                                            const core::Value& input) const = 0;
};

/// An aggregation rule: `init(Model) → State`, optionally `merge`, and `apply(State, [Update]) → (State,
/// Model)`. Values are given in stream order, skips already left out (never empty). Same sharing as Function.
class Rule {
  public:
    Rule() = default;
    Rule(const Rule&) = delete;
    Rule& operator=(const Rule&) = delete;
    virtual ~Rule() = default;
    virtual core::State init(const core::Model& /*entering*/) const { return {}; }
    /// Behind an `exchange`: whether it wants Updates with their base. Others get Models.
    virtual bool reads_bases() const { return false; }
    /// An inner node of a tree: values and Partials to one Partial, in order. Only for mergeable rules.
    virtual core::Result<core::Value> merge(std::span<const core::Value> values) const;
    /// The root: values (or Partials) to the result. A rule of `mix` gets one Update at a time and gives the
    /// server's next model: a new one with the next version, or `context.current` as it is.
    virtual core::Result<core::Value> apply(const Context& context, core::State& state,
                                            std::span<const core::Value> values) const = 0;
};

using FunctionFactory =
    std::function<core::Result<std::shared_ptr<const Function>>(const core::Call&, Resources&)>;
using RuleFactory = std::function<core::Result<std::shared_ptr<const Rule>>(const core::Call&, Resources&)>;
using DataFactory =
    std::function<core::Result<std::shared_ptr<const Dataset>>(const core::Call&, Resources&)>;
/// Looks at headers only; `folder` is that of the scheme: relative paths start there.
using DataProbe =
    std::function<core::Result<lang::ShapeFacts>(const core::Call&, const std::filesystem::path& folder)>;
using NetFactory = std::function<core::Result<std::shared_ptr<const Net>>(const core::Call&)>;
/// A net that only a run can open: the checker knows nothing of it.
using OpenedNetFactory =
    std::function<core::Result<std::shared_ptr<const Net>>(const core::Call&, Resources&)>;

/// Everything a scheme can name, with its runtime. Passed in, never global. Each `add_*` also adds the
/// signature to the registry and marks it as running.
class Library {
  public:
    Library();  ///< empty
    lang::Registry& registry() { return registry_; }
    const lang::Registry& registry() const { return registry_; }

    void add_function(lang::Signature signature, FunctionFactory factory);
    void add_rule(lang::Signature signature, RuleFactory factory);
    void add_data(lang::Signature signature, DataFactory factory, DataProbe probe);
    void add_net(lang::Signature signature, NetFactory factory);
    void add_opened_net(lang::Signature signature, OpenedNetFactory factory);
    void add_partition(lang::Signature signature, Partition partition);
    /// A value without a runtime of its own (optimizers, schedules: read by those that take them).
    void add_value(lang::Signature signature);

    const FunctionFactory* function(std::string_view name) const;
    const RuleFactory* rule(std::string_view name) const;
    const DataFactory* data(std::string_view name) const;
    const OpenedNetFactory* opened_net(std::string_view name) const;
    const Partition* partition(std::string_view name) const;
    /// Shape facts for the checker, of data sets and nets; torch-free, reads headers only.
    /// `folder` is that of the scheme. What has no runtime is unknown: facts without content.
    core::Result<lang::ShapeFacts> probe_data(const core::Call& call,
                                              const std::filesystem::path& folder = {}) const;
    core::Result<lang::ShapeFacts> probe_net(const core::Call& call) const;
    core::Result<std::shared_ptr<const Net>> net(const core::Call& call) const;

  private:
    lang::Registry registry_;
    std::map<std::string, FunctionFactory, std::less<>> functions_;
    std::map<std::string, RuleFactory, std::less<>> rules_;
    std::map<std::string, DataFactory, std::less<>> data_;
    std::map<std::string, DataProbe, std::less<>> probes_;
    std::map<std::string, NetFactory, std::less<>> nets_;
    std::map<std::string, OpenedNetFactory, std::less<>> opened_nets_;
    std::map<std::string, Partition, std::less<>> partitions_;
};

/// Communication blocks, data sets, nets, optimizers, rules, train, test, init, ..., and the signatures of
/// what runs later.
void add_builtins(Library& library);

/// What a run shares: data sets and parts (each made once, however many actors ask), nets, the tensor
/// backend. Thread-safe.
class Resources {
  public:
    Resources(const Library& library, std::uint64_t seed, std::function<core::Result<Backend*>()> backend,
              std::filesystem::path folder = {});

    const Library& library() const { return library_; }
    const std::filesystem::path& folder() const {
        return folder_;
    }  ///< of the scheme: relative paths start here
    core::Result<std::shared_ptr<const Dataset>> data(const core::Call& call);
    core::Result<std::shared_ptr<const Net>> net(const core::Call& call);
    /// Part `rank` of `copies`; the reference lives as long as the Resources.
    core::Result<std::span<const std::uint32_t>> part(const Dataset& data, Split split, std::int64_t rank,
                                                      std::int64_t copies);
    /// The data set as these parts see it: most often `data` itself. Sample numbers and the split's size are
    /// the same; the reference lives as long as the Resources.
    core::Result<const Dataset*> seen(const Dataset& data, Split split, std::int64_t copies);
    core::Result<Backend*> backend();

  private:
    /// Made under its own lock: two different things are made side by side, the same one only once.
    template <class T>
    struct Slot {
        std::mutex mutex;
        std::optional<core::Result<T>> made;
    };
    template <class T>
    using Slots = std::map<std::string, std::shared_ptr<Slot<T>>, std::less<>>;
    template <class T, class Make>
    core::Result<T> once(Slots<T>& slots, const std::string& key, Make make);

    struct Parts {
        std::vector<Part> parts;
        std::optional<Dataset> seen;  ///< where the partition changes the samples
    };
    core::Result<std::shared_ptr<const Parts>> parts(const Dataset& data, Split split, std::int64_t copies);

    const Library& library_;
    std::uint64_t seed_;
    std::function<core::Result<Backend*>()> make_backend_;
    std::filesystem::path folder_;
    std::mutex mutex_;  ///< of the maps, never held while something is made
    Slots<std::shared_ptr<const Dataset>> data_;
    Slots<std::shared_ptr<const Net>> nets_;
    Slots<std::shared_ptr<const Parts>> parts_;
    Slot<Backend*> backend_;
};

/// The number that a `scheduled` argument has in a round (constant, or a schedule call such as cosine(0.1,
/// over: 100)). What counts steps (`per: step`) counts rounds here: a server makes one step in each.
double scheduled(const core::Constant& value, const core::Round& round);
/// Likewise at a step, from 1, of local training.
double scheduled(const core::Constant& value, const core::Round& round, std::int64_t step);
/// Whether it changes from step to step.
bool counts_steps(const core::Constant& value);

}  // namespace trama::learn
