#pragma once

#include <string>
#include <vector>

#include "trama/lang/diagnostic.hpp"

namespace trama::lang {

std::vector<Explanation> name_explanations();      ///< T01xx
std::vector<Explanation> argument_explanations();  ///< T02xx
std::vector<Explanation> type_explanations();      ///< T03xx
std::vector<Explanation> rate_explanations();      ///< T04xx
std::vector<Explanation> fit_explanations();       ///< T05xx
std::vector<Explanation> outside_explanations();   ///< T06xx to T09xx: files, `--set`, imports, limits, notes

/// Examples are whole files: most begin with these lines.
inline std::string with_client(const std::string& rest) {
    return "data   = digits()\n"
           "net    = mlp(64, 32, 10)\n"
           "client = train(data, optimizer: sgd(lr: 0.1))\n" +
           rest;
}

/// A synchronous round on a star, with this body.
inline std::string with_body(const std::string& body) {
    return with_client("scheme = init(net) >> feedback(rounds: 20) { " + body + " }");
}

}  // namespace trama::lang
