#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

/// The pages for people (README.md, CONTRIBUTING.md, docs/*.md), as far as tests look at them.
namespace trama::docs {

/// What stands between ``` and ```.
struct Block {
    std::vector<std::string> info;  ///< the words behind the opening ```: {"cpp", "include/trama/..."}
    std::string text;
    std::size_t line = 0;  ///< of its first line, from 1

    bool is(const std::string& language) const { return !info.empty() && info.front() == language; }
};

struct Page {
    std::string name;  ///< relative to the root: "docs/tutorial.md"
    std::vector<Block> blocks;
    std::vector<std::string> lines;  ///< outside of blocks, without their code in backticks
    std::vector<std::string> code;   ///< in backticks, outside of blocks
    std::set<std::string> anchors;   ///< of its headings, as GitHub makes them: "where-things-are"

    std::vector<std::string> links() const;  ///< targets of links and images
    /// The cells of the table row whose first cell is that, as written; empty when there is none.
    std::vector<std::string> row(const std::string& first) const;

    std::string text;
};

std::filesystem::path root();
Page parse(std::string name, const std::string& text);
Page read(const std::string& name);
/// All of them, but for docs/grammar.md where `whole_schemes`: what it shows are pieces of the language,
/// which lang_test parses.
std::vector<std::string> pages(bool whole_schemes = false);

/// True when the lines of an excerpt stand in a text, in that order and without others between them;
/// indentation does not count, and a line `// ...` stands for whatever has been left out.
bool occurs(const std::string& excerpt, const std::string& text);

std::vector<std::string> split(const std::string& text, char at);
/// Words of a command line; quotation marks keep words together and are taken off. A comment ends it.
std::vector<std::string> words(const std::string& line);
std::string name_of(const std::string& page);  ///< "docs/add-a-block.md" → "add_a_block"

}  // namespace trama::docs
