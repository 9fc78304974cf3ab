#include <cmath>
#include <optional>
#include <utility>

#include "lang/check/elaborate.hpp"

// Constant arithmetic. Whole numbers stay whole where the result is; shares and durations are types of their
// own: they add up with their like, and are scaled by numbers.

namespace trama::lang {
namespace {

enum class Sort { whole, real, fraction, duration };

struct Number {
    Sort sort;
    std::int64_t whole = 0;
    double real = 0;  ///< of every sort
};

std::optional<Number> number_of(const core::Constant& constant) {
    if (const auto* whole = constant.as<std::int64_t>()) {
        return Number{Sort::whole, *whole, static_cast<double>(*whole)};
    }
    if (const auto* real = constant.as<double>()) return Number{Sort::real, 0, *real};
    if (const auto* fraction = constant.as<core::Fraction>())
        return Number{Sort::fraction, 0, fraction->value};
    if (const auto* duration = constant.as<core::Duration>())
        return Number{Sort::duration, 0, duration->seconds};
    return std::nullopt;
}

core::Constant constant_of(Sort sort, double value) {
    if (sort == Sort::fraction) return {core::Fraction{value}};
    if (sort == Sort::duration) return {core::Duration{value}};
    return {value};
}

bool is_plain(Sort sort) {
    return sort == Sort::whole || sort == Sort::real;
}

/// The sort of the result, or nothing when the two do not go together. Never `whole`.
std::optional<Sort> result_sort(const std::string& op, Sort left, Sort right) {
    if (is_plain(left) && is_plain(right)) return Sort::real;
    if (op == "+" || op == "-") return left == right ? std::optional(left) : std::nullopt;
    if (op == "*") {
        if (is_plain(left)) return right;
        if (is_plain(right)) return left;
        if (left == Sort::fraction) return right;  // 10% of 30s
        return right == Sort::fraction ? std::optional(left) : std::nullopt;
    }
    if (left == right) return Sort::real;
    return is_plain(right) ? std::optional(left) : std::nullopt;
}

/// Whole-number arithmetic; `overflow` tells that the result is too large. Nothing for a division with a
/// rest.
std::optional<std::int64_t> whole_result(const std::string& op, std::int64_t a, std::int64_t b,
                                         bool& overflow) {
    std::int64_t result = 0;
    if (op == "+") {
        overflow = __builtin_add_overflow(a, b, &result);
    } else if (op == "-") {
        overflow = __builtin_sub_overflow(a, b, &result);
    } else if (op == "*") {
        overflow = __builtin_mul_overflow(a, b, &result);
    } else {
        overflow = b == -1 && a == std::numeric_limits<std::int64_t>::min();
        if (overflow || a % b != 0) return std::nullopt;
        result = a / b;
    }
    return overflow ? std::nullopt : std::optional(result);
}

bool is_comparison(const std::string& op) {
    return op == "<" || op == "<=" || op == ">" || op == ">=" || op == "==" || op == "!=";
}

}  // namespace

Value Elaborator::unary(const ast::Unary& unary, const ScopePtr& scope, const Where& where) {
    const Value value = evaluate(unary.operand, scope);
    if (value.kind == Value::Kind::broken) return {};
    const auto number = value.kind == Value::Kind::constant ? number_of(value.constant) : std::nullopt;
    if (!number) {
        findings_.error(
            "T0209", where,
            "`" + unary.op + "` takes a number, not " +
                (value.kind == Value::Kind::scheme ? "a block" : describe(value.constant, registry_)));
        return {};
    }
    if (number->sort != Sort::whole) return Value::of(constant_of(number->sort, -number->real));
    if (number->whole == std::numeric_limits<std::int64_t>::min()) {
        findings_.error("T0211", where, "the result does not fit into 64 bits");
        return {};
    }
    return Value::of(core::Constant{-number->whole});
}

Value Elaborator::binary(const ast::Binary& binary, const ScopePtr& scope, const Where& where,
                         const Wanted* wanted) {
    if (is_comparison(binary.op)) {
        if (wanted != nullptr && wanted->takes(Accepted::Kind::condition)) {
            return condition(binary, scope, where, *wanted);
        }
        if (unused_ && wanted == nullptr) {
            findings_.count_hidden();
            return {};
        }
        findings_.error("T0218", where, "a comparison stands only where a condition is taken",
                        "for example `feedback(until: accuracy >= 0.97) { ... }`");
        return {};
    }
    const Value left = evaluate(binary.left, scope), right = evaluate(binary.right, scope);
    if (left.kind == Value::Kind::broken || right.kind == Value::Kind::broken) return {};
    const auto text = [&](const Value& value) {
        return value.kind == Value::Kind::scheme ? std::string("a block")
                                                 : describe(value.constant, registry_);
    };
    const auto a = left.kind == Value::Kind::constant ? number_of(left.constant) : std::nullopt;
    const auto b = right.kind == Value::Kind::constant ? number_of(right.constant) : std::nullopt;
    const auto sort = a && b ? result_sort(binary.op, a->sort, b->sort) : std::nullopt;
    if (!sort) {
        auto& finding = findings_.error(
            "T0209", where, "`" + binary.op + "` does not go with " + text(left) + " and " + text(right));
        if (left.kind == Value::Kind::scheme || right.kind == Value::Kind::scheme) {
            finding.hint = "blocks are joined by `>>`, and copied by `[| block |]^n`";
        } else if (a && b) {
            finding.hint = "shares and durations add up with their like only";
        }
        return {};
    }
    if (binary.op == "/" && b->real == 0) {
        findings_.error("T0210", where, "division by zero");
        return {};
    }
    if (a->sort == Sort::whole && b->sort == Sort::whole) {
        bool overflow = false;
        if (const auto result = whole_result(binary.op, a->whole, b->whole, overflow)) {
            return Value::of(core::Constant{*result});
        }
        if (overflow) {
            findings_.error("T0211", where, "the result does not fit into 64 bits",
                            "with a point, as in `1e3`, numbers are reals and reach further");
            return {};
        }
    }
    double result = 0;
    if (binary.op == "+") result = a->real + b->real;
    if (binary.op == "-") result = a->real - b->real;
    if (binary.op == "*") result = a->real * b->real;
    if (binary.op == "/") result = a->real / b->real;
    if (!std::isfinite(result)) {
        findings_.error("T0211", where, "the result is too large for a number");
        return {};
    }
    return Value::of(constant_of(*sort, result));
}

}  // namespace trama::lang
