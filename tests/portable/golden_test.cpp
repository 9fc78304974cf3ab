#include "golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace trama::portable {
namespace {

/// `name hash`, and behind a `#` what else says that the result is right.
struct Line {
    std::string hash, comment;
};

struct GoldenFile {
    std::string head;  ///< the comments before the first line
    std::map<std::string, Line> lines;
};

std::filesystem::path golden_path() {
    return std::filesystem::path(TRAMA_SOURCE_DIR) / "tests/portable/golden.txt";
}

GoldenFile read() {
    GoldenFile golden;
    std::ifstream file(golden_path());
    for (std::string text; std::getline(file, text);) {
        if (text.empty()) continue;
        if (text.starts_with('#')) {
            golden.head += text + '\n';
            continue;
        }
        const auto mark = std::min(text.find("  # "), text.size());
        const auto space = text.find_last_of(' ', text.find_last_not_of(' ', mark - 1));
        golden.lines[text.substr(0, text.find_last_not_of(' ', space) + 1)] = {
            text.substr(space + 1, 16), mark == text.size() ? std::string() : text.substr(mark + 4)};
    }
    return golden;
}

void write(const GoldenFile& golden) {
    std::ofstream file(golden_path());
    file << golden.head;
    for (const auto& [name, line] : golden.lines) {
        file << name << std::string(name.size() < 40 ? 40 - name.size() : 1, ' ') << line.hash
             << (line.comment.empty() ? "" : "  # " + line.comment) << '\n';
    }
}

Hashes all() {
    Hashes hashes;
    for (auto* add : {add_elementary, add_random, add_bytes, add_texts, add_rules, add_blocks, add_data,
                      add_schedules, add_graphs})
        add(hashes);
    return hashes;
}

TEST(Portable, ResultsAreTheSameOnEveryInstructionSet) {
    const auto made = all();
    auto golden = read();
    if (updating()) {
        std::map<std::string, Line> lines;
        for (const auto& [name, hash] : made)
            lines[name] = {hash, golden.lines[name].comment};
        golden.lines = std::move(lines);
        write(golden);
        return;
    }
    for (const auto& [name, hash] : made) {
        const auto known = golden.lines.find(name);
        if (known == golden.lines.end()) {
            ADD_FAILURE() << "golden.txt has no line for `" << name
                          << "`: see that it is right, then write the line with UPDATE_GOLDEN=1";
        } else {
            EXPECT_EQ(hash, known->second.hash) << name;
        }
    }
    for (const auto& [name, line] : golden.lines)
        EXPECT_TRUE(made.contains(name)) << "golden.txt has `" << name << "`, and nothing is called so";
}

}  // namespace
}  // namespace trama::portable
