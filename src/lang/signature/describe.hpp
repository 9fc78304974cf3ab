#pragma once

#include <string>
#include <utility>

#include "trama/lang/signature.hpp"

/// Short ways to write the language's own signatures.
namespace trama::lang {

inline Parameter parameter(std::string name, std::string type, std::string doc) {
    Parameter made;
    made.name = std::move(name);
    made.type = std::move(type);
    made.doc = std::move(doc);
    return made;
}

inline Parameter with_default(Parameter made, std::string fallback) {
    made.fallback = std::move(fallback);
    return made;
}

inline Parameter optional(Parameter made) {
    made.optional = true;
    return made;
}

inline Parameter at_least(Parameter made, double minimum) {
    made.minimum = minimum;
    return made;
}

inline Parameter above_zero(Parameter made) {
    made.minimum = 0;
    made.above_minimum = true;
    return made;
}

inline Signature signature(std::string name, std::string sort, std::string type, std::string group) {
    Signature made;
    made.name = std::move(name);
    made.sort = std::move(sort);
    made.type = std::move(type);
    made.group = std::move(group);
    return made;
}

void add_distribution_blocks(Registry& registry);  ///< one stream to many
void add_collection_blocks(Registry& registry);    ///< many to one, neighbours, folds
void add_loop_blocks(Registry& registry);          ///< feedback, tap, queue, named edges
void add_topologies(Registry& registry);           ///< graphs and weights of exchange
void add_sites(Registry& registry);

}  // namespace trama::lang
