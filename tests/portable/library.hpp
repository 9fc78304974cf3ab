#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "golden.hpp"
#include "learn/support.hpp"

/// What the library knows, so that what is new in it cannot be forgotten here.
namespace trama::portable {

/// The names of that sort, of those that `has` knows a runtime of.
std::vector<std::string> names_of(const std::string& sort,
                                  const std::function<bool(const std::string&)>& has);

/// The call with the arguments that it needs: those of the table, defaults for the others. A failure of the
/// test, and an empty call, where the table lacks one.
core::Call example(const std::string& name, const std::string& sort);

/// Seven clients' updates of one base: parameters, buffers, and all that rules ask for. `spoilt`: two of them
/// hold NaN and infinities.
core::Values updates(const core::Model& base, std::int64_t round, bool spoilt = false);
core::Model entering();

/// What came out, or the message of the error.
void add(Digest& digest, const core::Result<core::Value>& result);

/// The values in [begin, end).
std::span<const core::Value> part(const core::Values& values, std::size_t begin, std::size_t end);

}  // namespace trama::portable
