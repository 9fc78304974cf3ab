#include "trama/learn/privacy.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "learn/privacy/accountant.hpp"
#include "trama/core/words.hpp"

namespace trama::learn {
namespace {

/// What is known of the streams at a place of the scheme.
struct Flow {
    bool in_copies = false;
    bool folded = false;                           ///< what flows is a mean over clients
    double clients = 1;                            ///< of how many: those that take part, at least
    bool perhaps_more = false;                     ///< in some rounds
    bool uniform = true;                           ///< and each counts alike in it
    std::optional<double> clip = {};               ///< norm of each client's delta at most
    double rate = 1;                               ///< with which a client takes part in the round
    std::optional<std::int64_t> taking_part = {};  ///< of the streams, behind `sample`: so many, or more
    bool some_away = false;                        ///< behind `available`: how many are there is open
    std::string no_bound = {};                     ///< why nothing says what one client changes in a fold
    std::int64_t rounds = 1;
    bool has_end = true;  ///< false: `rounds` does not say how often
};

struct FoundNoise {
    privacy::Mechanism mechanism;
    double delta = 0;
};

std::optional<double> number(const lang::Block& block, std::string_view parameter) {
    const auto* value = block.call.find(parameter);
    return value == nullptr ? std::nullopt : value->number();
}

std::int64_t width(const lang::Type& type) {
    return type.kind == lang::Type::Kind::bundle ? type.width : 1;
}

std::string words(double value) {
    return fmt::format("{:.4g}", value);
}

class Reader {
  public:
    Privacy read(const lang::Scheme& scheme) {
        (void)go(*scheme.root, {});
        if (noises_.size() > 1) {
            std::vector<privacy::Mechanism> all;
            double delta = 0;
            for (const FoundNoise& noise : noises_) {
                all.push_back(noise.mechanism);
                delta = std::max(delta, noise.delta);
            }
            found_.guarantees.push_back(
                guarantee(privacy::epsilon(all, delta), delta, "all of these together"));
        }
        return std::move(found_);
    }

  private:
    Flow go(const lang::Node& node, Flow flow) {
        if (const auto* sequence = node.as<lang::Sequence>()) {
            for (const auto& stage : sequence->stages)
                flow = go(*stage, flow);
            return flow;
        }
        if (const auto* placed = node.as<lang::Placed>()) return go(*placed->inner, flow);
        if (const auto* copies = node.as<lang::Copies>()) return go_copies(*copies, flow);
        return go_block(*node.as<lang::Block>(), node, flow);
    }

    /// Branches side by side clip only if all do, to the greatest of their norms.
    Flow go_copies(const lang::Copies& copies, const Flow& flow) {
        std::optional<Flow> out;
        for (const auto& branch : copies.branches) {
            Flow inside = flow;
            inside.in_copies = true;
            inside = go(*branch, inside);
            if (!out) {
                out = inside;
                continue;
            }
            out->clip =
                out->clip && inside.clip ? std::optional(std::max(*out->clip, *inside.clip)) : std::nullopt;
            out->folded = out->folded && inside.folded;
            out->uniform = out->uniform && inside.uniform;
            out->clients = std::min(out->clients, inside.clients);
            out->perhaps_more = out->perhaps_more || inside.perhaps_more;
            out->rate = std::max(out->rate, inside.rate);
            out->some_away = out->some_away || inside.some_away;
            if (out->no_bound.empty()) out->no_bound = inside.no_bound;
        }
        if (!out) return flow;
        out->in_copies = flow.in_copies;
        return *out;
    }

    Flow go_block(const lang::Block& block, const lang::Node& node, Flow flow) {
        const std::string& kind = block.signature->name;
        if (block.body) {
            Flow inside = flow;
            if (block.signature->loop) {
                const auto rounds = number(block, "rounds");
                inside.has_end = inside.has_end && rounds;
                inside.rounds *= static_cast<std::int64_t>(rounds.value_or(1));
            }
            inside = go(*block.body, inside);
            return block.signature->loop
                       ? Flow{.in_copies = flow.in_copies, .rounds = flow.rounds, .has_end = flow.has_end}
                       : flow;  // what tap sends aside is dropped
        }
        if (block.inner) return go(*block.inner, flow);
        if (kind == "noise") {
            noise(block, node, flow);
        } else if (kind == "clip") {
            if (!flow.folded) flow.clip = number(block, "norm");  // of a mean it says nothing of one client
        } else if (kind == "gatherall") {
            flow.taking_part = flow.taking_part.value_or(width(node.in));
        } else if (kind == "exchange") {
            flow.uniform = false;  // each hears others
        } else if (kind == "sample") {
            sample(block, node, flow);
        } else if (kind == "available") {
            flow.some_away = true;
        } else if (block.call.find("rule") != nullptr || block.signature->expands_to == "reduce" ||
                   block.signature->expands_to == "fold") {
            fold(block, node, flow);
        } else if (!block.signature->algorithm_parameter.empty()) {
            flow.clip.reset();  // a client's new update
            flow.folded = false;
            flow.clients = 1;
            flow.perhaps_more = false;
            flow.no_bound.clear();
        } else if (block.signature->lossy && kind != "topk") {
            flow.clip.reset();  // rounding at random may make it longer; leaving entries out cannot
        }
        return flow;
    }

    static void sample(const lang::Block& block, const lang::Node& node, Flow& flow) {
        const auto all = static_cast<double>(width(node.in));
        if (const auto k = number(block, "k")) {
            flow.taking_part = static_cast<std::int64_t>(*k);
        } else if (const auto* share = block.call.find("fraction");
                   share != nullptr && share->as<core::Fraction>() != nullptr) {
            flow.taking_part =
                std::max<std::int64_t>(1, std::llround(share->as<core::Fraction>()->value * all));
        }
        if (const auto* streams = block.call.find("streams")) {
            const auto* rounds = streams->as<core::List>();
            if (rounds != nullptr) named(*rounds, flow);
            return;  // who takes part is written in the scheme, and hides nobody
        }
        const auto* by = block.call.find("by");
        const auto* word = by == nullptr ? nullptr : by->as<core::Symbol>();
        // Drawn by their samples, large clients take part more often: then no rate below 1 holds for all. Nor
        // does one where some are away, for the draw is among those that are there.
        if (flow.taking_part && all > 0 && !flow.some_away && (word == nullptr || word->name == "uniform"))
            flow.rate *= std::min(1.0, static_cast<double>(*flow.taking_part) / all);
    }

    /// `sample(streams:)`: the shortest list counts.
    static void named(const core::List& rounds, Flow& flow) {
        std::optional<std::int64_t> least, most;
        for (const core::Constant& round : rounds) {
            const auto* list = round.as<core::List>();
            if (list == nullptr) continue;
            std::set<std::int64_t> streams;
            for (const core::Constant& stream : *list)
                if (const auto* one = stream.as<std::int64_t>()) streams.insert(*one);
            const auto count = static_cast<std::int64_t>(streams.size());
            least = std::min(least.value_or(count), count);
            most = std::max(most.value_or(count), count);
        }
        flow.taking_part = least;
        flow.perhaps_more = flow.perhaps_more || least != most;
    }

    static void fold(const lang::Block& block, const lang::Node& node, Flow& flow) {
        const auto* argument = block.call.find("rule");
        const core::Call* rule = argument == nullptr ? nullptr : argument->call();
        // secagg(fedavg): what is folded is what its own rule says.
        while (rule != nullptr && rule->find("rule") != nullptr && rule->find("rule")->call() != nullptr)
            rule = rule->find("rule")->call();
        const auto* weights = rule == nullptr ? nullptr : rule->find("weights");
        const auto* word = weights == nullptr ? nullptr : weights->as<core::Symbol>();
        flow.uniform = flow.uniform && rule != nullptr && rule->function == "fedavg" && word != nullptr &&
                       word->name == "uniform";
        auto clients = flow.taking_part.value_or(width(node.in));
        if (const auto quorum = number(block, "quorum")) {
            flow.perhaps_more = flow.perhaps_more || static_cast<std::int64_t>(*quorum) < clients;
            clients = std::min(clients, static_cast<std::int64_t>(*quorum));
            const auto* late = block.call.find("late");
            const auto* what = late == nullptr ? nullptr : late->as<core::Symbol>();
            if (what != nullptr && what->name == "fold")
                flow.no_bound = "with `late: fold` one client may be in a fold more than once";
        } else if (flow.some_away) {
            flow.no_bound = "`available` leaves it open how few clients are in a fold";
        }
        flow.clients *= static_cast<double>(clients);
        flow.taking_part.reset();
        flow.some_away = false;
        flow.folded = true;
    }

    void noise(const lang::Block& block, const lang::Node& node, const Flow& flow) {
        const auto multiplier = number(block, "multiplier"), norm = number(block, "norm");
        const double made_for = number(block, "clients").value_or(1);
        const double delta = number(block, "delta").value_or(1e-5);
        const std::string place = flow.folded ? "central" : "local";
        if (!multiplier || !norm) {
            none(place, "its arguments differ from copy to copy");
            return;
        }
        if (!flow.clip) {
            warn(node,
                 "noise hides an update up to the norm that it is clipped to, and nothing clips it here",
                 fmt::format("put `clip({})` before it, behind what trains and rounds", words(*norm)));
            none(place, "the updates are not clipped");
            return;
        }
        if (flow.folded && !flow.uniform) {
            warn(node, "the noise is on a fold in which one client may count for more than the others",
                 "fold with `reduce(fedavg(weights: uniform))`");
            none(place, "no bound on what one client changes");
            return;
        }
        if (flow.folded && !flow.no_bound.empty()) {
            warn(node, "no noise is known to be enough here: " + flow.no_bound,
                 "fold with `quorum: k`, which says how many are in it at least, and drop late ones");
            none(place, flow.no_bound);
            return;
        }
        if (*flow.clip != *norm) {
            warn(node,
                 fmt::format("the noise is made for updates of norm {}, and they are clipped to {}",
                             words(*norm), words(*flow.clip)),
                 "give both the same norm");
        }
        if (made_for != flow.clients) {
            warn(node,
                 fmt::format("the noise is made for {}, and it is on {}", mean_of(made_for),
                             mean_of(flow.clients, flow.perhaps_more)),
                 fmt::format("write `noise(clients: {})`", words(flow.clients)));
        }
        // In units of what one client changes: its norm, divided among those that the mean is of.
        const double sigma = *multiplier * *norm / made_for / (*flow.clip / flow.clients);
        const double rate = flow.folded ? flow.rate : 1;
        const privacy::Mechanism mechanism{sigma, rate, flow.rounds};
        noises_.push_back({mechanism, delta});
        std::string details = place + ", " +
                              (flow.has_end ? core::counted(flow.rounds, "round")
                                            : std::string("each round: how many is not known"));
        if (rate < 1) details += fmt::format(", {:.4g} % of the clients per round", rate * 100);
        details += ", noise multiplier " + words(sigma);
        found_.guarantees.push_back(
            guarantee(privacy::epsilon(std::span(&mechanism, 1), delta), delta, details));
    }

    static std::string mean_of(double clients, bool perhaps_more = false) {
        return clients == 1 ? "a single client's update"
                            : fmt::format("the mean of {}{} clients", perhaps_more ? "as few as " : "",
                                          words(clients));
    }

    static std::string guarantee(double epsilon, double delta, const std::string& details) {
        if (std::isinf(epsilon)) return fmt::format("none ({})", details);
        std::string chance = fmt::format("{:g}", delta);
        if (const auto zero = chance.find("e-0"); zero != std::string::npos) chance.erase(zero + 2, 1);
        return fmt::format("epsilon {:.2f} at delta {} ({})", epsilon, chance, details);
    }

    void none(const std::string& place, const std::string& why) {
        found_.guarantees.push_back(fmt::format("none ({}: {})", place, why));
    }

    void warn(const lang::Node& node, std::string message, std::string hint) {
        lang::Diagnostic finding;
        finding.code = "T0904";
        finding.severity = lang::Severity::warning;
        finding.span = node.span;
        finding.message = std::move(message);
        finding.hint = std::move(hint);
        found_.findings.push_back(std::move(finding));
    }

    Privacy found_;
    std::vector<FoundNoise> noises_;
};

}  // namespace

Privacy privacy_of(const lang::Scheme& scheme) {
    return Reader().read(scheme);
}

}  // namespace trama::learn
