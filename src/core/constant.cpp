#include "trama/core/constant.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace trama::core {
namespace {

/// The shortest decimal digits that read back as `value` (finite, not negative), and the power of ten of the
/// point behind the first digit.
struct Decimal {
    std::string digits;
    int exponent = 0;
};

Decimal shortest(double value) {
    std::array<char, 40> buffer{};
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
    const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    const auto e = text.find('e');
    Decimal decimal;
    for (const char c : text.substr(0, e)) {
        if (c != '.') {
            decimal.digits += c;
        }
    }
    const auto digits = text.substr(e + (text[e + 1] == '+' ? 2 : 1));
    std::from_chars(digits.data(), digits.data() + digits.size(), decimal.exponent);
    return decimal;
}

/// Plain notation between 10^-6 and 10^16, else an exponent; `real` keeps a point or an exponent in the text,
/// so that it reads back as a real.
std::string print(const Decimal& decimal, bool real) {
    const auto& [digits, exponent] = decimal;
    const int count = static_cast<int>(digits.size());
    if (exponent < -6 || exponent >= 16) {
        std::string text = digits.substr(0, 1);
        if (count > 1) {
            text += '.' + digits.substr(1);
        }
        return text + 'e' + std::to_string(exponent);
    }
    if (exponent < 0) {
        return "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
    }
    if (count <= exponent + 1) {
        return digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + (real ? ".0" : "");
    }
    const auto point = static_cast<std::size_t>(exponent) + 1;
    return digits.substr(0, point) + '.' + digits.substr(point);
}

std::string number_text(double value, bool real) {
    if (std::isnan(value)) {
        return "nan";
    }
    const std::string sign = std::signbit(value) ? "-" : "";
    return sign + (std::isinf(value) ? "inf" : print(shortest(std::fabs(value)), real));
}

/// A share in percent: of the numbers that are the share again when they are divided by 100, the one with the
/// fewest digits. (0.07 * 100 is 7.000000000000001, but 7 / 100 is 0.07.)
std::string percent_text(double share) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double product = share * 100;
    std::string best;
    for (const double candidate :
         {product, std::nextafter(product, infinity), std::nextafter(product, -infinity)}) {
        auto text = number_text(candidate, false);
        if (candidate / 100 == share && (best.empty() || text.size() < best.size())) {
            best = std::move(text);
        }
    }
    return (best.empty() ? number_text(product, false) : best) + "%";
}

std::string in_quotes(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text) {
        switch (c) {
            case '"':
                result += "\\\"";
                break;
            case '\\':
                result += "\\\\";
                break;
            case '\n':
                result += "\\n";
                break;
            case '\t':
                result += "\\t";
                break;
            default:
                if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f) {
                    result += "\\u{";
                    result += byte < 16 ? std::string_view{} : hex.substr(byte >> 4, 1);
                    result += hex[byte & 15];
                    result += '}';
                } else {
                    result += c;
                }
        }
    }
    return result + '"';
}

std::string elements(const List& list) {
    std::string text;
    for (const auto& element : list) {
        text += (text.empty() ? "" : ", ") + to_text(element);
    }
    return text;
}

struct Printer {
    std::string operator()(std::monostate) const { return "none"; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t value) const { return std::to_string(value); }
    std::string operator()(double value) const { return number_text(value, true); }
    std::string operator()(const std::string& value) const { return in_quotes(value); }
    std::string operator()(Duration value) const { return number_text(value.seconds, false) + "s"; }
    std::string operator()(Fraction value) const { return percent_text(value.value); }
    std::string operator()(const Symbol& value) const { return value.name; }
    std::string operator()(const List& value) const { return "[" + elements(value) + "]"; }
    std::string operator()(const std::shared_ptr<const Call>& value) const {
        return value ? to_text(*value) : "none";
    }
    std::string operator()(const Condition& value) const {
        std::string metric = value.metric;
        if (value.fold == "stream") {
            metric = "stream(" + std::to_string(value.stream) + ", " + metric + ")";
        } else if (!value.fold.empty() && value.fold != "mean") {
            metric = value.fold + "(" + metric + ")";
        }
        if (value.op.empty()) return metric;  // a metric alone
        return metric + " " + value.op + " " + number_text(value.value, true);
    }
};

}  // namespace

const Constant* Call::find(std::string_view parameter) const {
    const auto found = std::ranges::find(arguments, parameter, &Argument::parameter);
    return found == arguments.end() ? nullptr : &found->value;
}

bool operator==(const Call& a, const Call& b) {
    return a.function == b.function && a.name == b.name && a.arguments == b.arguments;
}

const Call* Constant::call() const {
    const auto* pointer = as<std::shared_ptr<const Call>>();
    return pointer != nullptr ? pointer->get() : nullptr;
}

std::optional<double> Constant::number() const {
    if (const auto* integer = as<std::int64_t>()) {
        return static_cast<double>(*integer);
    }
    if (const auto* real = as<double>()) {
        return *real;
    }
    return std::nullopt;
}

bool operator==(const Constant& a, const Constant& b) {
    // Calls compare by what they say, not by where they lie.
    if (a.data.index() == b.data.index() && a.as<std::shared_ptr<const Call>>() != nullptr) {
        const auto* x = a.call();
        const auto* y = b.call();
        return x == y || (x != nullptr && y != nullptr && *x == *y);
    }
    return a.data == b.data;
}

std::string to_text(const Constant& value) {
    return std::visit(Printer{}, value.data);
}

std::string to_text(const Call& call) {
    if (call.arguments.empty()) {
        return call.function;
    }
    std::string text;
    for (const auto& argument : call.arguments) {
        text += text.empty() ? "" : ", ";
        // A leading list is a variadic parameter, which is written out: mlp(784, 64, 10).
        const auto* list = &argument == &call.arguments.front() ? argument.value.as<List>() : nullptr;
        text += list != nullptr && !list->empty() ? elements(*list)
                                                  : argument.parameter + ": " + to_text(argument.value);
    }
    return call.function + "(" + text + ")";
}

}  // namespace trama::core
