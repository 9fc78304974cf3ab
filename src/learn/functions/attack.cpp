#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../on_delta.hpp"
#include "trama/core/elementary.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

/// The chance that a normal number is below z; |z| up to 6. By the series φ(z)·(z + z³/3 + z⁵/(3·5) + ...).
double normal_below(double z) {
    double term = z, sum = z;
    for (int odd = 3; odd < 200; odd += 2) {
        term *= z * z / odd;
        sum += term;
    }
    constexpr double root_of_2_pi = 2.5066282746310002;
    return 0.5 + sum * core::exp(-z * z / 2) / root_of_2_pi;
}

/// The z that a normal number is below with chance p, by bisection; between −6 and 6.
double normal_quantile(double p) {
    double low = -6, high = 6;
    for (int i = 0; i < 60; ++i) {
        const double middle = (low + high) / 2;
        (normal_below(middle) < p ? low : high) = middle;
    }
    return (low + high) / 2;
}

/// How many deviations `bad` of `all` clients may go without being told from the honest ones that the others
/// of a majority need (Baruch et al., algorithm 3).
double farthest(std::size_t all, std::size_t bad) {
    const auto n = static_cast<double>(all), m = static_cast<double>(bad);
    const std::size_t majority = all / 2 + 1;
    return normal_quantile(std::clamp((n - static_cast<double>(majority)) / (n - m), 0.0, 1.0));
}

enum class AttackKind { sign_flip, gaussian, label_flip, alie, ipm };

/// Mean and deviation of the honest deltas, by element.
struct Honest {
    std::vector<double> mean, deviation;
};

class Attack final : public Function {
  public:
    Attack(AttackKind kind, std::vector<std::int64_t> copies, std::optional<double> strength)
        : kind_(kind), copies_(std::move(copies)), strength_(strength) {
        std::ranges::sort(copies_);
        const auto [end, last] = std::ranges::unique(copies_);
        copies_.erase(end, last);
    }

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        if (input.list() == nullptr)
            throw std::invalid_argument(fmt::format("attack takes a list, not {}", input.type()));
        auto values = *input.list();
        if (!copies_.empty() && copies_.back() >= static_cast<std::int64_t>(values.size()))
            throw std::invalid_argument(fmt::format("attack: no stream {}", copies_.back()));
        if (auto fault = misplaced(values)) return tl::unexpected(*fault);
        auto done = kind_ == AttackKind::label_flip ? flip_labels(values) : falsify(context, values);
        if (!done) return tl::unexpected(done.error());
        return core::Value(std::move(values));
    }

  private:
    /// Updates are behind the clients, Models before them.
    std::optional<core::Error> misplaced(const core::Values& values) const {
        for (const auto& value : values) {
            if (value.is_skip()) continue;
            if (kind_ == AttackKind::label_flip && value.update() != nullptr) {
                return core::Error{core::ErrorKind::scheme,
                                   "attack(label_flip) changes what clients train on, and stands behind them",
                                   {},
                                   "put it before the clients"};
            }
            if (kind_ != AttackKind::label_flip && value.update() == nullptr) {
                return core::Error{core::ErrorKind::scheme,
                                   "attack changes what clients send, and here they have not trained",
                                   {},
                                   "put it behind the clients"};
            }
        }
        return std::nullopt;
    }

    core::Result<void> flip_labels(core::Values& values) const {
        for (const auto copy : copies_) {
            auto& value = values[static_cast<std::size_t>(copy)];
            if (value.is_skip()) continue;
            auto model = *value.model();
            model.facts.insert_or_assign("label_flip", 1.0);
            value = std::move(model);
        }
        return {};
    }

    core::Result<void> falsify(const Context& context, core::Values& values) const {
        for (const auto& value : values) {
            if (value.is_skip()) continue;
            if (auto delta = delta_of(*value.update()); !delta) return tl::unexpected(delta.error());
        }
        std::optional<Honest> honest;
        double factor = strength_.value_or(1);
        if (kind_ == AttackKind::alie || kind_ == AttackKind::ipm) {
            std::vector<const core::Update*> others;
            std::size_t all = 0;
            for (std::size_t i = 0; i < values.size(); ++i) {
                if (values[i].is_skip()) continue;
                ++all;
                if (!std::ranges::binary_search(copies_, static_cast<std::int64_t>(i)))
                    others.push_back(values[i].update());
            }
            if (others.empty()) return {};  // nobody to hide among: what they send is what they learnt
            honest = know(others);
            if (!honest) {
                return core::fail(core::ErrorKind::run,
                                  "attack needs updates of one net, and these are of different ones");
            }
            if (!strength_ && kind_ == AttackKind::alie) factor = farthest(all, all - others.size());
        }
        auto stream = context.stream("attack");
        for (const auto copy : copies_) {
            auto& value = values[static_cast<std::size_t>(copy)];
            if (value.is_skip()) continue;
            auto update = *value.update();
            if (honest && honest->mean.size() != update.base->params.floats().size()) {
                return core::fail(core::ErrorKind::run,
                                  "attack needs updates of one net, and these are of different ones");
            }
            update.result.params = falsified(update, honest, factor, stream);
            update.encoded = nullptr;
            value = std::move(update);
        }
        return {};
    }

    core::ParameterSet falsified(const core::Update& update, const std::optional<Honest>& honest,
                                 double factor, core::Stream& stream) const {
        const auto base = update.base->params.floats();
        const auto result = update.result.params.floats();
        core::ParameterBuffer made(update.base->params.shared_layout());
        for (std::size_t i = 0; i < base.size(); ++i) {
            const double from = base[i];
            double to = 0;
            switch (kind_) {
                case AttackKind::sign_flip:
                    to = from - factor * (result[i] - from);
                    break;
                case AttackKind::gaussian:
                    to = from + factor * stream.normal();
                    break;
                case AttackKind::alie:
                    to = from + honest->mean[i] - factor * honest->deviation[i];
                    break;
                case AttackKind::ipm:
                    to = from - factor * honest->mean[i];
                    break;
                case AttackKind::label_flip:
                    break;
            }
            made.floats()[i] = static_cast<float>(to);
        }
        return std::move(made).freeze();
    }

    /// Nothing when they differ in size.
    static std::optional<Honest> know(const std::vector<const core::Update*>& updates) {
        const auto size = updates.front()->base->params.floats().size();
        for (const auto* update : updates) {
            if (update->base->params.floats().size() != size) return std::nullopt;
        }
        const auto count = static_cast<double>(updates.size());
        const auto change = [](const core::Update& update, std::size_t i) {
            return static_cast<double>(update.result.params.floats()[i]) - update.base->params.floats()[i];
        };
        Honest honest;
        for (std::size_t i = 0; i < size; ++i) {
            double sum = 0, squares = 0;
            for (const auto* update : updates)
                sum += change(*update, i);
            const double mean = sum / count;
            for (const auto* update : updates)
                squares += (change(*update, i) - mean) * (change(*update, i) - mean);
            honest.mean.push_back(mean);
            honest.deviation.push_back(core::sqrt(squares / count));
        }
        return honest;
    }

    AttackKind kind_;
    std::vector<std::int64_t> copies_;
    std::optional<double> strength_;
};

}  // namespace

void add_attack(Library& library) {
    library.add_function(
        Describe("attack", "block", "M^n -> M^n")
            .in("Robust aggregation")
            .says(
                "Makes some clients bad, to test what a rule bears. They know what all others send. "
                "`sign_flip` sends the opposite of what was learnt, times `strength`; `gaussian` noise of "
                "that "
                "deviation; `ipm` the opposite of the honest clients' mean, times `strength`; `alie` their "
                "mean less `strength` deviations, by default as many as the paper finds to be safe for this "
                "number of clients. `label_flip` stands before the clients: they train on label c − 1 − y "
                "instead of y.")
            .like("broadcast >> [| client |]^10 >> attack(alie, copies: [0, 1]) >> reduce(median)")
            .after("Baruch, Baruch and Goldberg, A Little Is Enough, NeurIPS 2019 (alie); Xie, Koyejo and "
                   "Gupta, "
                   "Fall of Empires, UAI 2019 (ipm)")
            .takes(Param("kind", "one_of(sign_flip, gaussian, label_flip, alie, ipm)",
                         "What the bad clients send."))
            .takes(Param("copies", "list(int)", "Which streams are bad, from 0.").at_least(0).of_streams())
            .takes(Param("strength", "real", "How strong; 1 when left out, but for `alie`.")
                       .or_nothing()
                       .at_least(0))
            .together(),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            static const std::map<std::string, AttackKind, std::less<>> kinds{
                {"sign_flip", AttackKind::sign_flip},
                {"gaussian", AttackKind::gaussian},
                {"label_flip", AttackKind::label_flip},
                {"alie", AttackKind::alie},
                {"ipm", AttackKind::ipm}};
            const auto strength =
                given(call, "strength") ? std::optional(real(call, "strength")) : std::nullopt;
            return std::make_shared<const Attack>(kinds.at(word(call, "kind")), integers(call, "copies"),
                                                  strength);
        });
}

}  // namespace trama::learn
