#pragma once

#include <string>

namespace trama::test {

/// Federated averaging on the digits; small, so that a run takes a moment.
inline std::string small_scheme(const std::string& feedback = "rounds: rounds") {
    return "rounds = 2\n"
           "data   = digits()\n"
           "client = train(data, optimizer: adam(lr: 0.01), batch: 32)\n"
           "\n"
           "scheme = init(mlp(64, 16, 10)) >> feedback(" +
           feedback +
           ") {\n"
           "    broadcast >> [| client |]^4 >> reduce(fedavg) >> test(data)\n"
           "}\n";
}

/// One that does not end by itself within a test's time.
inline std::string endless_scheme() {
    return small_scheme("rounds: 1000000");
}

}  // namespace trama::test
