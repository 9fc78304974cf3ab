#include "lang/check/infer.hpp"

#include <algorithm>
#include <utility>

namespace trama::lang {
namespace {

using Clash = Types::Clash;

Where function_of(const Tree& tree, const BlockTree& block) {
    return {block.function, tree.where.expansion};
}

}  // namespace

const FunctionTerm& Inference::term(const std::string& text) {
    const auto found = terms_.find(text);
    return found != terms_.end() ? found->second
                                 : terms_.emplace(text, parse_function_term(text)).first->second;
}

const std::vector<Accepted>& Inference::accepted(const std::string& text) {
    const auto found = accepted_.find(text);
    return found != accepted_.end() ? found->second
                                    : accepted_.emplace(text, parse_accepted(text)).first->second;
}

void Inference::run(Tree& root) {
    infer(root, {types_.nothing(), {}});
    check_edges();
    for (const Typed& typed : typed_) {
        for (const Where& where : types_.unknown_widths(typed.out)) {
            const auto& span = where.span;
            const std::string name =
                span.source ? span.source->text().substr(span.begin, span.end - span.begin) : "";
            findings_.error("T0303", where, "how many streams " + ticked(name) + " makes is not known",
                            "a distribute behind it says it: `" + name + " >> [| ... |]^4`");
        }
        if (typed.tree->as<BlockTree>() != nullptr && types_.has_unknown_payload(typed.out)) {
            findings_.error("T0311", typed.tree->where, "what flows here is not known",
                            "nothing says what was published");
            types_.give_up(typed.out);
        }
    }
    for (const Typed& typed : typed_) {
        typed.tree->in = types_.resolved(typed.in);
        typed.tree->out = types_.resolved(typed.out);
    }
}

Inference::Ty Inference::infer(Tree& tree, const Input& input) {
    const std::size_t slot = typed_.size();
    typed_.push_back({&tree, input.type, input.type});
    Ty out = input.type;
    if (tree.as<Broken>() != nullptr) {
        types_.give_up(input.type);
        out = types_.broken();
    } else if (auto* node = tree.as<BlockTree>()) {
        out = block(tree, *node, input);
    } else if (auto* sequence = tree.as<SequenceTree>()) {
        Input current = input;
        for (const TreePtr& stage : sequence->stages)
            current = {infer(*stage, current), stage->where};
        out = current.type;
    } else if (auto* copied = tree.as<CopiesTree>()) {
        out = copies(tree, *copied, input);
    } else if (auto* placed = tree.as<PlacedTree>()) {
        out = infer(*placed->inner, input);
    }
    typed_[slot].out = out;
    return out;
}

Inference::Ty Inference::block(Tree& tree, BlockTree& block, const Input& input) {
    const Signature& signature = *block.signature;
    const std::string* type = &signature.type;
    for (const auto& [pair, other] : signature.type_if) {
        if (has_argument(block, pair)) type = &other;
    }
    const FunctionTerm& function = term(*type);
    const Where where = function_of(tree, block);
    Types::Variables variables;
    const Ty asked = types_.instantiate(function.in, variables, where);
    const Ty out = types_.instantiate(function.out, variables, where);
    const Ty given = signature.loop || signature.drops_base ? types_.demoted(input.type) : input.type;
    const std::string given_text = types_.text(input.type), asked_text = types_.text(asked);
    if (const Clash clash = types_.flow(given, asked); clash != Clash::none) {
        mismatch(clash, ticked(signature.name), where, given_text, asked_text, input);
        types_.give_up(given);
        types_.give_up(asked);
    }
    if (signature.edge != Signature::Edge::none) edge(tree, block, function, variables);
    rules(tree, block, variables, out);
    if (block.body) body(tree, block, variables);
    return signature.loop ? types_.promoted(out) : out;
}

/// Parameters with a function type: rules, and blocks inside blocks.
void Inference::rules(Tree& tree, BlockTree& block, Types::Variables& variables, Ty out) {
    for (const Parameter& parameter : block.signature->parameters) {
        for (const Accepted& one : accepted(parameter.type)) {
            const bool is_rule = one.kind == Accepted::Kind::rule;
            if (!is_rule && one.kind != Accepted::Kind::block) continue;
            const Where where = function_of(tree, block);
            const Ty in = types_.instantiate(one.function.in, variables, where);
            const Ty result = types_.instantiate(one.function.out, variables, where);
            const auto place = block.given.find(parameter.name);
            const Where at = place == block.given.end() ? where : place->second;
            if (!is_rule) {
                if (!block.inner) {
                    types_.give_up(out);
                    continue;
                }
                const Ty made = infer(*block.inner, {in, where});
                const std::string made_text = types_.text(made), asked = types_.text(result);
                if (const Clash clash = types_.flow(made, result); clash != Clash::none) {
                    findings_.error("T0309", at,
                                    "what " + ticked(parameter.name) + " of " +
                                        ticked(block.signature->name) + " gives is " + made_text + ", but " +
                                        (asked.size() == 1 ? "one stream" : asked) + " is taken");
                    types_.give_up(out);
                }
                continue;
            }
            const core::Constant* value = block.find(parameter.name);
            const core::Call* call = value == nullptr ? nullptr : value->call();
            const Signature* rule = call == nullptr ? nullptr : registry_.find(*call);
            if (rule == nullptr) {
                types_.give_up(out);
                continue;
            }
            const FunctionTerm& function = term(rule->type);
            Types::Variables own;
            const Ty takes = types_.instantiate(function.in, own, at);
            const Ty gives = types_.instantiate(function.out, own, at);
            const std::string in_text = types_.text(in);
            if (types_.flow(in, takes) != Clash::none || types_.flow(gives, result) != Clash::none) {
                auto& finding =
                    findings_.error("T0309", at,
                                    ticked(rule->name) + " maps " + rule->type + ", but " +
                                        ticked(block.signature->name) + " has " + in_text + " here");
                if (in_text == "[Model]" && rule->type.find("Update") != std::string::npos) {
                    finding.hint =
                        "Updates come from training: Models that were loaded, exchanged or fed back have no "
                        "base";
                }
                types_.give_up(out);
                types_.give_up(result);
            }
        }
    }
}

void Inference::body(Tree& tree, BlockTree& block, Types::Variables& variables) {
    const FunctionTerm& function = term(block.signature->body_type);
    const Where where = function_of(tree, block);
    const Ty in = types_.instantiate(function.in, variables, where);
    const Ty asked = types_.instantiate(function.out, variables, where);
    const std::string in_text = types_.text(in);
    const Ty made = infer(*block.body, {in, where});
    const std::string made_text = types_.text(made);
    const Clash clash = types_.flow(made, asked);
    if (clash == Clash::none) return;
    Tree* last = block.body.get();
    if (auto* sequence = last->as<SequenceTree>()) last = sequence->stages.back().get();
    const std::string name = ticked(block.signature->name);
    if (!block.signature->loop) {
        auto& finding = findings_.error("T0306", last->where,
                                        "the body of " + name + " must give one stream, not " + made_text);
        finding.related.push_back({block.function, "the body of this " + name});
    } else {
        auto& finding = findings_.error("T0306", last->where,
                                        "the body of " + name + " takes " + in_text + " but gives " +
                                            made_text + ": it cannot be fed back");
        finding.related.push_back({block.function, "this takes " + in_text});
        if (clash == Clash::width) {
            const auto& widths = types_.width_clash();
            finding.related.push_back(
                {widths.given_at.span, core::counted(widths.given, "stream") + " here"});
            finding.related.push_back(
                {widths.asked_at.span, core::counted(widths.asked, "stream") + " here"});
        } else if (clash == Clash::bundle) {
            finding.hint = "merge the streams at its end, for example with `reduce`";
        }
    }
    types_.give_up(made);
    types_.give_up(asked);
}

Inference::Ty Inference::copies(Tree& tree, CopiesTree& copies, const Input& input) {
    const Where count_at{copies.count_span, tree.where.expansion};
    Types::Width width = types_.width(copies.count, count_at);
    bool fits = true;
    const std::string name = "`[| ... |]`";
    Ty inner = types_.any();
    if (types_.is_nothing(input.type)) {
        inner = input.type;
    } else if (types_.is_broken(input.type)) {
        inner = types_.broken();
    } else {
        const std::string given = types_.text(input.type);
        const Clash clash = types_.flow(input.type, types_.bundle(inner, width));
        if (clash == Clash::width) {
            width_clash(count_at);
            inner = types_.inner(input.type);
            width = types_.width(0, count_at);  // not known, in silence
        } else if (clash != Clash::none) {
            const std::string asked = "a bundle of " + core::counted(copies.count, "stream");
            mismatch(clash, name, tree.where, given, asked, input);
            inner = input.type;
            fits = false;
        }
    }
    std::optional<Ty> out;
    Tree* first = nullptr;
    for (const TreePtr& branch : copies.branches) {
        const Ty made = infer(*branch, {inner, input.from});
        if (!out) {
            out = made;
            first = branch.get();
            continue;
        }
        const std::string before = types_.text(*out), now = types_.text(made);
        const auto joined = types_.joined(*out, made);
        if (!joined) {
            findings_
                .error("T0305", branch->where,
                       "programs side by side must give the same: this gives " + now + ", another gives " +
                           before)
                .related.push_back({first->where.span, "this gives " + before});
            out = types_.broken();
        } else {
            out = joined;
        }
    }
    if (!fits) return types_.broken();
    return types_.is_nothing(*out) ? *out : types_.bundle(*out, width);
}

/// A named edge: what is published under a name is what its subscribers get, Updates as Models: who serves a
/// model does not know what it was trained from.
void Inference::edge(Tree& tree, BlockTree& block, const FunctionTerm& function,
                     Types::Variables& variables) {
    for (const Parameter& parameter : block.signature->parameters) {
        if (parameter.type != "word") continue;
        const core::Constant* value = block.find(parameter.name);
        const auto* word = value == nullptr ? nullptr : value->as<core::Symbol>();
        if (word == nullptr) continue;
        auto found = edges_.find(word->name);
        if (found == edges_.end()) found = edges_.emplace(word->name, Edge{types_.variable(), {}, {}}).first;
        Edge& edge = found->second;
        const Where where = function_of(tree, block);
        const Ty carried = types_.instantiate(function.out, variables, where);
        const bool publishes = block.signature->edge == Signature::Edge::publish;
        (publishes ? edge.published : edge.subscribed).push_back(block.given.find(parameter.name)->second);
        const Ty from = publishes ? types_.demoted(carried) : edge.type, to = publishes ? edge.type : carried;
        const std::string given = types_.text(from), asked = types_.text(to);
        if (types_.flow(from, to) != Clash::none) {
            findings_.error("T0301", where,
                            given + " is published as " + ticked(word->name) + ", but " + asked +
                                " is taken where it is subscribed");
        }
    }
}

void Inference::check_edges() {
    std::vector<std::string> names;
    for (const auto& [name, edge] : edges_) {
        if (!edge.published.empty()) names.push_back(name);
    }
    for (const auto& [name, edge] : edges_) {
        if (edge.published.empty()) {
            std::string hint = did_you_mean(name, names);
            if (hint.empty() && !names.empty()) hint = "published are " + alternatives(names, "and");
            findings_.error("T0506", edge.subscribed.front(), "nothing is published as " + ticked(name),
                            hint);
            types_.give_up(edge.type);
        } else if (edge.subscribed.empty()) {
            findings_.add(Severity::warning, "T0903", edge.published.front(),
                          "nothing subscribes to " + ticked(name));
        }
    }
}

void Inference::width_clash(const Where& where) {
    const auto& clash = types_.width_clash();
    auto& finding = findings_.error(
        "T0302", where,
        core::counted(clash.given, "stream") + " cannot flow into " + std::to_string(clash.asked));
    finding.related.push_back(
        {clash.given_at.span, core::counted(clash.given, "stream") + " because of this"});
    const bool same =
        clash.asked_at.span.source == where.span.source && clash.asked_at.span.begin == where.span.begin;
    if (!same)
        finding.related.push_back(
            {clash.asked_at.span, core::counted(clash.asked, "stream") + " because of this"});
}

void Inference::mismatch(Clash clash, const std::string& name, const Where& where, const std::string& given,
                         const std::string& asked, const Input& input) {
    if (clash == Clash::width) return width_clash(where);
    std::string code = "T0301", message = name + " takes " + asked + ", but gets " + given;
    if (clash == Clash::bundle) {
        code = "T0304";
        message = name + " takes one stream, but gets a bundle: " + given;
    } else if (clash == Clash::stream) {
        code = "T0304";
        message = name + " takes " + (asked.starts_with("a ") ? asked : "a bundle of streams") +
                  ", but gets one: " + given;
    } else if (clash == Clash::nothing) {
        code = "T0307";
        message =
            name + " takes " + (asked.size() == 1 ? "what comes before it" : asked) + ", but nothing does";
        if (asked.size() != 1) message = name + " takes " + asked + ", but nothing comes before it";
    } else if (clash == Clash::source) {
        code = "T0308";
        message = name + " takes nothing, but gets " + given;
    }
    auto& finding = findings_.error(code, where, message, hint(clash, given));
    if (input.from.span.source && clash != Clash::nothing) {
        finding.related.push_back({input.from.span, "this gives " + given});
    }
}

std::string Inference::hint(Clash clash, const std::string& given) const {
    // Which blocks would do it is read from their types.
    std::vector<std::string> names;
    for (const Signature* signature : registry_.all()) {
        if (signature->sort != "block") continue;
        const FunctionTerm term = parse_function_term(signature->type);
        const bool spreads =
            term.in.kind == TypeTerm::Kind::variable && term.out.kind == TypeTerm::Kind::bundle;
        const bool collects =
            term.in.kind == TypeTerm::Kind::bundle && term.out.kind == TypeTerm::Kind::variable;
        const bool starts =
            term.in.kind == TypeTerm::Kind::nothing && term.out.kind == TypeTerm::Kind::payload;
        if ((clash == Clash::stream && spreads) || (clash == Clash::bundle && collects) ||
            (clash == Clash::nothing && starts)) {
            names.push_back(signature->name);
        }
    }
    const std::string list = alternatives(names);
    if (clash == Clash::source) return "a source stands at the beginning of a scheme";
    if (list.empty()) return {};
    if (clash == Clash::stream) return "one stream becomes several by " + list;
    if (clash == Clash::nothing) return "a scheme begins with a source, such as " + list;
    const std::string width = given.substr(given.rfind('^') + 1);
    if (clash == Clash::bundle)
        return "copy it, `[| ... |]^" + width + "`, or merge the streams before it with " + list;
    return {};
}

}  // namespace trama::lang
