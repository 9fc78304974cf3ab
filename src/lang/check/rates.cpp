#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/check/draw.hpp"
#include "lang/check/passes.hpp"

// How many tokens leave a body for each that enters. A body is a loop's, which must give back what it takes,
// or a side branch's, for whose one token the main branch waits.

namespace trama::lang {
namespace {

/// A block with its tree, for messages.
struct At {
    Tree* tree = nullptr;
    BlockTree* block = nullptr;
    std::string name() const { return "`" + block->signature->name + "`"; }
    Where where() const { return function_place(*tree, *block); }
};

/// What passes on each stream per token that entered the body: num / den tokens.
struct Flow {
    bool known = true;
    std::int64_t num = 1, den = 1;
    std::optional<At> one_of;  ///< sends each token to one of several streams, which were not merged since
    std::optional<At> multiplied;  ///< where several tokens of one became one stream
    std::optional<Where> uneven;   ///< a branch that gives another number of tokens than those beside it
    bool open = false;             ///< a stream without end: it may wait for tokens to come
    /// Where tokens that are under way at once may have changed their order, and in how many distributes of
    /// the body that was: streams beside this one have another order.
    std::optional<At> overtaken;
    int overtaken_in = 0;

    void times(std::int64_t n, std::int64_t d) {
        if (__builtin_mul_overflow(num, n, &num) || __builtin_mul_overflow(den, d, &den) || num == 0 ||
            den == 0) {
            known = false;
            num = den = 1;
            return;
        }
        const std::int64_t common = std::gcd(num, den);
        num /= common;
        den /= common;
    }
};

struct Body {
    At owner;  ///< the feedback or tap whose body this is
    bool loop = false;
    bool in_loop = false;      ///< it is a loop's, or in one
    std::optional<At> one_of;  ///< the first block that makes the loop asynchronous
    bool mixes = false;        ///< has a server of its own that answers update by update
    std::vector<At> once;      ///< those that bear one token at a time
    /// Where streams meet in which tokens may have overtaken each other: waits for all, merges as they come.
    std::vector<std::pair<At, At>> crossings;
    std::optional<At> joined;  ///< where the streams that enter a loop side by side wait for each other
    int depth = 0;             ///< distributes around the place that is looked at
};

class Rates {
  public:
    Rates(const Registry& registry, Findings& findings) : registry_(registry), findings_(findings) {}

    Flow go(Tree& tree, Flow flow, Body* body) {
        if (tree.as<Broken>() != nullptr) flow.known = false;
        if (auto* block = tree.as<BlockTree>()) return go_block({&tree, block}, flow, body);
        if (auto* placed = tree.as<PlacedTree>()) return go(*placed->inner, flow, body);
        if (auto* sequence = tree.as<SequenceTree>()) {
            for (const TreePtr& stage : sequence->stages)
                flow = go(*stage, flow, body);
            return flow;
        }
        auto* copies = tree.as<CopiesTree>();
        if (copies == nullptr) return flow;
        return go_copies(*copies, flow, body);
    }

  private:
    Flow go_copies(CopiesTree& copies, Flow flow, Body* body) {
        // In a branch there is one stream again: who gets a token is a matter of those around it.
        const auto sender = std::exchange(flow.one_of, std::nullopt);
        std::optional<Flow> all;
        if (body != nullptr) ++body->depth;
        for (const TreePtr& branch : copies.branches) {
            const Flow one = go(*branch, flow, body);
            if (!all) {
                all = one;
                continue;
            }
            if (one.known && all->known && (one.num != all->num || one.den != all->den)) {
                if (body != nullptr) {
                    auto& finding = findings_.error(
                        "T0402", branch->where, "programs side by side give different numbers of tokens",
                        "every stream of a body gives one token for each that it takes");
                    finding.related.push_back(
                        {copies.branches.front()->where.span, "this gives another number"});
                    finding.hint += drawn(*body, {{branch.get(), "gives " + amount(one)},
                                                  {copies.branches.front().get(), "gives " + amount(*all)}});
                    all->known = false;
                } else if (!all->uneven) {
                    all->uneven = branch->where;
                }
            }
            all->known = all->known && one.known;
            all->open = all->open || one.open;
            if (!all->multiplied) all->multiplied = one.multiplied;
            if (one.overtaken && one.overtaken_in > all->overtaken_in) {
                all->overtaken = one.overtaken;
                all->overtaken_in = one.overtaken_in;
            }
        }
        if (body != nullptr) --body->depth;
        if (all->one_of) all->known = false;  // a bundle of bundles: reported
        all->one_of = sender;
        return *all;
    }

    Flow go_block(const At& at, Flow flow, Body* body) {
        const Signature& signature = *at.block->signature;
        const std::int64_t in = width_of(at.tree->in), out = width_of(at.tree->out);
        const bool starts = at.tree->in.kind == Type::Kind::nothing;
        if (in == 0 || out == 0) flow.known = false;
        if (at.block->inner) flow = go(*at.block->inner, flow, body);
        const Rate rate = has_any(*at.block, signature.open_if) ? Rate::open : signature.rate;
        if (body != nullptr && !starts && !bears_loop(at, rate, *body)) {
            flow.known = false;
            return flow;
        }
        if (signature.mixes && (body == nullptr || !body->in_loop)) {
            findings_.error("T0407", at.where(),
                            at.name() + " begins with the model that enters its loop, and here is no loop",
                            "put it into one, which sends what it answers out again");
        }
        if (body != nullptr && signature.mixes) body->mixes = true;
        if (body != nullptr && has_any(*at.block, signature.once_if)) body->once.push_back(at);
        const bool bundle = at.tree->in.kind == Type::Kind::bundle;
        if (body != nullptr && body->depth == 0 && bundle && !signature.body && !body->joined)
            body->joined = at;
        switch (rate) {
            case Rate::source:
                if (starts) flow = Flow{};
                break;
            case Rate::open:
                if (starts) flow = Flow{};
                flow.open = true;
                break;
            case Rate::one_of_n:
                if (out > 1) {
                    flow.times(1, out);
                    flow.one_of = at;
                }
                if (body != nullptr && !body->one_of) body->one_of = at;
                break;
            case Rate::any_of_n:
                merge(at, flow, in, body);
                break;
            case Rate::per_k:
                if (const auto* k = at.block->find("k"); k != nullptr && k->as<std::int64_t>() != nullptr)
                    flow.times(1, *k->as<std::int64_t>());
                break;
            case Rate::one:
                if (!signature.body && bundle) barrier(at, flow, body);
                break;
        }
        if (at.block->body) go_body(at, flow, body);
        return flow;
    }

    /// Blocks that wait for more tokens than go round, or lose some.
    bool bears_loop(const At& at, Rate rate, const Body& body) {
        const std::string owner = body.owner.name();
        if (rate == Rate::per_k) {
            error("T0403", at,
                  at.name() + " waits for several tokens, but only one at a time goes round in " + owner,
                  body.owner, "it is for open streams, outside of any loop");
        } else if (rate == Rate::open) {
            error("T0404", at, at.name() + " may lose tokens, and " + owner + " would wait for them for ever",
                  body.owner, "it is for open streams, outside of any loop");
        }
        return rate != Rate::per_k && rate != Rate::open;
    }

    /// False too when a mistake stands where the order is given.
    static bool in_another_order(const BlockTree& block) {
        return std::ranges::none_of(block.signature->in_turn_if, [&](const std::string& pair) {
            return block.find(std::string_view(pair).substr(0, pair.find('='))) == nullptr ||
                   has_argument(block, pair);
        });
    }

    /// A block that passes on every token of every stream.
    void merge(const At& at, Flow& flow, std::int64_t in, Body* body) {
        const bool in_turn = has_any(*at.block, at.block->signature->in_turn_if);
        if (!in_turn) flow.overtaken = at;
        // One stream again: whatever order its tokens have, all behind it see the same.
        if (flow.overtaken && body != nullptr) flow.overtaken_in = body->depth;
        if (in_turn) {
            if (flow.uneven) return barrier(at, flow, body);
            if (flow.known && !flow.open && flow.one_of && in_another_order(*flow.one_of->block)) {
                const At sender = *flow.one_of;
                auto& finding =
                    findings_.error("T0402", at.where(),
                                    at.name() + " waits for a token of each stream in turn, but " +
                                        sender.name() + " does not send them in turn",
                                    "let both go in turn, or merge in order of arrival");
                finding.related.push_back({sender.where().span, "it may leave a stream out"});
                if (body != nullptr)
                    finding.hint +=
                        drawn(*body, {{sender.tree, "to any"}, {at.tree, "waits for each in turn"}});
                flow.known = false;
            }
        }
        if (!flow.one_of && in > 1) flow.multiplied = at;
        flow.times(in, 1);
        flow.one_of.reset();
        flow.uneven.reset();
        if (flow.num > flow.den && !flow.multiplied) flow.multiplied = at;
    }

    /// A block that waits for one token of every stream.
    void barrier(const At& at, Flow& flow, Body* body) {
        if (!flow.known || flow.open) return;
        if (body != nullptr && flow.overtaken && flow.overtaken_in > body->depth) {
            body->crossings.emplace_back(at, *flow.overtaken);
            flow.overtaken.reset();
            flow.overtaken_in = 0;
        }
        if (flow.uneven) {
            findings_
                .error("T0402", at.where(),
                       at.name() + " waits for a token of every stream, but they give different numbers",
                       "let every stream give as many")
                .related.push_back({flow.uneven->span, "this gives another number than the first"});
            flow.known = false;
        }
        if (!flow.one_of) return;
        const At sender = *flow.one_of;
        const std::int64_t width = width_of(sender.tree->out);
        auto& finding = findings_.error("T0402", at.where(),
                                        at.name() + " waits for a token of every stream, but " +
                                            sender.name() + " sends each token to one of them only");
        finding.related.push_back(
            {sender.where().span, "one of " + core::counted(width, "stream") + " gets it"});
        const std::string merges = names([](const Signature& s) { return s.rate == Rate::any_of_n; });
        const std::string sends = names([](const Signature& s) { return s.name == "broadcast"; });
        if (!merges.empty()) {
            finding.hint = "merge the streams with " + merges + ", or send each token to all" +
                           (sends.empty() ? "" : " with " + sends);
        }
        if (body != nullptr) {
            finding.hint += drawn(*body, {{sender.tree, "to 1 of " + std::to_string(width)},
                                          {at.tree, "waits for " + std::to_string(width) + ", gets 1"}});
        }
        flow.known = false;
    }

    /// What enters it goes on in `around`: a loop over several streams may not count on tokens of all.
    void go_body(const At& at, Flow& around, Body* outer) {
        BlockTree& block = *at.block;
        Body body;
        body.owner = at;
        body.loop = block.signature->loop;
        body.in_loop = body.loop || (outer != nullptr && outer->in_loop);
        Flow entering;
        entering.one_of = around.one_of;
        if (body.loop && entering.one_of && decides_for_all(block)) barrier(at, around, outer);
        const Flow flow = go(*block.body, entering, &body);
        if (body.loop) {
            block.loop = body.one_of ? Block::Loop::asynchronous : Block::Loop::synchronous;
            check_loop_arguments(at, body);
        }
        // A side branch goes on with the next token before the first is back; a synchronous loop does not.
        if (!body.loop && outer != nullptr) {
            outer->once.insert(outer->once.end(), body.once.begin(), body.once.end());
            outer->crossings.insert(outer->crossings.end(), body.crossings.begin(), body.crossings.end());
            if (flow.overtaken) outer->crossings.emplace_back(at, *flow.overtaken);
        }
        if (outer != nullptr && outer->depth == 0 && !outer->joined) outer->joined = body.joined;
        if (block.loop == Block::Loop::asynchronous) check_asynchronous(at, body);
        if (!flow.known) return;
        if (flow.num > flow.den) {
            multiplied(at, body, flow);
        } else if (flow.num < flow.den || (flow.one_of && !entering.one_of)) {
            const At sender = flow.one_of.value_or(at);
            auto& finding = findings_.error(
                "T0402", sender.where(),
                sender.name() + " sends each token to one stream only, and they are not merged again");
            finding.related.push_back({at.where().span, "every stream of this body waits for a token"});
            finding.hint =
                "merge them with " + names([](const Signature& s) { return s.rate == Rate::any_of_n; }) +
                drawn(body, {{sender.tree, "to 1 of " + std::to_string(width_of(sender.tree->out))}});
        }
    }

    /// Its end depends on more than a count that each stream keeps for itself.
    static bool decides_for_all(const BlockTree& block) {
        return std::ranges::any_of(block.signature->parameters, [&](const Parameter& parameter) {
            return parameter.type != "int" && block.was_given(parameter.name);
        });
    }

    void multiplied(const At& at, const Body& body, const Flow& flow) {
        const At merge = flow.multiplied.value_or(at);
        std::string message =
            merge.name() + " gives " + amount(flow) + " tokens for each that enters " + at.name();
        message += body.loop ? ": they would multiply from round to round" : ", which waits for one";
        auto& finding = findings_.error("T0401", merge.where(), message);
        finding.related.push_back(
            {at.where().span, body.loop ? "what comes out goes in again here" : "one is waited for here"});
        const std::string folds = names([](const Signature& s) {
            return s.rate == Rate::one && !s.body && s.type.starts_with("A^n -> ") &&
                   s.type.find("]^n") == std::string::npos && !s.type.ends_with("A^n");
        });
        const std::string sends = names([](const Signature& s) { return s.rate == Rate::one_of_n; });
        finding.hint = "one token of all streams is made by " + folds + "; in an asynchronous loop " + sends +
                       " sends each token to one stream" +
                       drawn(body, {{merge.tree, "1 token becomes " + amount(flow)}});
    }

    /// What does not bear several tokens under way, or streams that end at different times.
    void check_asynchronous(const At& at, const Body& body) {
        for (const At& once : body.once) {
            if (at.block->inflight == 1) continue;
            auto& finding = findings_.error(
                "T0408", once.where(),
                once.name() + " does not wait for all, so one round must end before the next begins; in " +
                    at.name() + " " + std::to_string(at.block->inflight) + " tokens are under way at once");
            finding.related.push_back({body.one_of->where().span, "this makes the loop asynchronous"});
            finding.hint =
                "let a loop of its own take them one after the other: `feedback(rounds: 1) { ... }`" +
                drawn(body, {{once.tree, "bears 1 at a time"}});
        }
        for (const auto& [waits, merges] : body.crossings) {
            if (at.block->inflight == 1) break;
            auto& finding = findings_.error(
                "T0410", merges.where(),
                merges.name() + " gives tokens in order of arrival, and of the " +
                    std::to_string(at.block->inflight) + " that are under way in " + at.name() +
                    " one may overtake another here; " + waits.name() + " waits for those of one round");
            finding.related.push_back({waits.where().span, "they meet others here"});
            finding.related.push_back({body.one_of->where().span, "this makes the loop asynchronous"});
            finding.hint = "send them and merge them in turn, or let one at a time go round" +
                           drawn(body, {{merges.tree, "may change their order"}});
        }
        const std::int64_t width = width_of(at.tree->in);
        for (const Parameter& parameter : at.block->signature->parameters) {
            const bool ends = std::ranges::count(at.block->signature->needs_one_of, parameter.name) > 0;
            if (!ends || parameter.name == "rounds" || !at.block->was_given(parameter.name)) continue;
            if (parameter.only_asynchronous && !body.mixes) {
                const std::string servers = names([](const Signature& s) { return s.mixes; });
                findings_.error("T0405", at.block->given.find(parameter.name)->second,
                                "`" + parameter.name + "` counts what " + servers +
                                    " does, and there is none in this loop: it would never end",
                                "end it by `rounds`, or let " + servers + " answer");
                continue;
            }
            if (!body.joined || width < 2) continue;
            auto& finding =
                findings_.error("T0409", at.block->given.find(parameter.name)->second,
                                "the " + core::counted(width, "stream") +
                                    " of an asynchronous loop end each for itself, and " +
                                    body.joined->name() + " would wait for those that have ended");
            finding.related.push_back({body.joined->where().span, "the streams meet here"});
            finding.hint = "count `rounds`, which are as many in every stream" +
                           drawn(body, {{body.joined->tree, "waits for " + std::to_string(width)}});
            return;
        }
    }

    void check_loop_arguments(const At& at, const Body& body) {
        BlockTree& block = *at.block;
        const bool asynchronous = body.one_of.has_value();
        for (const Parameter& parameter : block.signature->parameters) {
            if (!parameter.only_asynchronous || !block.was_given(parameter.name)) continue;
            if (asynchronous) {
                if (const auto* value = block.find(parameter.name); parameter.primes && value != nullptr) {
                    if (const auto* number = value->as<std::int64_t>()) block.inflight = *number;
                }
                continue;
            }
            auto& finding = findings_.error(
                "T0406", block.given.find(parameter.name)->second,
                "`" + parameter.name + "` is for asynchronous loops, and this one is synchronous");
            const std::string sends = names([](const Signature& s) { return s.rate == Rate::one_of_n; });
            finding.hint =
                "use `rounds`; a loop is asynchronous when it sends each token to one stream, with " + sends;
        }
        if (asynchronous && block.inflight == 0) block.inflight = width_of(body.one_of->tree->out);
    }

    void error(const std::string& code, const At& at, const std::string& message, const At& owner,
               const std::string& hint) {
        findings_.error(code, at.where(), message, hint)
            .related.push_back({owner.where().span, "the loop or side branch"});
    }

    /// The body as a line under a hint: `feedback -> broadcast -> client x4 -> gather -> feedback`.
    static std::string drawn(const Body& body, const std::map<const Tree*, std::string>& remarks) {
        const std::string& owner = body.owner.block->signature->name;
        return "\n" + owner + " -> " + draw(*body.owner.block->body, remarks) + " -> " +
               (body.loop ? owner : "end");
    }

    static std::string amount(const Flow& flow) {
        if (flow.den == 1) return std::to_string(flow.num);
        return std::to_string(flow.num) + "/" + std::to_string(flow.den);
    }

    template <class Test>
    std::string names(const Test& test) const {
        std::vector<std::string> found;
        for (const Signature* signature : registry_.all()) {
            if (signature->sort == "block" && test(*signature)) found.push_back(signature->name);
        }
        return alternatives(found);
    }

    const Registry& registry_;
    Findings& findings_;
};

}  // namespace

void check_rates(Tree& root, const Registry& registry, Findings& findings) {
    Rates(registry, findings).go(root, Flow{}, nullptr);
}

}  // namespace trama::lang
