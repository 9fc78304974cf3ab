#include "paths.hpp"

#include <dlfcn.h>

#include <cstdlib>

namespace trama::learn {

std::filesystem::path library_folder() {
    static const char here = 0;  // an address inside this library
    Dl_info info{};
    if (::dladdr(&here, &info) == 0 || info.dli_fname == nullptr) return ".";
    std::error_code failed;
    auto file = std::filesystem::canonical(info.dli_fname, failed);
    return failed ? std::filesystem::path(info.dli_fname).parent_path() : file.parent_path();
}

std::vector<std::filesystem::path> shipped_places(const std::string& file) {
    std::vector<std::filesystem::path> places;
    if (const char* set = std::getenv("TRAMA_DATA_DIR"); set != nullptr && *set != '\0') {
        places.push_back(std::filesystem::path(set) / file);
        return places;
    }
    auto folder = library_folder();
    // lib/, lib64/ and lib/<machine>/ are all in use.
    for (int up = 0; up < 3 && folder.has_relative_path(); ++up) {
        folder = folder.parent_path();
        places.push_back(folder / "share" / "trama" / "data" / file);
    }
    return places;
}

}  // namespace trama::learn
