#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/core/parameter_set.hpp"

/// The JSON header of a safetensors file (https://huggingface.co/docs/safetensors, "Format").
namespace trama::core {

/// How a tensor lies in the file, and whether it is widened when it is read.
enum class Stored : std::uint8_t { plain, half, bfloat };

struct HeaderTensor {
    Entry entry;  ///< as it will be in memory; `offset` is not set
    Stored stored = Stored::plain;
    std::uint64_t begin = 0;  ///< bytes from the start of the data
    std::uint64_t bytes = 0;  ///< in the file
};

struct Header {
    std::vector<HeaderTensor> tensors;  ///< in the order of the header
    std::map<std::string, std::string> metadata;
};

/// The error of a file that is not what it says.
tl::unexpected<Error> broken(const std::string& where, std::string what);

/// Checks everything: types, shapes against sizes, and that the tensors cover `data_bytes` without holes or
/// overlaps. Errors: kind `data`, naming `where`.
Result<Header> parse_header(std::string_view json, std::uint64_t data_bytes, const std::string& where);

/// The header of a set, padded with spaces to a multiple of 8 bytes. Errors: kind `data` (a name that is not
/// UTF-8).
Result<std::string> print_header(const ParameterSet& tensors,
                                 const std::map<std::string, std::string>& metadata,
                                 const std::string& where);

}  // namespace trama::core
