#include <map>
#include <mutex>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "../arguments.hpp"
#include "../load_model.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

class Init final : public Function {
  public:
    Init(std::shared_ptr<const Net> net, std::filesystem::path from, bool per_copy, Resources& resources)
        : net_(std::move(net)), from_(std::move(from)), per_copy_(per_copy), resources_(resources) {}

    core::Result<core::Value> apply(const Context& context, core::State&, const core::Value&) const override {
        if (per_copy_ && from_.empty()) {
            auto stream = context.stream("init");
            return core::Value(initialise(*net_, stream));
        }
        // All copies share one buffer. The name and the use decide the numbers, so they tell one model from
        // another.
        std::lock_guard lock(mutex_);
        auto& made =
            made_[from_.empty() ? std::tuple(context.actor.name, context.actor.occurrence, context.round)
                                : std::tuple(std::string(), std::int64_t{0}, core::Round())];
        if (!made) {
            if (from_.empty()) {
                core::Stream stream(core::StreamName{
                    context.seed, context.actor.name, context.actor.occurrence, {}, context.round, "init"});
                made = std::make_shared<const core::Model>(initialise(*net_, stream));
            } else {
                auto loaded = load_model(*net_, from_, resources_);
                if (!loaded) return tl::unexpected(loaded.error());
                made = std::make_shared<const core::Model>(std::move(*loaded));
            }
        }
        return core::Value(made);
    }

  private:
    std::shared_ptr<const Net> net_;
    std::filesystem::path from_;
    bool per_copy_;
    Resources& resources_;
    mutable std::mutex mutex_;
    mutable std::map<std::tuple<std::string, std::int64_t, core::Round>, std::shared_ptr<const core::Model>>
        made_;
};

core::Result<std::shared_ptr<const Function>> make_init(const core::Call& call, Resources& resources) {
    const auto* source = argument(call, "net").call();
    if (source == nullptr) throw std::invalid_argument("init: `net` must be a net");
    auto net = resources.net(*source);
    if (!net) return tl::unexpected(net.error());
    std::filesystem::path from;
    if (given(call, "from")) {
        from = path(call, "from", resources.folder());
        std::error_code ignored;
        if (!std::filesystem::exists(from, ignored)) {
            return core::fail(core::ErrorKind::data, fmt::format("there is no file `{}`", from.string()), {},
                              "`from:` names a model.safetensors or model.pt of an earlier run");
        }
    }
    return std::make_shared<const Init>(std::move(*net), std::move(from), truth(call, "per_copy"), resources);
}

}  // namespace

void add_init(Library& library) {
    library.add_function(
        Describe("init", "block", "() -> Model")
            .in("Learning")
            .says("Makes the first model: weights and biases uniform in ±1/√inputs, other layers as libtorch "
                  "starts them too, drawn by the run's seed; or what a net from a file holds; or read from "
                  "the file of an earlier run. All copies get the same one unless `per_copy: true`.")
            .like("init(net) >> feedback(rounds: 20) { ... }")
            .takes(Param("net", "net", "The architecture."))
            .takes(
                Param("from", "file",
                      "A model.safetensors or model.pt whose tensors fit the net, instead of random numbers.")
                    .or_nothing())
            .takes(Param("per_copy", "bool", "Draw other numbers in every copy.").or_else("false"))
            .at_rate(lang::Rate::source),
        make_init);
}

}  // namespace trama::learn
