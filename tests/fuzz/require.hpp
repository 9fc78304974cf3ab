#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace trama::fuzz {

/// What holds for every input. When it does not, the fuzzer keeps the input; `about` is shown with it.
inline void require(bool holds, const char* what, const std::string& about) {
    if (holds) return;
    std::fprintf(stderr, "%s:\n%s\n", what, about.c_str());
    std::abort();
}

}  // namespace trama::fuzz
