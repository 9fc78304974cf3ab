#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/learn/dataset.hpp"

namespace trama::learn {

struct TextOptions {
    std::filesystem::path file;
    bool by_speaker = false;
    std::int64_t length = 80;  ///< characters of a window
    std::int64_t step = 1;     ///< characters from one window to the next
    double test = 0.2;         ///< share at the end of each part's text that is held out
};

/// Who says what: all that a speaker says, in order, lines ended by newlines.
struct Speech {
    std::string speaker;
    std::string text;
};

/// Parts a play. A speaker is a line of words that ends with `:` or `.` ("First Citizen:"), or words in
/// capitals with `.` or `:` that begin a line ("HAMLET. To be"). What stands before the first speaker, or
/// after a line that begins with ACT or SCENE, is nobody's. In order of names.
std::vector<Speech> speeches(std::string_view play);

/// Windows of a text with the character that follows each: samples are character numbers (bytes), labels too.
/// No window reaches from the training text into the test text. Errors: kind `data` (not UTF-8, with the
/// offset; too short; no speakers).
core::Result<Dataset> read_text(const TextOptions& options);

}  // namespace trama::learn
