#pragma once

#include <string>
#include <vector>

#include "../support.hpp"

/// What the tests of aggregation rules share.
namespace trama::test {

/// A rule with its state and the actor it runs in: one round after the other.
struct Server {
    explicit Server(const std::string& name, const Arguments& arguments = {}, std::size_t streams = 0);

    core::Result<core::Value> fold(const core::Values& values);
    /// Folds updates of `from` and goes on with the result.
    core::Model round(const core::Model& from, const std::vector<core::Model>& results);

    Bench bench;
    std::shared_ptr<const learn::Rule> rule;
    core::State state;
    bool started = false;
};

core::Value update(const core::Model& result, const std::shared_ptr<const core::Model>& base);
std::vector<float> floats(const core::Model& model);
core::ParameterSet set(const std::vector<float>& values, const std::string& name = "w");

}  // namespace trama::test
