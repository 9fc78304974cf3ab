#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "lang/check/passes.hpp"
#include "lang/signature/written.hpp"

// What flows carries a history: who trained it, what was lost, whether weights came along. Rules and blocks
// ask for it.

namespace trama::lang {
namespace {

struct Trainer {
    std::string block, algorithm;
    bool plain = true;  ///< the default, which every rule takes
    Where where;
};

/// A block that chose among the streams, and how many it left.
struct Chosen {
    std::int64_t most = 0;
    std::string block;
    Where where;
};

struct FlowFacts {
    std::vector<Trainer> trainers;    ///< whose Updates these are
    std::optional<Where> lossy;       ///< the block that made them lossy
    std::optional<Where> folded;      ///< the rule without `merge` whose result this is
    bool weighted = false;            ///< the lists come with weights
    std::optional<Chosen> chosen;     ///< how many of the streams take part at most
    std::optional<Where> net, other;  ///< the nets of the models; a second one means that they differ
    std::string net_text;
};

class Fit {
  public:
    Fit(const Registry& registry, Findings& findings) : registry_(registry), findings_(findings) {}

    FlowFacts go(Tree& tree, FlowFacts flow, bool in_copies) {
        if (auto* block = tree.as<BlockTree>()) return go_block(tree, *block, std::move(flow), in_copies);
        if (auto* sequence = tree.as<SequenceTree>()) {
            for (const TreePtr& stage : sequence->stages)
                flow = go(*stage, std::move(flow), in_copies);
        } else if (auto* placed = tree.as<PlacedTree>()) {
            const core::Call* site = placed->site.call();
            const Signature* signature = site == nullptr ? nullptr : registry_.find(*site);
            const bool many = in_copies || placed->inner->as<CopiesTree>() != nullptr;
            if (signature != nullptr && signature->sort == "group" && !many) {
                findings_.error("T0505", tree.where, "a group of sites is for copies, and this is one block",
                                "place it at one site, or copy it: `[| D |]^n @ workers`");
            }
            return go(*placed->inner, std::move(flow), in_copies);
        } else if (auto* copies = tree.as<CopiesTree>()) {
            std::optional<FlowFacts> all;
            const auto chosen = std::exchange(flow.chosen, std::nullopt);
            for (const TreePtr& branch : copies->branches) {
                FlowFacts one = go(*branch, flow, true);
                all = all ? joined(std::move(*all), one) : std::move(one);
            }
            all->chosen = chosen;
            return std::move(*all);
        }
        return flow;
    }

  private:
    static FlowFacts joined(FlowFacts all, const FlowFacts& one) {
        all.trainers.insert(all.trainers.end(), one.trainers.begin(), one.trainers.end());
        if (!all.lossy) all.lossy = one.lossy;
        if (!all.folded) all.folded = one.folded;
        all.weighted = all.weighted || one.weighted;
        if (!all.other && all.net && one.net && all.net_text != one.net_text) all.other = one.net;
        if (!all.other) all.other = one.other;
        if (!all.net) {
            all.net = one.net;
            all.net_text = one.net_text;
        }
        return all;
    }

    FlowFacts go_block(Tree& tree, BlockTree& block, FlowFacts flow, bool in_copies) {
        const Signature& signature = *block.signature;
        const Where where = function_place(tree, block);
        const std::string name = ticked(signature.name);
        if (tree.in.kind == Type::Kind::nothing) flow = FlowFacts{};
        if (signature.drops_base && flow.lossy) {
            findings_
                .error("T0504", where,
                       name +
                           " sends Models on, but these Updates are lossy: without their base they are worth "
                           "nothing",
                       "compress behind it, or fold the Updates first")
                .related.push_back({flow.lossy->span, "made lossy here"});
            flow.lossy.reset();
        }
        check_widths(tree, block, flow);
        if (width_of(tree.out) != width_of(tree.in) || signature.weighs || signature.loop)
            flow.chosen.reset();
        for (const Parameter& parameter : signature.parameters)
            argument(tree, block, parameter, flow);
        if (!signature.algorithm_parameter.empty()) trained(block, where, flow);
        if (signature.identity) flow.folded.reset();
        if (signature.lossy) flow.lossy = where;
        if (signature.weighs) {
            flow.weighted = true;
            flow.folded.reset();  // neighbours are peers, no inner level
        }
        if (block.inner && signature.expands_to == "par") check_shards(block);
        if (block.inner) flow = go(*block.inner, std::move(flow), in_copies);
        // What a function makes of others is its own: difference(topk(1%)) gives whole models.
        if (block.inner && signature.expands_to.empty()) flow.lossy.reset();
        if (!block.body) return flow;
        FlowFacts inside = flow;
        inside.folded.reset();
        inside.chosen.reset();
        inside = go(*block.body, std::move(inside), in_copies);
        if (!signature.loop) return flow;
        for (const Trainer& trainer : inside.trainers)
            unused(trainer);
        flow.trainers.clear();
        flow.lossy.reset();
        return flow;
    }

    void argument(const Tree& tree, const BlockTree& block, const Parameter& parameter, FlowFacts& flow) {
        const core::Constant* value = block.find(parameter.name);
        const core::Call* call = value == nullptr ? nullptr : value->call();
        const Signature* given = call == nullptr ? nullptr : registry_.find(*call);
        if (given == nullptr) return;
        const auto place = block.given.find(parameter.name);
        const Where where = place == block.given.end() ? function_place(tree, block) : place->second;
        if (given->sort == "net") {
            flow.net = where;
            flow.net_text = core::to_text(*call);
            flow.other.reset();
        }
        if (given->sort == "rule") rule(block, parameter, *given, where, flow);
        const std::int64_t width = width_of(tree.in);
        if (tree.in.kind == Type::Kind::bundle && width > 0) misfit(*call, *given, width, where);
    }

    void misfit(const core::Call& call, const Signature& given, std::int64_t width, const Where& where) {
        const std::string why = given.misfit ? given.misfit(call, width) : "";
        if (!why.empty()) {
            findings_.error("T0312", where,
                            ticked(written({std::make_shared<const core::Call>(call)}, registry_, false)) +
                                " " + why + ", and here are " + core::counted(width, "stream"));
        }
        for (const core::Argument& inner : call.arguments) {
            const auto* list = inner.value.as<core::List>();
            if (list == nullptr) continue;
            for (const core::Constant& element : *list) {
                const core::Call* other = element.call();
                const Signature* signature = other == nullptr ? nullptr : registry_.find(*other);
                if (signature != nullptr) misfit(*other, *signature, width, where);
            }
        }
    }

    void rule(const BlockTree& block, const Parameter& parameter, const Signature& rule, const Where& where,
              FlowFacts& flow) {
        const std::string name = ticked(rule.name);
        if (rule.mixes != block.signature->mixes) return other_server(block, rule, where, flow);
        for (const Parameter& other : block.signature->parameters) {
            if (other.needs_mergeable != parameter.name || rule.mergeable || !block.was_given(other.name))
                continue;
            findings_
                .error("T0503", block.given.find(other.name)->second,
                       ticked(other.name) + " needs a rule that folds in parts, and " + name +
                           " needs all values at once",
                       "leave `" + other.name + ":` out")
                .related.push_back({where.span, "this rule"});
        }
        if (flow.folded) {
            findings_
                .error("T0503", *flow.folded,
                       "this rule needs all values at once: it cannot stand at an inner level",
                       "a rule with `merge`, such as a mean, can")
                .related.push_back({where.span, "its result is folded again here"});
        }
        if (rule.needs_weights && !flow.weighted) {
            std::vector<std::string> makers;
            for (const Signature* signature : registry_.all()) {
                if (signature->weighs) makers.push_back(signature->name);
            }
            findings_.error("T0508", where,
                            name + " folds by the weights of neighbours, and these values come without",
                            makers.empty() ? "" : "weights come from " + alternatives(makers));
        }
        if (flow.other) {
            findings_.error("T0507", where, name + " cannot fold models of different nets").related = {
                {flow.net->span, "one net"}, {flow.other->span, "another net"}};
        }
        clients(rule, where, flow);
        flow.trainers.clear();
        flow.lossy.reset();
        flow.weighted = false;
        flow.folded =
            rule.mergeable || rule.needs_weights || rule.mixes ? std::nullopt : std::optional(where);
    }

    /// A rule for one update after the other where a whole round is folded, or the other way round.
    void other_server(const BlockTree& block, const Signature& rule, const Where& where, FlowFacts& flow) {
        const auto names = [&](const std::string& sort, const std::string& word) {
            std::vector<std::string> found;
            for (const Signature* signature : registry_.all()) {
                if (signature->sort == sort && signature->mixes) found.push_back(signature->name);
            }
            return alternatives(found, word);
        };
        const std::string name = ticked(rule.name), owner = ticked(block.signature->name);
        if (rule.mixes) {
            findings_.error(
                "T0510", where,
                name + " takes one update after the other, and " + owner + " folds those of a whole round",
                "it is for " + names("block", "or") + ", in an asynchronous loop");
        } else {
            const std::string rules = names("rule", "and");
            findings_.error(
                "T0510", where,
                owner + " takes one update after the other, and " + name + " folds those of a whole round",
                rules.empty() ? "" : "rules for " + owner + " are " + rules);
        }
        flow = FlowFacts{};
    }

    void clients(const Signature& rule, const Where& where, const FlowFacts& flow) {
        const std::string name = ticked(rule.name);
        for (const Trainer& trainer : flow.trainers) {
            if (trainer.algorithm == rule.needs_client) continue;
            if (!rule.needs_client.empty()) {
                findings_
                    .error("T0501", trainer.where,
                           name + " needs clients that run `" + rule.needs_client + "`, and this one runs " +
                               ticked(trainer.algorithm),
                           "give it " + ticked(parameter_of(trainer) + ": " + rule.needs_client))
                    .related.push_back({where.span, "the rule"});
            } else {
                unused(trainer, &where);
            }
        }
        if (flow.trainers.empty() && !rule.needs_client.empty()) {
            findings_.error(
                "T0501", where,
                name + " needs clients that run `" + rule.needs_client + "`, and nothing here trains");
        }
    }

    /// A client computes what only a certain rule reads, and no such rule gets it.
    void unused(const Trainer& trainer, const Where* rule = nullptr) {
        if (trainer.plain) return;
        std::vector<std::string> rules;
        for (const Signature* signature : registry_.all()) {
            if (signature->needs_client == trainer.algorithm) rules.push_back(signature->name);
        }
        if (rules.empty()) return;
        auto& finding = findings_.error(
            "T0502", trainer.where,
            "a client that runs " + ticked(trainer.algorithm) + " needs a server that does too",
            "fold its Updates by " + alternatives(rules));
        if (rule != nullptr) finding.related.push_back({rule->span, "folded by this rule"});
    }

    std::string parameter_of(const Trainer& trainer) const {
        const Signature* signature = registry_.find(trainer.block);
        return signature == nullptr ? "algorithm" : signature->algorithm_parameter;
    }

    void trained(const BlockTree& block, const Where& where, FlowFacts& flow) {
        const std::string& parameter = block.signature->algorithm_parameter;
        const core::Constant* value = block.find(parameter);
        if (value == nullptr) return;
        Trainer trainer{block.signature->name, core::to_text(*value), true, where};
        for (const Parameter& one : block.signature->parameters) {
            if (one.name == parameter) trainer.plain = one.fallback == trainer.algorithm;
        }
        if (block.was_given(parameter)) trainer.where = block.given.find(parameter)->second;
        flow.trainers.push_back(std::move(trainer));
    }

    /// Numbers that cannot be larger than the bundle.
    void check_widths(const Tree& tree, const BlockTree& block, FlowFacts& flow) {
        const std::int64_t width = width_of(tree.in);
        if (width == 0) return;
        const std::optional<Chosen> before = flow.chosen;
        for (const Parameter& parameter : block.signature->parameters) {
            const core::Constant* value = block.find(parameter.name);
            if (value == nullptr || !block.was_given(parameter.name)) continue;
            const Where& where = block.given.find(parameter.name)->second;
            const std::string name = ticked(parameter.name) + " of " + ticked(block.signature->name);
            if (const auto* number = value->as<std::int64_t>();
                parameter.at_most_width && number != nullptr && *number > width) {
                findings_.error("T0205", where,
                                name + " must be at most " + std::to_string(width) +
                                    ", the number of streams, not " + std::to_string(*number));
            } else if (parameter.at_most_width && number != nullptr && before && *number > before->most) {
                findings_
                    .error("T0511", where,
                           name + " is " + std::to_string(*number) + ", but " + ticked(before->block) +
                               " leaves " + std::to_string(before->most) + " of " +
                               core::counted(width, "stream"),
                           "at most " + std::to_string(before->most) + " can come")
                    .related.push_back({before->where.span, "chosen here"});
            }
            if (parameter.names_streams) streams(*value, name, where, width);
            if (parameter.chooses) {
                const auto most = chosen(*value, width);
                if (!flow.chosen || most < flow.chosen->most)
                    flow.chosen = Chosen{most, block.signature->name, where};
            }
            const core::Condition* condition = value->as<core::Condition>();
            if (const core::Call* call = value->call()) {
                for (const core::Argument& inner : call->arguments) {
                    if (condition == nullptr) condition = inner.value.as<core::Condition>();
                }
            }
            if (condition != nullptr && condition->fold == "stream" && condition->stream >= width) {
                no_stream(where, condition->stream, width);
            }
        }
    }

    /// What `par` is around works in shards, all of it.
    void check_shards(const BlockTree& block) {
        walk(*block.inner, [&](Tree& tree) {
            const auto* inside = tree.as<BlockTree>();
            if (inside == nullptr || inside->signature->sharded) return;
            std::string able;
            for (const Signature* one : registry_.all())
                if (one->sharded) able += (able.empty() ? "" : ", ") + ticked(one->name);
            findings_.error("T0512", function_place(tree, *inside),
                            ticked(block.signature->name) +
                                " cuts the samples of a function into shards, and " +
                                ticked(inside->signature->name) + " works on none; it takes " + able,
                            "put `par(..., threads: k)` around the function itself");
        });
    }

    /// The streams that a list names, or lists in it.
    void streams(const core::Constant& value, const std::string& name, const Where& where,
                 std::int64_t width) {
        if (const auto* one = value.as<std::int64_t>(); one != nullptr && *one >= width)
            no_stream(where, *one, width);
        const auto* list = value.as<core::List>();
        if (list == nullptr) return;
        if (list->empty()) findings_.error("T0205", where, name + " has a list without streams");
        for (const core::Constant& element : *list)
            streams(element, name, where, width);
    }

    /// How many streams take part at most: a number, a share, or the longest list.
    static std::int64_t chosen(const core::Constant& value, std::int64_t width) {
        if (const auto* number = value.as<std::int64_t>()) return std::min(*number, width);
        if (const auto* share = value.as<core::Fraction>())
            return std::max<std::int64_t>(1, std::llround(share->value * static_cast<double>(width)));
        std::int64_t most = 0;
        if (const auto* lists = value.as<core::List>()) {
            for (const core::Constant& one : *lists) {
                if (const auto* list = one.as<core::List>())
                    most = std::max(most, static_cast<std::int64_t>(list->size()));
            }
        }
        return most == 0 ? width : most;
    }

    void no_stream(const Where& where, std::int64_t stream, std::int64_t width) {
        findings_.error(
            "T0205", where,
            "there is no stream " + std::to_string(stream) + " among " + core::counted(width, "stream"),
            "streams count from 0");
    }

    const Registry& registry_;
    Findings& findings_;
};

}  // namespace

Where function_place(const Tree& tree, const BlockTree& block) {
    return {block.function, tree.where.expansion};
}

std::int64_t width_of(const Type& type) {
    if (type.kind == Type::Kind::payload && type.payload == "?") return 0;
    return type.kind == Type::Kind::bundle ? type.width : 1;
}

void check_fit(Tree& root, const Registry& registry, Findings& findings) {
    Fit(registry, findings).go(root, FlowFacts{}, false);
}

}  // namespace trama::lang
