#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace trama::core {

struct Constant;

struct Duration {
    double seconds = 0;
    friend bool operator==(const Duration&, const Duration&) = default;
};

/// A share of a whole: `1%` is Fraction{0.01}. A type of its own, so that `topk(1)` is not `topk(100%)`.
struct Fraction {
    double value = 0;
    friend bool operator==(const Fraction&, const Fraction&) = default;
};

/// A bare word that a parameter gives a meaning: `iid`, `rr`, `oldest`.
struct Symbol {
    std::string name;
    friend bool operator==(const Symbol&, const Symbol&) = default;
};

using List = std::vector<Constant>;

/// One argument of a call, after the checker has bound it to its parameter.
struct Argument;

/// A constructor applied to constants: `mlp(784, 64, 32, 10)`, `adam(lr: 0.001)`, `fedavg`. A bare name is a
/// call without arguments. Every parameter that has a value (given or default) is in `arguments`, in the
/// order of the signature; a variadic parameter is one List.
struct Call {
    std::string function;  ///< name in the registry
    std::string name;  ///< the user's name for the value (`data = mnist(...)` -> "data"); empty if anonymous
    std::vector<Argument> arguments;
    std::string sort = {};  ///< of the function, as two of different sorts may share a name; empty: not known

    /// The argument of that parameter, or null when it was neither given nor has a default.
    const Constant* find(std::string_view parameter) const;
    friend bool operator==(const Call&, const Call&);
};

/// What an `until:` or `keep:` condition says; metrics are names, read from the tokens of the round.
struct Condition {
    std::string fold;  ///< how a bundle's metrics become one number: mean, min, max, stream
    std::int64_t stream = 0;
    std::string metric;  ///< "accuracy"
    std::string op;      ///< one of < <= > >= == !=
    double value = 0;
    friend bool operator==(const Condition&, const Condition&) = default;
};

/// A value of the language that is known before the run. Values copy, compare and print.
struct Constant {
    using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, Duration, Fraction,
                              Symbol, List, std::shared_ptr<const Call>, Condition>;
    Data data;

    template <class T>
    const T* as() const {
        return std::get_if<T>(&data);
    }
    const Call* call() const;              ///< null if it is not a call
    std::optional<double> number() const;  ///< int64 or double as double
    friend bool operator==(const Constant& a, const Constant& b);
};

struct Argument {
    std::string parameter;
    Constant value;
    friend bool operator==(const Argument&, const Argument&) = default;
};

/// Canonical source text: `mlp(784, 64, 32, 10)`; the same constant gives the same text. Reals print the
/// shortest digits that read back, with a point or an exponent (`1.0`, `1e22`), fractions in percent,
/// durations in seconds. A leading list is written out as a variadic argument; the user's name of a call does
/// not show. Used for hashes, for caching data sets, and in messages.
std::string to_text(const Constant& value);
std::string to_text(const Call& call);

}  // namespace trama::core
