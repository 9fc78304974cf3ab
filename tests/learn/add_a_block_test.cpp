/// The rule of docs/add-a-block.md is built as it is printed there.

#include "../../examples/custom_rule/capped_mean.cpp"
#include "../../examples/custom_rule/capped_mean_test.cpp"

#include <fstream>
#include <sstream>

namespace trama {
namespace {

std::string read(const std::string& file) {
    std::ifstream stream(TRAMA_SOURCE_DIR "/" + file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

TEST(AddABlock, ThePageShowsTheFilesThatAreBuilt) {
    auto page = read("docs/add-a-block.md");
    for (const char* file :
         {"examples/custom_rule/capped_mean.cpp", "examples/custom_rule/capped_mean_test.cpp"}) {
        auto code = read(file);
        ASSERT_FALSE(code.empty()) << file;
        EXPECT_NE(page.find("```cpp\n" + code + "```\n"), std::string::npos) << file;
        EXPECT_LT(std::ranges::count(code, '\n'), 80) << file;
    }
}

TEST(AddABlock, TheFolderRegistersByFileName) {
    auto script = read("src/learn/register.cmake");
    EXPECT_NE(script.find("rules"), std::string::npos);
    EXPECT_NE(test::builtins().rule("fedavg"),
              nullptr);  // of src/learn/rules/fedavg.cpp, which nothing else names
}

}  // namespace
}  // namespace trama
