#include "docs/page.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>
#include <sstream>
#include <utility>

#include "support/process.hpp"

namespace trama::docs {
namespace {

namespace fs = std::filesystem;

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

std::vector<std::string> trimmed_lines(const std::string& text) {
    auto lines = split(text, '\n');
    for (auto& line : lines)
        line = trimmed(line);
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    return lines;
}

/// Lower case, blanks as hyphens, letters and digits and hyphens only.
std::string anchor_of(const std::string& heading) {
    std::string anchor;
    for (const char c : trimmed(heading)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ' ') anchor += '-';
        if (std::isalnum(byte) != 0 || c == '-' || c == '_' || byte >= 0x80)
            anchor += static_cast<char>(std::tolower(byte));
    }
    return anchor;
}

/// Takes the code in backticks out of a line.
std::string without_code(const std::string& line, std::vector<std::string>& code) {
    std::string rest;
    std::size_t at = 0;
    while (at < line.size()) {
        const auto open = line.find('`', at);
        rest += line.substr(at, open - at);
        if (open == std::string::npos) break;
        const auto text = line.find_first_not_of('`', open);
        const auto close = text == std::string::npos ? text : line.find(std::string(text - open, '`'), text);
        if (close == std::string::npos) break;
        code.push_back(trimmed(line.substr(text, close - text)));
        at = close + (text - open);
    }
    return rest;
}

}  // namespace

fs::path root() {
    return TRAMA_SOURCE_DIR;
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);)
        parts.push_back(part);
    return parts;
}

std::vector<std::string> words(const std::string& line) {
    std::vector<std::string> all;
    std::string word;
    bool inside = false;
    char quote = 0;
    for (const char c : line) {
        if (quote != 0) {
            if (c == quote) {
                quote = 0;
            } else {
                word += c;
            }
        } else if (c == '"' || c == '\'') {
            quote = c;
            inside = true;
        } else if (c == ' ') {
            if (inside) all.push_back(std::exchange(word, {}));
            inside = false;
        } else {
            if (c == '#' && !inside) break;
            word += c;
            inside = true;
        }
    }
    if (inside) all.push_back(word);
    return all;
}

std::string name_of(const std::string& page) {
    auto name = fs::path(page).stem().string();
    std::ranges::replace(name, '-', '_');
    return name;
}

Page parse(std::string name, const std::string& text) {
    Page page;
    page.name = std::move(name);
    page.text = text;
    Block* block = nullptr;
    std::map<std::string, int> headings;
    std::size_t number = 0;
    for (const auto& line : split(text, '\n')) {
        ++number;
        // Code in a line may begin with three backticks too, but then there are some behind it.
        if (line.starts_with("```") && line.find('`', 3) == std::string::npos) {
            const bool opens = block == nullptr;
            block = opens ? &page.blocks.emplace_back() : nullptr;
            if (opens) *block = {words(line.substr(3)), {}, number + 1};
        } else if (block != nullptr) {
            block->text += line + "\n";
        } else {
            if (const auto level = line.find_first_not_of('#');
                line.starts_with('#') && level != std::string::npos && line[level] == ' ') {
                auto anchor = anchor_of(line.substr(level));
                const auto before = headings[anchor]++;
                if (before > 0) anchor += "-" + std::to_string(before);
                page.anchors.insert(anchor);
            }
            page.lines.push_back(without_code(line, page.code));
        }
    }
    return page;
}

Page read(const std::string& name) {
    return parse(name, test::read_file(root() / name));
}

std::vector<std::string> pages(bool whole_schemes) {
    std::vector<std::string> all{"README.md", "CONTRIBUTING.md"};
    for (const auto& entry : fs::directory_iterator(root() / "docs")) {
        if (entry.path().extension() == ".md") all.push_back("docs/" + entry.path().filename().string());
    }
    if (whole_schemes) std::erase(all, "docs/grammar.md");
    std::ranges::sort(all);
    return all;
}

std::vector<std::string> Page::links() const {
    static const std::regex link(R"(\]\(([^)\s]+)\))");
    std::vector<std::string> all;
    for (const auto& line : lines) {
        for (std::sregex_iterator at(line.begin(), line.end(), link), end; at != end; ++at)
            all.push_back((*at)[1]);
    }
    return all;
}

std::vector<std::string> Page::row(const std::string& first) const {
    for (const auto& line : split(text, '\n')) {
        if (!line.starts_with("| " + first + " |")) continue;
        auto cells = split(line, '|');
        cells.erase(cells.begin());
        std::ranges::transform(cells, cells.begin(), trimmed);
        return cells;
    }
    return {};
}

bool occurs(const std::string& excerpt, const std::string& text) {
    const auto wanted = trimmed_lines(excerpt);
    const auto there = trimmed_lines(text);
    auto from = there.begin();
    for (auto begin = wanted.begin(); begin != wanted.end();) {
        const auto end = std::find(begin, wanted.end(), "// ...");
        const auto found = std::search(from, there.end(), begin, end);
        if (found == there.end()) return false;
        from = found + (end - begin);
        begin = end == wanted.end() ? end : end + 1;
    }
    return !wanted.empty();
}

}  // namespace trama::docs
