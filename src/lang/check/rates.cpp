#include <algorithm>
#include <numeric>
#include <optional>

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
    bool open = false;             ///< a stream without end: it may wait for tokens to come

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
    std::optional<At> one_of;  ///< the first block that makes the loop asynchronous
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
        std::optional<Flow> all;
        for (const TreePtr& branch : copies->branches) {
            Flow one = go(*branch, flow, body);
            if (!all) {
                all = one;
                continue;
            }
            if (body != nullptr && one.known && all->known && (one.num != all->num || one.den != all->den)) {
                findings_
                    .error("T0402", branch->where, "programs side by side give different numbers of tokens",
                           "every stream of a body gives one token for each that it takes")
                    .related.push_back({copies->branches.front()->where.span, "this gives another number"});
                all->known = false;
            }
            all->known = all->known && one.known;
            all->open = all->open || one.open;
            if (one.one_of) all->one_of = one.one_of;
        }
        return *all;
    }

  private:
    Flow go_block(const At& at, Flow flow, Body* body) {
        const Signature& signature = *at.block->signature;
        const std::int64_t in = width_of(at.tree->in), out = width_of(at.tree->out);
        if (in == 0 || out == 0) flow.known = false;
        if (at.block->inner) flow = go(*at.block->inner, flow, body);
        Rate rate = has_any(*at.block, signature.open_if) ? Rate::open : signature.rate;
        if (body != nullptr && at.tree->in.kind != Type::Kind::nothing) {
            const std::string owner = body->owner.name();
            if (rate == Rate::per_k) {
                error("T0403", at,
                      at.name() + " waits for several tokens, but only one at a time goes round in " + owner,
                      body->owner, "it is for open streams, outside of any loop");
                flow.known = false;
                return flow;
            }
            if (rate == Rate::open) {
                error("T0404", at,
                      at.name() + " may lose tokens, and " + owner + " would wait for them for ever",
                      body->owner, "it is for open streams, outside of any loop");
                flow.known = false;
                return flow;
            }
        }
        switch (rate) {
            case Rate::source:
                if (at.tree->in.kind == Type::Kind::nothing) flow = Flow{};
                break;
            case Rate::open:
                if (at.tree->in.kind == Type::Kind::nothing) flow = Flow{};
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
                flow.times(in, 1);
                flow.one_of.reset();
                if (flow.num > flow.den) flow.multiplied = at;
                break;
            case Rate::per_k:
                break;
            case Rate::one:
                if (!signature.body && at.tree->in.kind == Type::Kind::bundle) barrier(at, flow);
                break;
        }
        if (at.block->body) go_body(at);
        return flow;
    }

    /// A block that waits for one token of every stream.
    void barrier(const At& at, Flow& flow) {
        if (!flow.known || flow.open || !flow.one_of) return;
        const At sender = *flow.one_of;
        auto& finding = findings_.error("T0402", at.where(),
                                        at.name() + " waits for a token of every stream, but " +
                                            sender.name() + " sends each token to one of them only");
        finding.related.push_back(
            {sender.where().span,
             "one of " + core::counted(width_of(sender.tree->out), "stream") + " gets it"});
        const std::string merges = names([](const Signature& s) { return s.rate == Rate::any_of_n; });
        if (!merges.empty())
            finding.hint = "merge the streams with " + merges + ", or send each token to all";
        flow.known = false;
    }

    void go_body(const At& at) {
        BlockTree& block = *at.block;
        Body body;
        body.owner = at;
        body.loop = block.signature->loop;
        const Flow flow = go(*block.body, Flow{}, &body);
        if (body.loop) {
            block.loop = body.one_of ? Block::Loop::asynchronous : Block::Loop::synchronous;
            check_loop_arguments(at, body);
        }
        if (!flow.known) return;
        if (flow.multiplied && flow.num > flow.den) {
            const At merge = *flow.multiplied;
            std::string message =
                merge.name() + " gives " + amount(flow) + " tokens for each that enters " + at.name();
            message += body.loop ? ": they would multiply from round to round" : ", which waits for one";
            auto& finding = findings_.error("T0401", merge.where(), message);
            finding.related.push_back({at.where().span, body.loop ? "what comes out goes in again here"
                                                                  : "one is waited for here"});
            const std::string folds = names([](const Signature& s) {
                return s.rate == Rate::one && !s.body && s.type.starts_with("A^n -> ") &&
                       s.type.find("]^n") == std::string::npos && !s.type.ends_with("A^n");
            });
            const std::string sends = names([](const Signature& s) { return s.rate == Rate::one_of_n; });
            finding.hint = "one token of all streams is made by " + folds + "; in an asynchronous loop " +
                           sends + " sends each token to one stream";
        } else if (flow.one_of || flow.num < flow.den) {
            const At sender = flow.one_of.value_or(at);
            findings_
                .error("T0402", sender.where(),
                       sender.name() + " sends each token to one stream only, and they are not merged again")
                .related.push_back({at.where().span, "every stream of this body waits for a token"});
        }
    }

    void check_loop_arguments(const At& at, const Body& body) {
        BlockTree& block = *at.block;
        const bool asynchronous = body.one_of.has_value();
        for (const Parameter& parameter : block.signature->parameters) {
            if (parameter.only_loop.empty() || !block.was_given(parameter.name)) continue;
            if ((parameter.only_loop == "asynchronous") == asynchronous) {
                if (const auto* value = block.find(parameter.name); parameter.primes && value != nullptr) {
                    if (const auto* number = value->as<std::int64_t>()) block.inflight = *number;
                }
                continue;
            }
            auto& finding = findings_.error("T0406", block.given.find(parameter.name)->second,
                                            "`" + parameter.name + "` is for " + parameter.only_loop +
                                                " loops, and this one is " +
                                                (asynchronous ? "asynchronous" : "synchronous"));
            const std::string sends = names([](const Signature& s) { return s.rate == Rate::one_of_n; });
            finding.hint =
                asynchronous
                    ? ""
                    : "use `rounds`; a loop is asynchronous when it sends each token to one stream, with " +
                          sends;
        }
        if (asynchronous && block.inflight == 0) block.inflight = width_of(body.one_of->tree->out);
    }

    void error(const std::string& code, const At& at, const std::string& message, const At& owner,
               const std::string& hint) {
        findings_.error(code, at.where(), message, hint)
            .related.push_back({owner.where().span, "the loop or side branch"});
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
