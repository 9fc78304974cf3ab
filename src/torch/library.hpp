#pragma once

#include <string>

namespace trama::torch {

/// "libtorch 1.13.0, oneDNN 2.6.3, OpenBLAS 0.3.21 Haswell, AVX2": what a bitwise comparison of two runs needs to know.
std::string describe_libraries();

/// True when matrix products go to an optimised BLAS; Debian installs the reference one unless told
/// otherwise.
bool has_fast_blas();

}  // namespace trama::torch
