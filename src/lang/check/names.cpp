#include <algorithm>
#include <utility>

#include "lang/check/elaborate.hpp"

// What a name means: the argument of a `def`, a copy's number, a top-level name, a word, something
// registered.

namespace trama::lang {
namespace {

const IndexVariable* index_of(std::string_view name, const Scope& scope) {
    for (const Scope* at = &scope; at != nullptr; at = at->outer.get()) {
        if (at->parameters.find(name) != at->parameters.end()) return nullptr;
        if (at->index && at->index->name == name) return at->index.get();
    }
    return nullptr;
}

bool is_active(const Definition& definition, const Active* active) {
    for (; active != nullptr; active = active->outer.get()) {
        if (active->definition == &definition) return true;
    }
    return false;
}

/// Has it a place for each argument, and is each given that it needs? Says nothing of types.
bool fits(const std::vector<ast::Arg>& arguments, const Signature& signature) {
    std::set<std::string> given;
    std::size_t position = 0;
    const auto& parameters = signature.parameters;
    for (const ast::Arg& argument : arguments) {
        const auto found =
            argument.name
                ? std::ranges::find(parameters, argument.name->text, &Parameter::name)
                : parameters.begin() + static_cast<std::ptrdiff_t>(std::min(position, parameters.size()));
        if (found == parameters.end()) return false;
        given.insert(found->name);
        if (!argument.name && !found->variadic) ++position;
    }
    return std::ranges::all_of(parameters, [&](const Parameter& parameter) {
        return parameter.fallback || parameter.optional || given.contains(parameter.name);
    });
}

}  // namespace

const Closure* Elaborator::closure(std::string_view name, const Scope& scope) const {
    for (const Scope* at = &scope; at != nullptr; at = at->outer.get()) {
        if (const auto found = at->parameters.find(name); found != at->parameters.end())
            return &found->second;
        if (at->index && at->index->name == name) return nullptr;
    }
    return nullptr;
}

Definition* Elaborator::top_level(std::string_view name, const Scope& scope) const {
    if (closure(name, scope) != nullptr || index_of(name, scope) != nullptr) return nullptr;
    const auto found = scope.file->names.find(name);
    return found == scope.file->names.end() ? nullptr : found->second;
}

Value Elaborator::name(const Use& use, const ScopePtr& scope, const Wanted* wanted) {
    const bool bare = use.call == nullptr;
    if (const Closure* argument = closure(use.name, *scope)) {
        if (bare) return evaluate(argument->expr, argument->scope, wanted);
        auto& finding = findings_.error("T0107", use.where,
                                        ticked(use.name) + " is a parameter here and takes no arguments");
        finding.related.push_back({argument->expr->span, "this is given for it"});
        return {};
    }
    if (const IndexVariable* index = index_of(use.name, *scope)) {
        if (!bare) {
            findings_.error("T0107", use.where,
                            ticked(use.name) + " is the number of the copy and takes no arguments");
            return {};
        }
        if (const auto known = values_.find(index); known != values_.end()) {
            return Value::of(core::Constant{known->second});
        }
        used_.insert(index);
        return Value::of(core::Constant{std::int64_t{0}});
    }
    if (bare && wanted != nullptr && wanted->takes(Accepted::Kind::word)) {
        return Value::of(core::Constant{core::Symbol{use.name}});
    }
    Definition* found = top_level(use.name, *scope);
    if (wanted != nullptr &&
        (wanted->takes(Accepted::Kind::metric) || wanted->takes(Accepted::Kind::condition)) &&
        (found == nullptr || is_metric(use.name))) {
        ast::Expr expr;
        if (bare) {
            expr.node = ast::Reference{use.name};
        } else {
            expr.node = *use.call;
        }
        expr.span = use.where.span;
        const auto shared = std::make_shared<const ast::Expr>(std::move(expr));
        const auto read = metric(shared, scope);
        if (!read) return {};
        if (wanted->takes(Accepted::Kind::metric)) return Value::of(core::Constant{*read});
        findings_.error("T0218", use.where, "a condition compares a metric with a number",
                        "for example `" + format(*shared) + " >= 0.9`");
        return {};
    }
    if (found != nullptr) return definition(*found, use, scope, wanted);
    if (bare && wanted != nullptr && wanted->takes_symbol(use.name)) {
        return Value::of(core::Constant{core::Symbol{use.name}});
    }
    if (const Signature* signature = meant(use, wanted)) return registered(*signature, use, scope);
    return unknown(use, scope, wanted);
}

Value Elaborator::definition(Definition& definition, const Use& use, const ScopePtr& scope,
                             const Wanted* wanted) {
    definition.used = true;
    if (definition.ambiguous) {
        findings_.count_hidden();
        return {};
    }
    if (is_active(definition, scope->active.get())) {
        auto& finding = findings_.error("T0103", use.where, ticked(use.name) + " is defined by itself");
        finding.related.push_back({definition.name.span, "the definition"});
        if (const Signature* signature = meant(use, wanted)) {
            finding.hint = "here " + ticked(use.name) + " means this definition, not the built-in " +
                           signature->sort + ": choose another name";
        } else {
            finding.hint = definition.is_def
                               ? "definitions are expanded where they are used, so they cannot be recursive"
                               : "";
        }
        return {};
    }
    if (definition.is_def) return expand(definition, use, scope, wanted);
    if (use.call != nullptr) {
        auto& finding = findings_.error(
            "T0107", use.where,
            ticked(use.name) + " is a value and takes no " + (use.call->parentheses ? "arguments" : "body"));
        finding.related.push_back({definition.name.span, "defined here"});
        finding.hint = "what takes arguments is defined with `def " + use.name + "(...) = ...`";
        return {};
    }
    if (definition.constant) return Value::of(*definition.constant);
    auto inner = std::make_shared<Scope>();
    inner->file = definition.file;
    inner->active = std::make_shared<const Active>(Active{&definition, scope->active});
    const std::size_t before = findings_.errors();
    Value value = evaluate(definition.value, inner, wanted);
    if (value.kind == Value::Kind::scheme) {
        if (definition.name.text != "scheme") name_tree(*value.tree, definition.name.text);
    } else if (value.kind == Value::Kind::constant) {
        if (const core::Call* call = value.constant.call(); call != nullptr && call->name.empty()) {
            core::Call named = *call;
            named.name = definition.name.text;
            value.constant.data = std::make_shared<const core::Call>(std::move(named));
        }
        if (wanted == nullptr && before == findings_.errors()) {
            definition.constant = std::make_shared<const core::Constant>(value.constant);
        }
    }
    return value;
}

Value Elaborator::expand(Definition& definition, const Use& use, const ScopePtr& scope,
                         const Wanted* wanted) {
    auto inner = std::make_shared<Scope>();
    inner->file = definition.file;
    inner->active = std::make_shared<const Active>(Active{&definition, scope->active});
    inner->expansion =
        std::make_shared<const Expansion>(Expansion{definition.name.text, use.where.span, scope->expansion});
    const std::string name = ticked(definition.name.text);
    std::vector<std::string> names;
    for (const ast::Name& parameter : definition.parameters)
        names.push_back(parameter.text);
    const std::size_t before = findings_.errors();
    if (use.call != nullptr && use.call->body) {
        auto& finding =
            findings_.error("T0214", {use.call->body_span, scope->expansion}, name + " takes no body");
        finding.hint = "a scheme is given to a `def` as an argument";
    }
    const Args& arguments = use.arguments();
    std::size_t position = 0;
    std::map<std::string, Span> given;
    const ast::Arg* named = nullptr;
    for (const ast::Arg& argument : arguments) {
        const Where where{argument.span, scope->expansion};
        std::string parameter;
        if (argument.name) {
            parameter = argument.name->text;
            named = &argument;
            if (std::ranges::find(names, parameter) == names.end()) {
                auto& finding = findings_.error("T0202", {argument.name->span, scope->expansion},
                                                name + " has no parameter " + ticked(parameter));
                finding.hint = did_you_mean(parameter, names);
                finding.related.push_back({definition.name.span, "defined here"});
                continue;
            }
        } else if (named != nullptr) {
            findings_.error("T0206", where, "an argument without a name stands behind one with a name")
                .related.push_back({named->span, "this one has a name"});
            continue;
        } else if (position >= names.size()) {
            findings_
                .error("T0207", where,
                       name + " takes " + core::counted(static_cast<std::int64_t>(names.size()), "argument"))
                .related.push_back({definition.name.span, "defined here"});
            break;
        } else {
            parameter = names[position++];
        }
        const auto [first, fresh] = given.emplace(parameter, argument.span);
        if (!fresh) {
            findings_.error("T0203", where, ticked(parameter) + " is given twice")
                .related.push_back({first->second, "the first time here"});
            continue;
        }
        inner->parameters[parameter] = {argument.value, scope};
    }
    if (before == findings_.errors()) {
        std::vector<std::string> missing;
        for (const std::string& parameter : names) {
            if (!given.contains(parameter)) missing.push_back(parameter);
        }
        if (!missing.empty()) {
            findings_
                .error("T0201", use.where,
                       name + " needs " + (missing.size() == 1 ? "its argument " : "its arguments ") +
                           alternatives(missing, "and"))
                .related.push_back({definition.name.span, "defined here"});
        }
    }
    if (before != findings_.errors()) return {};
    return evaluate(definition.value, inner, wanted);
}

/// Of what is registered under that name, what its place takes; where the place does not say (`e =
/// exponential(0.1, by: 0.9)`), what its arguments fit. Null when there is none.
const Signature* Elaborator::meant(const Use& use, const Wanted* wanted) const {
    const auto all = registry_.named(use.name);
    if (all.size() <= 1) return all.empty() ? nullptr : all.front();
    if (wanted != nullptr) {
        for (const Accepted& one : *wanted->accepted) {
            const auto found = std::ranges::find(all, one.sort, &Signature::sort);
            if (found != all.end()) return *found;
        }
    }
    const auto found =
        std::ranges::find_if(all, [&](const Signature* s) { return fits(use.arguments(), *s); });
    return found == all.end() ? all.front() : *found;
}

Value Elaborator::registered(const Signature& signature, const Use& use, const ScopePtr& scope) {
    if (signature.sort == "block") return Value::of(block(signature, use, scope));
    if (use.call != nullptr && use.call->body) {
        findings_.error("T0214", {use.call->body_span, scope->expansion},
                        ticked(use.name) + " takes no body");
    }
    const bool outer_bad = std::exchange(bad_file_, false);
    Bound bound = bind(signature, use, scope);
    if (!bound.ok) {
        bad_file_ = outer_bad;
        return {};
    }
    const std::string text = core::to_text(bound.call);
    if (bad_file_) bad_files_.insert(text);
    bad_file_ = outer_bad || bad_file_;
    if (values_.empty() && findings_.suffix.empty()) call_places_.try_emplace(text, use.where);
    return Value::of(core::Constant{std::make_shared<const core::Call>(std::move(bound.call))});
}

Value Elaborator::unknown(const Use& use, const ScopePtr& scope, const Wanted* wanted) {
    const Where where{use.name_span, scope->expansion};
    std::vector<std::string> names, symbols;
    for (const Scope* at = scope.get(); at != nullptr; at = at->outer.get()) {
        for (const auto& [name, argument] : at->parameters)
            names.push_back(name);
        if (at->index) names.push_back(at->index->name);
    }
    for (const auto& [name, definition] : scope->file->names)
        names.push_back(name);
    if (wanted != nullptr) {
        for (const Accepted& one : *wanted->accepted) {
            symbols.insert(symbols.end(), one.symbols.begin(), one.symbols.end());
        }
    }
    std::vector<std::string> of_sort;
    for (const Signature* signature : registry_.all()) {
        names.push_back(signature->name);
        if (wanted == nullptr) continue;
        for (const Accepted& one : *wanted->accepted) {
            if (!one.sort.empty() && one.sort == signature->sort) of_sort.push_back(signature->name);
        }
    }
    if (!scope->file->complete) {  // perhaps what the parser could not read defines it
        findings_.count_hidden();
        return {};
    }
    names.insert(names.end(), symbols.begin(), symbols.end());
    std::string hint = did_you_mean(use.name, names);
    if (!symbols.empty() && use.call == nullptr) {
        const std::string text = wanted->signature == nullptr ? std::string("this")
                                                              : ticked(wanted->parameter->name) + " of " +
                                                                    ticked(wanted->signature->name);
        findings_.error("T0208", where,
                        text + " takes " + describe(*wanted->accepted) + ", not " + ticked(use.name),
                        core::nearest(use.name, symbols).empty() ? hint : did_you_mean(use.name, symbols));
        return {};
    }
    if (unused_ && wanted == nullptr && use.call == nullptr) {
        findings_.count_hidden();  // it may be a word or a metric that only its user gives a meaning
        return {};
    }
    if (hint.empty() && !of_sort.empty() && of_sort.size() <= 12)
        hint = "there are " + alternatives(of_sort, "and");
    if (index_names_.contains(use.name)) {
        hint = "the number of a copy is known only where its `[| ... |]^(" + use.name +
               ": n)` is written; a `def` can take it as an argument";
    }
    findings_.error("T0101", where, ticked(use.name) + " is not defined", hint);
    return {};
}

/// The blocks of a named value get their names from it: the value itself, if it is one block; else
/// `value.kind.ordinal`. An inner name wins.
void Elaborator::name_tree(Tree& tree, const std::string& name) {
    Tree* direct = &tree;
    while (auto* placed = direct->as<PlacedTree>())
        direct = placed->inner.get();
    if (auto* block = direct->as<BlockTree>(); block != nullptr && block->name.empty()) {
        block->name = name;
        block->call.name = name;
    }
    std::map<std::string, int> ordinals;
    walk(tree, [&](Tree& at) {
        auto* block = at.as<BlockTree>();
        if (block == nullptr || !block->name.empty()) return;
        const std::string& kind = block->signature->name;
        block->name = name + "." + kind + "." + std::to_string(++ordinals[kind]);
    });
}

}  // namespace trama::lang
