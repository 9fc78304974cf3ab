#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../folding/folding.hpp"
#include "../local/method.hpp"
#include "../on_delta.hpp"

namespace trama::learn {

namespace {

constexpr const char* known = "public";

/// q = compress(x − public); public += q.
class Difference final : public Function {
  public:
    using Stages = std::vector<std::shared_ptr<const Function>>;
    explicit Difference(Stages stages) : stages_(std::move(stages)) {}

    core::Result<core::Value> apply(const Context& context, core::State& state,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        const auto* model = input.model();
        if (model == nullptr)
            throw std::invalid_argument(fmt::format("difference takes a Model, not {}", input.type()));
        if (!model->params.layout().all(core::DType::f32)) {
            return core::fail(core::ErrorKind::run,
                              "difference acts on F32 tensors only, and this net has others");
        }
        const auto found = state.sets.find(known);
        if (found != state.sets.end() && !(found->second.layout() == model->params.layout()))
            throw std::invalid_argument("difference's memory is that of another net");
        core::Update change;
        change.result = *model;
        auto base = *model;
        base.params = found != state.sets.end() ? found->second : filled(model->params.shared_layout(), 0);
        change.base = std::make_shared<const core::Model>(std::move(base));
        core::Value sent(std::move(change));
        for (std::size_t i = 0; i < stages_.size(); ++i) {
            const auto prefix = fmt::format("stage {} ", i);
            auto remembered = taken_out(state, prefix);
            auto made = stages_[i]->apply(context, remembered, sent);
            if (!made) return made;
            // What was not sent is in the next difference anyway.
            remembered.sets.erase("error");
            put_back(state, prefix, std::move(remembered));
            sent = std::move(*made);
        }
        auto update = update_in(sent, "difference");
        state.sets.insert_or_assign(known, update.result.params);
        update.result.extra.insert_or_assign(std::string(core::private_set), model->params);
        return core::Value(std::move(update));
    }

  private:
    Stages stages_;
};

}  // namespace

void add_difference(Library& library) {
    library.add_function(
        Describe("difference", "block", "Model -> Update")
            .in("Compression")
            .says(
                "Keeps a public copy of the model, at first 0, which all who listen know too, and sends the "
                "compressed difference to it; the model itself stays private, for fold(choco(...)). What a "
                "compressor leaves out stays in the difference, so its own error feedback adds nothing.")
            .like("[| client >> difference(topk(10%)) |]^8 >> exchange(ring, weights: metropolis) >> [| "
                  "fold(choco(gamma: 0.3)) |]^8")
            .after("Koloskova, Stich and Jaggi, Decentralized Stochastic Optimization and Gossip Algorithms "
                   "with Compressed Communication, ICML 2019")
            .takes(Param(
                "compressor", "block Update -> Update",
                "What makes the difference smaller: `topk(1%)`, `sign`, `topk(1%) >> quantize(bits: 8)`."))
            .owns_parts(),
        [](const core::Call& call, Resources& resources) -> core::Result<std::shared_ptr<const Function>> {
            Difference::Stages stages;
            const auto* calls = argument(call, "compressor").as<core::List>();
            if (calls == nullptr)
                throw std::invalid_argument("difference: `compressor` is the list of what it calls");
            for (const auto& one : *calls) {
                const auto* inner = one.call();
                const auto* factory =
                    inner != nullptr ? resources.library().function(inner->function) : nullptr;
                if (factory == nullptr) {
                    return core::fail(core::ErrorKind::scheme,
                                      "difference: only compressors can stand in its place", {},
                                      "for example difference(topk(1%) >> quantize(bits: 8))");
                }
                auto made = (*factory)(*inner, resources);
                if (!made) return tl::unexpected(made.error());
                stages.push_back(std::move(*made));
            }
            return std::make_shared<const Difference>(std::move(stages));
        });
}

}  // namespace trama::learn
