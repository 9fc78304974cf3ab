#include <charconv>
#include <string>
#include <system_error>

#include "lang/syntax/lexer.hpp"

// Numbers with their units: 12, 1_000, 0.5, 1e-3, 1%, 30s.

namespace trama::lang {
namespace {

std::string unit_hint(std::string_view number, std::string_view unit) {
    struct Habit {
        std::string_view written;
        std::string_view unit;
    };
    static constexpr Habit habits[] = {
        {"sec", "s"},     {"secs", "s"},   {"second", "s"},   {"seconds", "s"},   {"S", "s"},
        {"m", "min"},     {"mins", "min"}, {"minute", "min"}, {"minutes", "min"}, {"hr", "h"},
        {"hrs", "h"},     {"hour", "h"},   {"hours", "h"},    {"H", "h"},         {"msec", "ms"},
        {"millis", "ms"}, {"pct", "%"},    {"percent", "%"}};
    for (const Habit& habit : habits) {
        if (habit.written == unit) return "write `" + std::string(number) + std::string(habit.unit) + "`";
    }
    if (unit[0] == 'x' || unit[0] == 'b' || unit[0] == 'o') {
        if (number == "0") return "numbers are decimal";
    }
    return "units are ms, s, min, h and %";
}

}  // namespace

bool Lexer::digits(bool& bad_underscore) {
    if (!is_digit(at(at_))) return false;
    while (is_digit(at(at_)) || at(at_) == '_') {
        if (at(at_) == '_' && !is_digit(at(at_ + 1))) {
            if (is_letter(at(at_ + 1)) && at(at_ + 1) != '_')
                break;  // 5_x: the unit is wrong, not the number
            bad_underscore = true;
        }
        ++at_;
    }
    return true;
}

void Lexer::malformed_number(std::size_t begin, std::string message, std::string hint) {
    reporter_.error("T0008", begin, at_, std::move(message), std::move(hint));
}

void Lexer::number() {
    const std::size_t begin = at_;
    bool bad_underscore = false;
    bool real = false;
    bool malformed = false;
    const bool bare_point = at(at_) == '.';
    digits(bad_underscore);
    if (at(at_) == '.') {
        real = true;
        ++at_;
        if (!digits(bad_underscore)) {
            malformed = true;
            malformed_number(begin,
                             shown_text(text_.substr(begin, at_ - begin)) + " has no digits behind the point",
                             "write `" + std::string(text_.substr(begin, at_ - begin)) + "0`");
        }
    }
    if (bare_point) {
        malformed = true;
        malformed_number(begin,
                         shown_text(text_.substr(begin, at_ - begin)) + " has no digit before the point",
                         "write `0" + std::string(text_.substr(begin, at_ - begin)) + "`");
    }
    if (at(at_) == 'e' || at(at_) == 'E') {
        const std::size_t sign = at(at_ + 1) == '+' || at(at_ + 1) == '-' ? 1 : 0;
        if (is_digit(at(at_ + 1 + sign))) {
            real = true;
            at_ += 1 + sign;
            digits(bad_underscore);
        } else if (sign == 1 || !is_letter(at(at_ + 1))) {
            at_ += 1 + sign;
            malformed = true;
            malformed_number(begin,
                             shown_text(text_.substr(begin, at_ - begin)) + " has no digits in its exponent",
                             "write, for example, `1e-3`");
        }
    }
    std::string plain;  // as from_chars reads it
    for (const char c : text_.substr(begin, at_ - begin)) {
        if (c != '_') plain += c;
    }
    if (plain.front() == '.') plain.insert(0, "0");
    const std::string written(text_.substr(begin, at_ - begin));
    if (!malformed && at(at_) == '.' && is_digit(at(at_ + 1))) {
        while (at(at_) == '.' || is_digit(at(at_)))
            ++at_;
        malformed = true;
        malformed_number(begin, shown_text(text_.substr(begin, at_ - begin)) + " is not a number",
                         "a number has one decimal point");
    }
    if (bad_underscore && !malformed) {
        malformed = true;
        malformed_number(begin, "misplaced `_` in " + shown_text(written),
                         "`_` stands between two digits: `1_000`");
    }
    const std::size_t unit_begin = at_;
    if (at(at_) == '%') {
        ++at_;
    } else {
        while (is_letter(at(at_)) || is_digit(at(at_)))
            ++at_;
    }
    const std::string_view unit = text_.substr(unit_begin, at_ - unit_begin);
    const Unit* known = nullptr;
    for (const Unit& candidate : units) {
        if (candidate.text == unit) known = &candidate;
    }
    if (!unit.empty() && known == nullptr && !malformed) {
        reporter_.error("T0009", unit_begin, at_, "unknown unit " + shown_text(unit),
                        unit_hint(written, unit));
    }

    ast::Literal literal;
    literal.text = text_.substr(begin, at_ - begin);
    const char* const first = plain.data();
    const char* const last = plain.data() + plain.size();
    bool in_range = true;
    if (!real && unit.empty()) {
        in_range = std::from_chars(first, last, literal.integer).ec != std::errc::result_out_of_range;
        if (!in_range && !malformed) {
            reporter_.error(
                "T0007", begin, at_, "the integer " + shown_text(literal.text) + " is too large",
                "the largest is 9223372036854775807; a real is written with a point or an exponent");
        }
        return push_literal(std::move(literal), begin);
    }
    double value = 0;
    in_range = std::from_chars(first, last, value).ec != std::errc::result_out_of_range;
    if (!in_range && !malformed) {
        reporter_.error("T0007", begin, at_,
                        "the number " + shown_text(literal.text) + " is outside the range of reals",
                        "reals are 64-bit: from about 1e-308 to 1e308");
        value = 0;
    }
    literal.kind = ast::Literal::Kind::real;
    if (known != nullptr && unit == "%") {
        literal.kind = ast::Literal::Kind::fraction;
        value /= 100;
    } else if (known != nullptr) {
        literal.kind = ast::Literal::Kind::duration;
        value = unit == "ms" ? value / 1000 : value * known->seconds;
    }
    literal.real = value;
    push_literal(std::move(literal), begin);
}

}  // namespace trama::lang
