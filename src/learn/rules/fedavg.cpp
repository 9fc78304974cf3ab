#include <fmt/format.h>

#include "../arguments.hpp"
#include "../folding/folding.hpp"
#include "trama/core/weighted_mean.hpp"
#include "trama/learn/describe.hpp"

namespace trama::learn {

namespace {

using core::ParameterSet;

/// f64 entries: those of the parameters, then those of the buffers.
std::shared_ptr<const core::Layout> sums_layout(const core::Model& like) {
    std::vector<core::Entry> entries;
    for (const auto* set : {&like.params, &like.buffers}) {
        for (auto entry : set->layout().entries()) {
            entry.type = core::DType::f64;
            entries.push_back(std::move(entry));
        }
    }
    return std::make_shared<const core::Layout>(std::move(entries));
}

class FedAvg final : public Rule {
  public:
    explicit FedAvg(bool by_samples) : by_samples_(by_samples) {}

    core::Result<core::Value> merge(std::span<const core::Value> values) const override {
        auto folded = Folded::of(values);
        if (!folded) return tl::unexpected(folded.error());
        if (auto fault = folded->other_than_floats("fedavg")) return tl::unexpected(*fault);
        core::Partial partial;
        partial.sums = sum(*folded);
        partial.like = *folded->models.front();
        partial.like.version = folded->version;
        partial.like.weight = folded->weight;
        partial.like.metrics = folded->metrics;
        partial.base = folded->base;
        partial.count = count(*folded);
        return core::Value(std::move(partial));
    }

    core::Result<core::Value> apply(const Context&, core::State&,
                                    std::span<const core::Value> values) const override {
        auto folded = Folded::of(values);
        if (!folded) return tl::unexpected(folded.error());
        if (auto fault = folded->other_than_floats("fedavg")) return tl::unexpected(*fault);
        auto weights = folded->weigh("fedavg", by_samples_);
        if (!weights) return tl::unexpected(weights.error());
        bool flat = std::all_of(folded->partials.begin(), folded->partials.end(),
                                [](auto* partial) { return partial == nullptr; });
        if (flat) {
            const auto& like = *folded->models.front();
            return folded->result(mean(folded->params(), *weights, like.params.shared_layout()),
                                  mean(folded->buffers(), *weights, like.buffers.shared_layout()));
        }

        auto sums = sum(*folded);
        const auto& like = *folded->models.front();
        auto cut = like.params.layout().bytes() / sizeof(float);
        return folded->result(rounded(sums.doubles().first(cut), like.params, weights->total),
                              rounded(sums.doubles().subspan(cut), like.buffers, weights->total));
    }

  private:
    double weight(const core::Model& model) const { return by_samples_ ? model.weight : 1.0; }

    static std::int64_t count(const Folded& folded) {
        std::int64_t all = 0;
        for (const auto* partial : folded.partials)
            all += partial != nullptr ? partial->count : 1;
        return all;
    }

    /// Neighbouring models are summed in one pass; Partials are added in their place.
    ParameterSet sum(const Folded& folded) const {
        auto layout = sums_layout(*folded.models.front());
        std::vector<ParameterSet> terms;
        std::vector<const core::Model*> run;
        auto close_run = [&] {
            if (run.empty()) return;
            terms.push_back(sum_of_models(run, layout));
            run.clear();
        };
        for (std::size_t i = 0; i < folded.models.size(); ++i) {
            if (folded.partials[i] == nullptr) {
                run.push_back(folded.models[i]);
            } else {
                close_run();
                terms.push_back(folded.partials[i]->sums);
            }
        }
        close_run();
        if (terms.size() == 1) return terms.front();
        std::vector<std::span<const double>> spans;
        for (const auto& term : terms)
            spans.push_back(term.doubles());
        core::ParameterBuffer out(layout);
        core::add_sums(spans, out.doubles());
        return std::move(out).freeze();
    }

    ParameterSet sum_of_models(const std::vector<const core::Model*>& models,
                               const std::shared_ptr<const core::Layout>& layout) const {
        std::vector<std::span<const float>> params, buffers;
        std::vector<double> weights;
        for (const auto* model : models) {
            params.push_back(model->params.floats());
            buffers.push_back(model->buffers.floats());
            weights.push_back(weight(*model));
        }
        core::ParameterBuffer out(layout);
        core::weighted_sum(params, weights, out.doubles().first(params.front().size()));
        core::weighted_sum(buffers, weights, out.doubles().subspan(params.front().size()));
        return std::move(out).freeze();
    }

    static ParameterSet rounded(std::span<const double> sums, const ParameterSet& like, double total) {
        core::ParameterBuffer out(like.shared_layout());
        core::round_mean(sums, total, out.floats());
        return std::move(out).freeze();
    }

    bool by_samples_;
};

}  // namespace

void add_fedavg(Library& library) {
    library.add_rule(Describe("fedavg", "rule", "[M] -> M")
                         .in("Aggregation")
                         .says("Federated averaging: the mean of models, or of updates that come from one "
                               "broadcast, weighted by the samples "
                               "behind each. Weights add up, so a star of stars gives every sample the same "
                               "say. Sums are float64 in the order "
                               "of the streams, rounded once.")
                         .like("broadcast >> [| client |]^4 >> reduce(fedavg)")
                         .after("McMahan et al., Communication-Efficient Learning of Deep Networks from "
                                "Decentralized Data, AISTATS 2017")
                         .takes(Param("weights", "one_of(samples, uniform)",
                                      "Every sample counts the same, or every model.")
                                    .or_else("samples"))
                         .merges(),
                     [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Rule>> {
                         return std::make_shared<const FedAvg>(word(call, "weights") == "samples");
                     });
}

}  // namespace trama::learn
