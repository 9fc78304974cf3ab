#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "trama/engine/checkpoint.hpp"

/// A checkpoint as JSON, with its tensors beside it.
namespace trama::run {

/// The buffers of a checkpoint, each once however many models share it.
class TensorTable {
  public:
    std::size_t add(const core::ParameterSet& set);  ///< its number
    core::ParameterSet joined() const;               ///< tensor `w` of set 3 is "3/w"

  private:
    std::map<const std::byte*, std::size_t> numbers_;
    std::vector<core::ParameterSet> sets_;
};

nlohmann::json to_json(const engine::Checkpoint& checkpoint, TensorTable& tensors);

/// Nets by their text: a model's architecture is one that the network names.
using Nets = std::map<std::string, std::shared_ptr<const core::Call>>;

/// Throws nlohmann::json::exception or std::exception for anything that `to_json` does not write.
engine::Checkpoint from_json(const nlohmann::json& json, const core::ParameterSet& joined, const Nets& nets);

}  // namespace trama::run
