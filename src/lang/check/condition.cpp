#include <utility>

#include "lang/check/elaborate.hpp"

// Metrics and conditions on them. Metric names have a namespace of their own: what the blocks of the body
// write.

namespace trama::lang {
namespace {

bool is_fold(std::string_view name) {
    return name == "mean" || name == "min" || name == "max" || name == "stream";
}

std::string flipped(const std::string& op) {
    if (op == "<") return ">";
    if (op == "<=") return ">=";
    if (op == ">") return "<";
    if (op == ">=") return "<=";
    return op;
}

}  // namespace

bool Elaborator::is_metric(std::string_view name) const {
    return metrics_ != nullptr && metrics_->names.find(name) != metrics_->names.end();
}

/// Collects the names that a body's blocks write, those of their rules included.
void Elaborator::enter_metrics(Tree& body) {
    auto metrics = std::make_shared<Metrics>();
    bool whole = true;
    const auto add = [&](const Signature& signature) {
        metrics->names.insert(signature.metrics.begin(), signature.metrics.end());
        metrics->falling.insert(signature.falling.begin(), signature.falling.end());
    };
    walk(body, [&](Tree& tree) {
        if (tree.as<Broken>() != nullptr) whole = false;
        const auto* block = tree.as<BlockTree>();
        if (block == nullptr) return;
        add(*block->signature);
        for (const core::Argument& argument : block->call.arguments) {
            const core::Call* call = argument.value.call();
            const Signature* signature = call == nullptr ? nullptr : registry_.find(*call);
            if (signature != nullptr && signature->sort == "rule") add(*signature);
        }
    });
    metrics_ = whole ? metrics : nullptr;
}

bool Elaborator::is_metric_like(const ast::ExprPtr& expr, const ScopePtr& scope) const {
    if (const auto* parens = expr->as<ast::Parens>()) return is_metric_like(parens->inner, scope);
    if (const auto* call = expr->as<ast::Call>()) return is_fold(call->function.text);
    const auto* reference = expr->as<ast::Reference>();
    if (reference == nullptr) return false;
    if (const Closure* argument = closure(reference->name, *scope)) {
        return is_metric_like(argument->expr, argument->scope);
    }
    return is_metric(reference->name) || top_level(reference->name, *scope) == nullptr;
}

std::optional<core::Condition> Elaborator::metric(const ast::ExprPtr& expr, const ScopePtr& scope) {
    const Where where{expr->span, scope->expansion};
    if (const auto* parens = expr->as<ast::Parens>()) return metric(parens->inner, scope);
    if (const auto* reference = expr->as<ast::Reference>()) {
        if (const Closure* argument = closure(reference->name, *scope))
            return metric(argument->expr, argument->scope);
        if (metrics_ != nullptr && !is_metric(reference->name)) {
            const std::vector<std::string> names(metrics_->names.begin(), metrics_->names.end());
            std::string hint = did_you_mean(reference->name, names);
            if (hint.empty()) {
                hint = names.empty() ? "measure with `test(data)` in the body"
                                     : "its blocks measure " + alternatives(names, "and");
            }
            findings_.error("T0215", where, "nothing in the body measures `" + reference->name + "`",
                            std::move(hint));
            return std::nullopt;
        }
        core::Condition condition;
        condition.fold = "mean";
        condition.metric = reference->name;
        return condition;
    }
    const auto* call = expr->as<ast::Call>();
    if (call == nullptr || !is_fold(call->function.text)) {
        findings_.error("T0218", where,
                        "a metric is a name such as `accuracy`, or `min(accuracy)`, `max(accuracy)`, "
                        "`mean(accuracy)`, `stream(2, accuracy)`");
        return std::nullopt;
    }
    const std::string& fold = call->function.text;
    const std::size_t count = fold == "stream" ? 2 : 1;
    bool plain = call->arguments.size() == count && !call->body;
    for (const ast::Arg& argument : call->arguments)
        plain = plain && !argument.name;
    if (!plain) {
        findings_.error("T0218", where,
                        fold == "stream" ? "`stream` takes a stream's number and a metric"
                                         : "`" + fold + "` takes one metric",
                        fold == "stream" ? "for example `stream(2, accuracy)`; streams count from 0"
                                         : "for example `" + fold + "(accuracy)`");
        return std::nullopt;
    }
    auto condition = metric(call->arguments.back().value, scope);
    if (!condition) return std::nullopt;
    condition->fold = fold;
    if (fold == "stream") {
        const auto number = whole(call->arguments.front().value, scope, "the number of a stream");
        if (!number) return std::nullopt;
        if (*number < 0) {
            findings_.error("T0205", {call->arguments.front().span, scope->expansion},
                            "there is no stream " + std::to_string(*number), "streams count from 0");
            return std::nullopt;
        }
        condition->stream = *number;
    }
    return condition;
}

Value Elaborator::condition(const ast::Binary& binary, const ScopePtr& scope, const Where& where,
                            const Wanted& wanted) {
    const bool left = is_metric_like(binary.left, scope);
    if (!left && !is_metric_like(binary.right, scope)) {
        findings_.error("T0218", where, "this condition compares no metric",
                        "for example `accuracy >= 0.97`");
        return {};
    }
    auto condition = metric(left ? binary.left : binary.right, scope);
    const ast::ExprPtr& number = left ? binary.right : binary.left;
    const Value value = evaluate(number, scope);
    if (!condition || value.kind == Value::Kind::broken) return {};
    condition->op = left ? binary.op : flipped(binary.op);
    if (value.kind == Value::Kind::constant) {
        if (const auto plain = value.constant.number()) {
            condition->value = *plain;
            return Value::of(core::Constant{*condition});
        }
        if (const auto* share = value.constant.as<core::Fraction>()) {
            condition->value = share->value;
            return Value::of(core::Constant{*condition});
        }
    }
    findings_.error(
        "T0218", {number->span, scope->expansion},
        "`" + wanted.parameter->name + "` compares a metric with a number, not with " +
            (value.kind == Value::Kind::scheme ? "a block" : describe(value.constant, registry_)));
    return {};
}

}  // namespace trama::lang
