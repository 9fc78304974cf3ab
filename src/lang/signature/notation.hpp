#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The small notations of Signature::type and Parameter::type, read into trees.
namespace trama::lang {

/// `Model`, `A`, `[A]`, `A^n`, `A^4`, `A^*`, `()`.
struct TypeTerm {
    enum class Kind { nothing, payload, variable, shape, list, bundle };
    Kind kind = Kind::nothing;
    std::string name;                       ///< of a payload or a variable; a shape `A^*` is the variable "A"
    std::shared_ptr<const TypeTerm> inner;  ///< of a list or a bundle
    std::string width;                      ///< of a bundle: its variable, empty for a number
    std::int64_t number = 0;
};

/// `A -> B`.
struct FunctionTerm {
    TypeTerm in;
    TypeTerm out;
};

/// One alternative of Parameter::type.
struct Accepted {
    enum class Kind {
        integer,
        real,
        boolean,
        string,
        duration,
        fraction,
        file,
        folder,
        word,
        symbols,
        list,
        metric,
        condition,
        sort,
        rule,
        block,
    };
    Kind kind = Kind::integer;
    std::vector<std::string> symbols;  ///< of one_of
    std::vector<Accepted> elements;    ///< of a list: what an element may be
    std::string sort;                  ///< "data", "net", ...; "rule" for rules
    FunctionTerm function;             ///< of a rule or a block
};

/// All of these throw std::invalid_argument, naming the text, when it is malformed.
FunctionTerm parse_function_term(std::string_view text);
std::vector<Accepted> parse_accepted(std::string_view text);

}  // namespace trama::lang
