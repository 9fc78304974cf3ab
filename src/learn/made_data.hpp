#pragma once

#include <memory>

#include "trama/learn/dataset.hpp"
#include "trama/learn/describe.hpp"

namespace trama::learn {

/// The `partition:` argument that every data set takes.
Param partition_parameter();

/// What data sets of pictures take: `augment:` and `normalise:`.
Describe&& takes_pictures(Describe&& description);

/// Notes the call that made a data set, does what the arguments above say, and shares it.
std::shared_ptr<const Dataset> made_by(const core::Call& call, Dataset&& data);

}  // namespace trama::learn
