// Command lines on the pages: commands and options are real, and what calls `trama` runs as it is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "docs/page.hpp"
#include "support/process.hpp"

namespace trama::docs {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// The help of a command, asked for once; empty when there is no such command.
const std::string& help(const std::string& command) {
    static std::map<std::string, std::string> known;
    const auto [at, fresh] = known.emplace(command, "");
    if (fresh) {
        const auto ended = test::trama({command, "--help"});
        if (ended.code == 0) at->second = ended.out;
    }
    return at->second;
}

/// Why a line could not be typed; empty when it could. Of the words behind `trama`, or of another program of
/// ours.
std::string fault(const std::vector<std::string>& line) {
    const auto& program = line.front();
    if (program == "trama") {
        if (line.size() < 2) return {};
        if (line[1] == "--help" || line[1] == "--version") return {};
        const auto& text = help(line[1]);
        if (text.empty()) return "no command " + line[1];
        for (const auto& word : line) {
            if (!word.starts_with("--")) continue;
            const auto option = word.substr(0, word.find('='));
            if (!std::regex_search(text, std::regex("\n  " + option + "\\b"))) return "no option " + option;
        }
    } else if (program.starts_with("scripts/") || program.starts_with(".ci/")) {
        const auto mode =
            fs::exists(root() / program) ? fs::status(root() / program).permissions() : fs::perms::none;
        if ((mode & fs::perms::owner_exec) == fs::perms::none) return "no program " + program;
    } else if (program == "cmake" || program == "ctest") {
        const auto presets = nlohmann::json::parse(test::read_file(root() / "CMakePresets.json"));
        const auto preset = std::ranges::find(line, "--preset");
        if (preset == line.end()) return {};
        const auto* kind = program == "ctest"                                 ? "testPresets"
                           : std::ranges::find(line, "--build") != line.end() ? "buildPresets"
                                                                              : "configurePresets";
        const auto& all = presets.at(kind);
        const bool known =
            std::ranges::any_of(all, [&](const auto& one) { return one.at("name") == preset[1]; });
        if (!known) return "no preset " + preset[1];
    } else if (program != "export" && program != "python3") {
        return "what is " + program + "?";
    }
    return {};
}

/// The lines of all ```sh blocks, with the text of the scheme before each of them.
struct Line {
    std::string text;
    std::string scheme_before;
};

std::vector<Line> lines_of(const Page& page) {
    std::vector<Line> all;
    std::string scheme;
    for (const auto& block : page.blocks) {
        if (block.is("trama")) scheme = block.text;
        if (!block.is("sh")) continue;
        for (const auto& line : split(block.text, '\n')) {
            if (!words(line).empty()) all.push_back({line, scheme});
        }
    }
    return all;
}

/// `trama run`, `scripts/test -L unit`, but not the names of files.
bool is_command(const std::vector<std::string>& line) {
    if (line.empty()) return false;
    const auto& program = line.front();
    if (program == "trama") return line.size() > 1;
    const bool ours = program.starts_with("scripts/") || program.starts_with(".ci/");
    return ours && program.find('.', 1) == std::string::npos;
}

class Commands : public testing::TestWithParam<std::string> {};

TEST_P(Commands, AreReal) {
    const auto page = read(GetParam());
    for (const auto& line : lines_of(page))
        EXPECT_EQ(fault(words(line.text)), "") << line.text;
    for (const auto& code : page.code) {
        // In running text, where words in capitals stand for something: `trama explain CODE`.
        const auto line = words(code);
        if (is_command(line)) {
            EXPECT_EQ(fault(line), "") << code;
        }
    }
}

/// One after the other, in a folder that has the examples; `mine.trama` is the scheme before the line that
/// names it.
TEST_P(Commands, Run) {
    const test::TemporaryFolder folder;
    fs::create_directory_symlink(root() / "examples", folder / "examples");
    const auto page = read(GetParam());
    for (const auto& line : lines_of(page)) {
        if (words(line.text).front() != "trama") continue;
        folder.write("mine.trama", line.scheme_before);
        const auto program = fs::path(TRAMA_BINARY).parent_path().string();
        const auto ended =
            test::Process("/bin/sh", {.arguments = {"-c", "PATH=\"" + program + ":$PATH\"; " + line.text},
                                      .folder = folder.path()})
                .wait();
        EXPECT_EQ(ended.code, 0) << line.text << "\n" << ended.err;
    }
    // A page that lists what a run folder holds lists all of it.
    for (const auto& block : page.blocks) {
        if (!block.text.starts_with("runs/fedavg-1/")) continue;
        std::set<std::string> listed;
        for (const auto& line : split(block.text, '\n')) {
            if (line.starts_with("  ")) listed.insert(words(line).front());
        }
        std::set<std::string> there;
        for (const auto& entry : fs::directory_iterator(folder.path() / "runs/fedavg-1"))
            there.insert(entry.path().filename().string());
        EXPECT_EQ(listed, there);
    }
}

INSTANTIATE_TEST_SUITE_P(Pages, Commands, testing::ValuesIn(pages()),
                         [](const auto& info) { return name_of(info.param); });

TEST(Command, FaultsAreFound) {
    EXPECT_EQ(fault(words("trama run --set rounds=5 --seed=7 x.trama")), "");
    EXPECT_EQ(fault(words("trama rnu x.trama")), "no command rnu");
    EXPECT_EQ(fault(words("trama run --sed 7 x.trama")), "no option --sed");
    EXPECT_EQ(fault(words("scripts/gone")), "no program scripts/gone");
    EXPECT_EQ(fault(words("scripts/packages.txt")), "no program scripts/packages.txt");
    EXPECT_EQ(fault(words("cmake --preset gone")), "no preset gone");
    EXPECT_EQ(fault(words("rm -rf /")), "what is rm?");
}

TEST(Tutorial, HasCommandsAndTheListOfARunFolder) {
    const auto page = read("docs/tutorial.md");
    EXPECT_GE(lines_of(page).size(), 8U);
    EXPECT_TRUE(std::ranges::any_of(page.blocks, [](const Block& block) {
        return block.text.starts_with("runs/fedavg-1/") &&
               block.text.find("summary.json") != std::string::npos;
    }));
}

}  // namespace
}  // namespace trama::docs
