#include <algorithm>

#include "../arguments.hpp"
#include "../folding/folding.hpp"
#include "../folding/server_rule.hpp"
#include "../folding/staleness.hpp"

namespace trama::learn {

namespace {

/// One set of float64 laid out like that one.
std::shared_ptr<const core::Layout> in_doubles(const core::ParameterSet& like) {
    auto entries = like.layout().entries();
    for (auto& entry : entries)
        entry.type = core::DType::f64;
    return std::make_shared<const core::Layout>(std::move(entries));
}

/// x += lr × Σ discount_i × (y_i − base_i) / k, of every k updates. The state keeps the sum so far; buffers
/// are no steps, so their mean is taken instead.
class FedBuff final : public Rule {
  public:
    explicit FedBuff(const core::Call& call)
        : k_(integer(call, "k")), lr_(argument(call, "lr")), staleness_(argument(call, "staleness")) {}

    core::State init(const core::Model& entering) const override {
        core::State state;
        if (!entering.params.layout().all(core::DType::f32) ||
            !entering.buffers.layout().all(core::DType::f32)) {
            return state;  // `apply` says so
        }
        start(state, entering);
        return state;
    }

    core::Result<core::Value> apply(const Context& context, core::State& state,
                                    std::span<const core::Value> values) const override {
        if (auto fits = into_current("fedbuff", context, values); !fits) return tl::unexpected(fits.error());
        auto folded = Folded::of_updates("fedbuff", values);
        if (!folded) return tl::unexpected(folded.error());
        const auto& current = *context.current;
        if (!state.sets.contains(deltas)) start(state, current);

        const auto& update = *folded->models.front();
        const double counts = discount(staleness_, context.staleness);
        add(state.sets.at(deltas), counts, update.params, &folded->base->params);
        add(state.sets.at(buffers), 1, update.buffers, nullptr);
        state.numbers[weight] += update.weight;
        auto made = current;
        take_metrics(made, update);
        if (++state.numbers[count] < static_cast<double>(k_)) return core::Value(std::move(made));

        const auto each = static_cast<double>(k_);
        made.params = moved(current.params, scheduled(lr_, context.round) / each, state.sets.at(deltas));
        core::ParameterBuffer means(current.buffers.shared_layout());
        core::round_mean(state.sets.at(buffers).doubles(), each, means.floats());
        made.buffers = std::move(means).freeze();
        made.weight = state.numbers.at(weight);
        made.version = current.version + 1;
        made.facts.clear();
        start(state, current);
        return core::Value(std::move(made));
    }

  private:
    static constexpr const char* deltas = "deltas";
    static constexpr const char* buffers = "buffers";
    static constexpr const char* count = "count";
    static constexpr const char* weight = "weight";

    static void start(core::State& state, const core::Model& like) {
        const auto zeros = [](const core::ParameterSet& set) {
            core::ParameterBuffer sums(in_doubles(set));
            std::ranges::fill(sums.doubles(), 0.0);
            return std::move(sums).freeze();
        };
        state.sets.insert_or_assign(deltas, zeros(like.params));
        state.sets.insert_or_assign(buffers, zeros(like.buffers));
        state.numbers[count] = 0;
        state.numbers[weight] = 0;
    }

    /// sums += factor × (values − base)
    static void add(core::ParameterSet& sums, double factor, const core::ParameterSet& values,
                    const core::ParameterSet* base) {
        core::ParameterBuffer made(sums.shared_layout());
        const auto out = made.doubles();
        const auto before = sums.doubles();
        const auto now = values.floats();
        for (std::size_t i = 0; i < out.size(); ++i) {
            const double from = base != nullptr ? static_cast<double>(base->floats()[i]) : 0.0;
            out[i] = before[i] + factor * (static_cast<double>(now[i]) - from);
        }
        sums = std::move(made).freeze();
    }

    static core::ParameterSet moved(const core::ParameterSet& from, double rate,
                                    const core::ParameterSet& sums) {
        core::ParameterBuffer made(from.shared_layout());
        const auto out = made.floats();
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<float>(static_cast<double>(from.floats()[i]) + rate * sums.doubles()[i]);
        return std::move(made).freeze();
    }

    std::int64_t k_;
    core::Constant lr_, staleness_;
};

}  // namespace

void add_fedbuff(Library& library) {
    add_mixing_rule<FedBuff>(
        library,
        mixing_rule("fedbuff", "fedbuff(k: 4, lr: 1.0)",
                    "Gathers updates and makes a new version of every `k` of them: the model moves by the "
                    "mean of their deltas, each counted from where its client began, times `lr`.",
                    "Nguyen et al., Federated Learning with Buffered Asynchronous Aggregation, AISTATS 2022")
            .takes(Param("k", "int", "Updates per version.").at_least(1))
            .takes(server_rate("1.0")),
        "constant");
}

}  // namespace trama::learn
