#include <utility>

#include "lang/check/elaborate.hpp"

// `--set name=value`: replaces the value of a top-level constant by one of its type.

namespace trama::lang {
namespace {

bool is_word(const ast::ExprPtr& expr) {
    return expr->as<ast::Reference>() != nullptr;
}

}  // namespace

void Elaborator::apply_set() {
    for (const auto& [name, text] : options_.set)
        set(name, text);
}

void Elaborator::set(const std::string& name, const std::string& text) {
    const auto option = std::make_shared<const Source>("--set", name + "=" + text);
    const Where where{{option, 0, name.size()}, nullptr};
    const auto found = program_.root().names.find(name);
    if (found == program_.root().names.end()) {
        if (!program_.root().complete) return;
        std::vector<std::string> names;
        for (const auto& [known, definition] : program_.root().names) {
            if (!definition->is_def && known != "scheme") names.push_back(known);
        }
        std::string hint = did_you_mean(name, names);
        if (hint.empty()) {
            hint = names.empty() ? "the scheme has no constants" : "there are " + alternatives(names, "and");
        }
        findings_.error("T0701", where, "the scheme has no constant `" + name + "`", std::move(hint));
        return;
    }
    Definition& definition = *found->second;
    if (definition.ambiguous) return;
    const auto source = std::make_shared<const Source>("--set " + name, text);
    const auto parsed = parse_expression(source, options_.limits);
    if (has_errors(parsed.diagnostics)) {
        findings_.take(parsed.diagnostics);
        return;
    }
    const auto value_of = [&](const ast::ExprPtr& expr) {
        auto scope = std::make_shared<Scope>();
        scope->file = &program_.root();
        scope->active = std::make_shared<const Active>(Active{&definition, nullptr});
        return evaluate(expr, scope);
    };
    Value old;
    {
        const Findings::Silence silence(findings_);
        unused_ = true;
        if (!definition.is_def && name != "scheme") old = value_of(definition.value);
        unused_ = false;
    }
    const bool words =
        old.kind == Value::Kind::broken && is_word(definition.value) && is_word(parsed.expression);
    if (definition.is_def || name == "scheme" || old.kind == Value::Kind::scheme) {
        findings_.error("T0702", where, "`" + name + "` is not a constant", "only constants can be set")
            .related.push_back({definition.name.span, "defined here"});
        return;
    }
    if (!words) {
        const std::size_t before = findings_.errors();
        Value value = value_of(parsed.expression);
        if (value.kind == Value::Kind::broken || before != findings_.errors()) return;
        const auto sort_of = [&](const Value& one) {
            const core::Call* call = one.constant.call();
            const Signature* signature = call == nullptr ? nullptr : registry_.find(*call);
            return signature == nullptr ? std::string() : signature->sort;
        };
        const bool widens =
            old.constant.as<double>() != nullptr && value.constant.as<std::int64_t>() != nullptr;
        const bool same = value.kind == Value::Kind::constant &&
                          old.constant.data.index() == value.constant.data.index() &&
                          sort_of(old) == sort_of(value);
        if (old.kind == Value::Kind::constant && !same && !widens) {
            const std::string given =
                value.kind == Value::Kind::scheme ? "a block" : describe(value.constant, registry_);
            findings_
                .error(
                    "T0702", {{source, 0, text.size()}, nullptr},
                    "`" + name + "` is " + describe(old.constant, registry_) + ", it cannot become " + given)
                .related.push_back({definition.name.span, "defined here"});
            return;
        }
    }
    definition.value = parsed.expression;
    definition.constant = nullptr;
}

}  // namespace trama::lang
