#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "trama/lang/source.hpp"

/// Golden tests: tests/golden/<area>/<name>.trama, and beside it <name>.expected, the whole output.
/// UPDATE_GOLDEN=1 in the environment writes the expected files anew; read the difference before you commit
/// it.
///
/// An area is a few lines in a file of its own (see golden_syntax.cpp):
///
///     std::string run(const trama::golden::Case& c) { return ...; }
///     TRAMA_GOLDEN(syntax, run)
namespace trama::golden {

struct Case {
    std::filesystem::path path;
    std::string name;  ///< "missing_comma.trama": messages must not name the machine's folders
    std::string text;
    std::vector<std::string> args;   ///< from a first line `# args: --set rounds=5`
    lang::SourcePtr source() const;  ///< the text under that name

    bool has(const std::string& flag) const;
    /// The values behind every occurrence of an option: `--set a=1 --set b=2`.
    std::vector<std::string> values(const std::string& option) const;
};

/// The area's files, by name; without their ending they are the test names.
std::vector<std::string> cases(const std::string& area);
Case read_case(const std::string& area, const std::string& name);
void compare(const Case& golden, const std::string& actual);
std::string file_text(const std::filesystem::path& path);
std::filesystem::path folder();

}  // namespace trama::golden

#define TRAMA_GOLDEN(area, function)                                                       \
    class area : public testing::TestWithParam<std::string> {};                            \
    GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(area);                                   \
    TEST_P(area, file) {                                                                   \
        const trama::golden::Case golden = trama::golden::read_case(#area, GetParam());    \
        trama::golden::compare(golden, function(golden));                                  \
    }                                                                                      \
    INSTANTIATE_TEST_SUITE_P(golden, area, testing::ValuesIn(trama::golden::cases(#area)), \
                             [](const testing::TestParamInfo<std::string>& info) { return info.param; })
