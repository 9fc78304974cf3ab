#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace trama::learn {

/// The folder of libtrama_learn, beside libtrama_core; of the program when it is linked into one.
std::filesystem::path library_folder();

/// Where a file that comes with Trama may be ("digits/digits.csv.gz"), best first: $TRAMA_DATA_DIR, then
/// share/trama/data beside the library's folder or above (the installed and the build tree are laid out
/// alike).
std::vector<std::filesystem::path> shipped_places(const std::string& file);

}  // namespace trama::learn
