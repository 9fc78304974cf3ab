#pragma once

#include <memory>

#include "trama/learn/dataset.hpp"
#include "trama/learn/describe.hpp"

namespace trama::learn {

/// The `partition:` argument that every data set takes.
Param partition_parameter();

/// Notes the call that made a data set and its partition, and shares it.
std::shared_ptr<const Dataset> made_by(const core::Call& call, Dataset&& data);

}  // namespace trama::learn
