#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/delta.hpp"
#include "trama/core/model.hpp"

/// What the functions and rules are given: the same everywhere, by integers and exact operations alone.
namespace trama::portable {

/// Doubles of every size: zeros, subnormals, halves of ulps around powers of two, huge ones, infinities, NaN.
std::vector<double> sweep();

/// Floats between 2^-20 and 2^8 of both signs, some zeros and subnormals among them.
std::vector<float> floats(std::size_t count, std::string_view purpose);

/// One tensor of each type, with NaNs that carry something and with both signs, as operations of different
/// instruction sets make them.
core::ParameterSet of_every_type();

core::ParameterSet set(const std::vector<float>& values, const std::string& name = "w");
core::Model model(const std::vector<float>& values, double weight);

/// One of every shape with every way to write values, by name: "sparse-signs".
std::map<std::string, core::Delta> deltas();

}  // namespace trama::portable
