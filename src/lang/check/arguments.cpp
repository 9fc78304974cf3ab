#include <algorithm>
#include <ranges>
#include <utility>

#include "lang/check/elaborate.hpp"

// Binding arguments to parameters.

namespace trama::lang {
namespace {

std::vector<std::string> names_of(const Signature& signature) {
    std::vector<std::string> names;
    for (const Parameter& parameter : signature.parameters)
        names.push_back(parameter.name);
    return names;
}

std::string of(const Parameter& parameter, const Signature& signature) {
    return "`" + parameter.name + "` of `" + signature.name + "`";
}

}  // namespace

const std::vector<Accepted>& Elaborator::accepted(const Parameter& parameter) {
    const auto found = accepted_.find(&parameter);
    if (found != accepted_.end()) return found->second;
    auto accepted = parse_accepted(parameter.type);
    if (parameter.scheduled &&
        std::ranges::none_of(accepted, [](const Accepted& one) { return one.sort == "schedule"; })) {
        Accepted schedule;
        schedule.kind = Accepted::Kind::sort;
        schedule.sort = "schedule";
        accepted.push_back(std::move(schedule));
    }
    return accepted_.emplace(&parameter, std::move(accepted)).first->second;
}

const core::Constant& Elaborator::fallback(const Signature& signature, const Parameter& parameter) {
    const auto found = fallbacks_.find(&parameter);
    if (found != fallbacks_.end()) return found->second;
    const auto parsed = parse_expression(std::make_shared<const Source>("<default>", *parameter.fallback));
    auto scope = std::make_shared<Scope>();
    scope->file = &builtin_;
    const Wanted wanted{&accepted(parameter), &parameter, &signature};
    const std::size_t before = findings_.errors();
    Value value;
    {
        const Findings::Silence silence(findings_);
        value = evaluate(parsed.expression, scope, &wanted);
        if (value.kind == Value::Kind::constant)
            value = accept(std::move(value), wanted, {parsed.expression->span, {}});
    }
    if (value.kind != Value::Kind::constant || before != findings_.errors()) {
        throw std::logic_error("the default `" + *parameter.fallback + "` of " + of(parameter, signature) +
                               " is not one of its values");
    }
    return fallbacks_.emplace(&parameter, std::move(value.constant)).first->second;
}

/// Which argument is for which parameter. `excused` gets the parameters that need not be missed, since a
/// misspelt argument was probably meant for them.
Elaborator::Slots Elaborator::assign(const Signature& signature, const Use& use, const ScopePtr& scope,
                                     Bound& bound, std::set<std::string>& excused) {
    const auto& parameters = signature.parameters;
    const std::string name = "`" + signature.name + "`";
    Slots slots(parameters.size());
    std::size_t position = 0;
    const ast::Arg* named = nullptr;
    const Args& arguments = use.arguments();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const ast::Arg& argument = arguments[i];
        const Where where{argument.span, scope->expansion};
        if (argument.name) {
            named = &argument;
            const auto names = names_of(signature);
            const auto found = std::ranges::find(names, argument.name->text);
            if (found == names.end()) {
                bound.ok = false;
                const std::string meant = core::nearest(argument.name->text, names);
                excused.insert(meant);
                std::string hint = "its arguments are " + alternatives(names, "and");
                if (names.empty()) hint = name + " takes none";
                if (!meant.empty()) hint = "did you mean `" + meant + "`?";
                findings_.error("T0202", {argument.name->span, scope->expansion},
                                name + " has no argument `" + argument.name->text + "`", hint);
                continue;
            }
            const auto slot = static_cast<std::size_t>(found - names.begin());
            if (!slots[slot].empty()) {
                bound.ok = false;
                findings_.error("T0203", where, "`" + argument.name->text + "` is given twice")
                    .related.push_back({slots[slot].front()->span, "the first time here"});
                continue;
            }
            slots[slot].push_back(&argument);
            continue;
        }
        if (named != nullptr) {
            bound.ok = false;
            for (const Parameter& parameter : parameters)
                excused.insert(parameter.name);
            findings_
                .error("T0206", where, "an argument without a name stands behind one with a name",
                       "arguments without names come first")
                .related.push_back({named->span, "this one has a name"});
            continue;
        }
        if (position >= parameters.size()) {
            bound.ok = false;
            const auto count = static_cast<std::int64_t>(parameters.size());
            findings_.error(
                "T0207", {join(argument.span, arguments.back().span), scope->expansion},
                name + " takes " +
                    (count == 0 ? "no arguments" : "no more than " + core::counted(count, "argument")),
                count == 0 ? "" : "they are " + alternatives(names_of(signature), "and"));
            break;
        }
        slots[position].push_back(&argument);
        if (!parameters[position].variadic) ++position;
    }
    return slots;
}

Elaborator::Bound Elaborator::bind(const Signature& signature, const Use& use, const ScopePtr& scope) {
    Bound bound;
    bound.call.function = signature.name;
    bound.call.sort = signature.sort;
    std::set<std::string> excused;
    const Slots slots = assign(signature, use, scope, bound, excused);
    for (const Span& error : scope->file->errors) {  // who knows what was meant
        if (error.source != use.where.span.source || error.begin < use.where.span.begin ||
            error.begin > use.where.span.end) {
            continue;
        }
        bound.ok = false;
        for (const Parameter& parameter : signature.parameters)
            excused.insert(parameter.name);
    }
    for (std::size_t i = 0; i < slots.size(); ++i) {
        const Parameter& parameter = signature.parameters[i];
        const auto& given = slots[i];
        if (!given.empty()) {
            const Span span = join(given.front()->span, given.back()->span);
            bound.given.emplace(parameter.name, Where{span, scope->expansion});
            bind_parameter(signature, parameter, given, scope, bound);
        } else if (parameter.fallback) {
            bound.call.arguments.push_back({parameter.name, fallback(signature, parameter)});
        } else if (!parameter.optional) {
            bound.ok = false;
            if (excused.contains(parameter.name)) continue;
            std::string message = "`" + signature.name + "` needs its argument `" + parameter.name + "`";
            std::string hint = parameter.doc;
            findings_.error("T0201", use.where, std::move(message), std::move(hint));
        }
    }
    check_together(signature, use, scope, bound);
    return bound;
}

void Elaborator::bind_parameter(const Signature& signature, const Parameter& parameter,
                                const std::vector<const ast::Arg*>& given, const ScopePtr& scope,
                                Bound& bound) {
    // In a constant's own call the numbers of copies are noted for the block that it is for.
    const bool of_block = signature.sort == "block" && values_.empty();
    auto outer = of_block ? std::exchange(used_, {}) : std::set<const IndexVariable*>{};
    Value value = argument(signature, parameter, given, scope);
    if (of_block && !used_.empty() && value.kind == Value::Kind::constant) {
        if (auto made = per_copy(signature, parameter, given, scope)) {
            bound.per_copy.push_back(std::move(*made));
            bound.samples.push_back({parameter.name, std::move(value.constant)});
        } else {
            bound.ok = false;
        }
    } else if (value.kind == Value::Kind::constant) {
        bound.call.arguments.push_back({parameter.name, std::move(value.constant)});
    } else if (value.kind == Value::Kind::scheme) {
        bound.inner = std::move(value.tree);
    } else {
        bound.ok = false;
    }
    if (of_block) used_ = std::move(outer);
}

/// The value for one parameter, converted to what it takes; reported and broken when it does not fit.
Value Elaborator::argument(const Signature& signature, const Parameter& parameter,
                           const std::vector<const ast::Arg*>& given, const ScopePtr& scope) {
    const Wanted wanted{&accepted(parameter), &parameter, &signature};
    if (!parameter.variadic) {
        const ast::ExprPtr& expr = given.front()->value;
        return accept(evaluate(expr, scope, &wanted), wanted, {expr->span, scope->expansion});
    }
    core::List list;
    bool whole = true;
    const auto take = [&](Value value, const Where& where) {
        value = accept(std::move(value), wanted, where);
        whole = whole && value.kind == Value::Kind::constant;
        list.push_back(std::move(value.constant));
    };
    if (given.front()->name) {  // by name: as a list
        const ast::ExprPtr& expr = given.front()->value;
        const Where where{expr->span, scope->expansion};
        Value value = evaluate(expr, scope, &wanted);
        const auto* elements =
            value.kind == Value::Kind::constant ? value.constant.as<core::List>() : nullptr;
        if (elements == nullptr) {
            take(std::move(value), where);
        } else {
            for (const core::Constant& element : *elements)
                take(Value::of(element), where);
        }
    } else {
        for (const ast::Arg* one : given) {
            take(evaluate(one->value, scope, &wanted), {one->value->span, scope->expansion});
        }
    }
    if (!whole) return {};
    if (static_cast<std::int64_t>(list.size()) < parameter.at_least) {
        findings_.error("T0201", {join(given.front()->span, given.back()->span), scope->expansion},
                        of(parameter, signature) + " takes at least " +
                            core::counted(parameter.at_least, "value") + ", not " +
                            std::to_string(list.size()),
                        parameter.doc);
        return {};
    }
    return Value::of(core::Constant{std::move(list)});
}

/// The values of an argument for all combinations of the copy numbers that it uses.
std::optional<PerCopy> Elaborator::per_copy(const Signature& signature, const Parameter& parameter,
                                            const std::vector<const ast::Arg*>& given,
                                            const ScopePtr& scope) {
    const std::vector<const IndexVariable*> indices(used_.begin(), used_.end());
    const Where where{join(given.front()->span, given.back()->span), scope->expansion};
    std::int64_t total = 1;
    for (const IndexVariable* index : indices) {
        if (index->count < 1) return std::nullopt;  // reported
        if (__builtin_mul_overflow(total, index->count, &total) || total > options_.limits.max_actors) {
            findings_.error("T0801", where,
                            "this argument has more values than the limit of " +
                                std::to_string(options_.limits.max_actors) + " actors");
            return std::nullopt;
        }
    }
    struct Table {
        std::vector<std::pair<std::string, std::int64_t>> indices;
        std::vector<core::Constant> values;
    };
    auto table = std::make_shared<Table>();
    table->values.reserve(static_cast<std::size_t>(total));
    for (const IndexVariable* index : indices) {
        table->indices.emplace_back(index->unique, index->count);
        values_[index] = 0;
    }
    bool whole = true;
    for (std::int64_t at = 0; whole && at < total; ++at) {
        std::string copy;
        std::int64_t rest = at;
        for (const IndexVariable* index : indices | std::views::reverse) {
            values_[index] = rest % index->count;
            rest /= index->count;
        }
        const std::size_t before = findings_.errors();
        Value value;
        {
            const Findings::Silence silence(findings_);
            value = argument(signature, parameter, given, scope);
        }
        whole = value.kind == Value::Kind::constant && before == findings_.errors();
        if (!whole) {  // again, to be heard
            for (const IndexVariable* index : indices) {
                copy +=
                    (copy.empty() ? ", for " : ", ") + index->name + " = " + std::to_string(values_[index]);
            }
            findings_.suffix = copy;
            argument(signature, parameter, given, scope);
            findings_.suffix.clear();
        }
        table->values.push_back(std::move(value.constant));
    }
    values_.clear();
    if (!whole) return std::nullopt;
    PerCopy made;
    made.parameter = parameter.name;
    for (const ast::Arg* one : given)
        made.text += (made.text.empty() ? "" : ", ") + format(*one->value);
    made.evaluate = [table](const std::map<std::string, std::int64_t>& copy) {
        std::int64_t at = 0;
        for (const auto& [name, count] : table->indices)
            at = at * count + copy.at(name);
        return table->values.at(static_cast<std::size_t>(at));
    };
    return made;
}

/// The argument was given, or with "by=loss", has that value.
bool Elaborator::holds(const Bound& bound, const std::string& pair) {
    const auto sign = pair.find('=');
    if (sign == std::string::npos) return bound.given.contains(pair);
    const auto* value = bound.call.find(pair.substr(0, sign));
    return value != nullptr && core::to_text(*value) == pair.substr(sign + 1);
}

/// What the arguments ask of each other.
void Elaborator::check_together(const Signature& signature, const Use& use, const ScopePtr& scope,
                                Bound& bound) {
    const auto has = [&](const std::string& name) { return bound.given.find(name) != bound.given.end(); };
    for (const Parameter& parameter : signature.parameters) {
        if (parameter.follows_metric && !has(parameter.name) && bound.ok) {
            const auto words = accepted(parameter).front().symbols;
            for (const core::Argument& argument : bound.call.arguments) {
                const auto* metric = argument.value.as<core::Condition>();
                if (metric == nullptr) continue;
                const bool falls = metrics_ != nullptr && metrics_->falling.contains(metric->metric);
                bound.call.arguments.push_back({parameter.name, {core::Symbol{words.at(falls ? 1 : 0)}}});
                break;
            }
        }
        if (!has(parameter.name)) continue;
        const Where& where = bound.given.find(parameter.name)->second;
        if (!parameter.needs.empty() && !holds(bound, parameter.needs)) {
            std::string needed = parameter.needs;
            if (const auto sign = needed.find('='); sign != std::string::npos) needed.replace(sign, 1, ": ");
            findings_.error("T0216", where,
                            of(parameter, signature) + " makes sense only with `" + needed + "`");
            bound.ok = false;
        }
        for (const std::string& other : parameter.excludes) {
            if (!has(other)) continue;
            findings_
                .error("T0216", where, of(parameter, signature) + " cannot stand with `" + other + "`",
                       "give one of them")
                .related.push_back({bound.given.find(other)->second.span, "given here"});
            bound.ok = false;
        }
        const auto* least = bound.call.find(parameter.at_least_that);
        const auto* value = bound.call.find(parameter.name);
        if (least != nullptr && value != nullptr && value->number() < least->number()) {
            findings_.error("T0205", where,
                            of(parameter, signature) + " must be at least " + core::to_text(*least) +
                                ", its `" + parameter.at_least_that + "`, not " + core::to_text(*value));
            bound.ok = false;
        }
    }
    const auto& one_of = signature.needs_one_of;
    if (bound.ok && !one_of.empty() && std::ranges::none_of(one_of, has)) {
        const Where where{use.name_span, scope->expansion};
        if (signature.loop) {
            findings_.error(
                "T0405", where, "`" + signature.name + "` has no condition that ends it",
                "give it " + alternatives(one_of) + ", for example `" + signature.name + "(rounds: 20)`");
        } else {
            findings_.error("T0201", where, "`" + signature.name + "` needs " + alternatives(one_of));
        }
        bound.ok = false;
    }
}

}  // namespace trama::lang
