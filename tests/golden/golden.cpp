#include "golden/golden.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

namespace trama::golden {

std::filesystem::path folder() {
    return std::filesystem::path(TRAMA_SOURCE_DIR) / "tests" / "golden";
}

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

lang::SourcePtr Case::source() const {
    return std::make_shared<const lang::Source>(name, text);
}

bool Case::has(const std::string& flag) const {
    return std::find(args.begin(), args.end(), flag) != args.end();
}

std::vector<std::string> Case::values(const std::string& option) const {
    std::vector<std::string> found;
    for (std::size_t i = 0; i + 1 < args.size(); ++i) {
        if (args[i] == option) found.push_back(args[i + 1]);
    }
    return found;
}

std::vector<std::string> cases(const std::string& area) {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder() / area, none)) {
        if (entry.path().extension() == ".trama") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Case read_case(const std::string& area, const std::string& name) {
    Case golden;
    golden.path = folder() / area / (name + ".trama");
    golden.name = name + ".trama";
    golden.text = file_text(golden.path);
    constexpr std::string_view mark = "# args:";
    if (golden.text.starts_with(mark)) {
        std::istringstream words(golden.text.substr(mark.size(), golden.text.find('\n') - mark.size()));
        golden.args = {std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
    }
    return golden;
}

void compare(const Case& golden, const std::string& actual) {
    std::filesystem::path expected = golden.path;
    expected.replace_extension(".expected");
    const char* update = std::getenv("UPDATE_GOLDEN");
    if (update != nullptr && *update != '\0') {
        std::ofstream(expected, std::ios::binary) << actual;
        return;
    }
    ASSERT_TRUE(std::filesystem::exists(expected)) << expected << " is missing; the output is:\n" << actual;
    EXPECT_EQ(file_text(expected), actual) << golden.path;
}

}  // namespace trama::golden
