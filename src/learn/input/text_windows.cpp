#include "text_windows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "characters.hpp"
#include "input_file.hpp"
#include "lang/syntax/utf8.hpp"

namespace trama::learn {

namespace {

constexpr std::size_t largest_text = std::size_t{1} << 30;
constexpr std::size_t longest_name = 40;

tl::unexpected<core::Error> wrong(const TextOptions& options, std::string what, std::string hint = {}) {
    return core::fail(core::ErrorKind::data, fmt::format("`{}` {}", options.file.string(), what), {},
                      std::move(hint));
}

bool is_capital(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_letter(char c) {
    return is_capital(c) || (c >= 'a' && c <= 'z');
}
bool is_in_names(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == ' ' || c == '-' || c == '\'';
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

struct Line {
    std::string_view speaker;  // empty: the speaker goes on
    std::string_view text;
};

Line understood(std::string_view line) {
    line = without_blanks(line);
    auto end = std::find_if_not(line.begin(), line.end(), is_in_names);
    const auto name = line.substr(0, static_cast<std::size_t>(end - line.begin()));
    if (end == line.end() || (*end != '.' && *end != ':') || name.empty() || name.size() > longest_name ||
        !is_capital(name.front()))
        return {{}, line};
    const bool capitals = name.size() > 1 && std::none_of(name.begin(), name.end(), [](char c) {
                              return is_letter(c) && !is_capital(c);
                          });
    const auto rest = line.substr(name.size() + 1);
    // "Go." alone is a sentence: without a colon, a name is in capitals.
    if (capitals ? rest.empty() || rest.front() == ' ' || rest.front() == '\t' : rest.empty() && *end == ':')
        return {name, without_blanks(rest)};
    return {{}, line};
}

bool begins_scene(std::string_view line) {
    line = without_blanks(line);
    return line.starts_with("ACT ") || line.starts_with("SCENE ");
}

std::vector<std::uint8_t> numbers_of(std::string_view text) {
    std::vector<std::uint8_t> numbers;
    for (std::size_t at = 0; at < text.size();) {
        const auto point = lang::decode(text, at);
        at += point.size;
        if (point.code != '\r') numbers.push_back(character_number(point.code));
    }
    return numbers;
}

/// Windows of [begin, end): the character after a window is in there, too.
void cut(const std::vector<std::uint8_t>& text, std::size_t begin, std::size_t end,
         const TextOptions& options, std::int32_t group, Samples& into) {
    const auto length = static_cast<std::size_t>(options.length);
    for (auto at = begin; at + length < end; at += static_cast<std::size_t>(options.step)) {
        const auto from = text.begin() + static_cast<std::ptrdiff_t>(at);
        into.bytes.insert(into.bytes.end(), from, from + static_cast<std::ptrdiff_t>(length));
        into.labels.push_back(text[at + length]);
        if (group >= 0) into.groups.push_back(group);
        ++into.count;
    }
}

}  // namespace

std::vector<Speech> speeches(std::string_view play) {
    std::map<std::string, std::string, std::less<>> by_name;
    std::string* now = nullptr;
    while (!play.empty()) {
        const auto end = std::min(play.find('\n'), play.size());
        const auto line = play.substr(0, end);
        play.remove_prefix(std::min(end + 1, play.size()));
        if (begins_scene(line)) {
            now = nullptr;
            continue;
        }
        const auto [speaker, text] = understood(line);
        if (!speaker.empty()) now = &by_name[std::string(speaker)];
        if (now != nullptr && !text.empty()) *now += std::string(text) + "\n";
    }
    std::vector<Speech> all;
    for (auto& [speaker, text] : by_name)
        all.push_back({speaker, std::move(text)});
    return all;
}

core::Result<Dataset> read_text(const TextOptions& options) {
    auto file = InputFile::open(options.file);
    if (!file) return tl::unexpected(file.error());
    auto text = file->read_all(largest_text);
    if (!text) return tl::unexpected(text.error());
    for (std::size_t at = 0; at < text->size();) {
        const auto point = lang::decode(*text, at);
        if (!point.valid) {
            return wrong(options,
                         fmt::format("is not UTF-8: byte {:02x} at offset {} cannot be there",
                                     static_cast<unsigned char>((*text)[at]), at),
                         "convert it, for example with iconv -f latin1 -t utf-8");
        }
        at += point.size;
    }

    Dataset data;
    data.name = "text";
    data.shape = {options.length};
    data.classes = static_cast<std::int64_t>(characters().size());
    data.class_names = character_names();
    data.fingerprint = file->stored_hash();
    std::vector<Speech> all;
    if (options.by_speaker)
        all = speeches(*text);
    else
        all.push_back({"", *text});
    if (all.empty())
        return wrong(options, "has no speakers: no line like `HAMLET.` or `First Citizen:`",
                     "leave `by: speaker` out");
    std::size_t longest = 0;
    for (const auto& [speaker, said] : all) {
        const auto numbers = numbers_of(said);
        longest = std::max(longest, numbers.size());
        const auto held_out =
            static_cast<std::size_t>(std::llround(options.test * static_cast<double>(numbers.size())));
        const auto border = numbers.size() - held_out;
        if (border <= static_cast<std::size_t>(options.length)) continue;  // too little to learn from
        const auto group = options.by_speaker ? static_cast<std::int32_t>(data.group_names.size()) : -1;
        cut(numbers, 0, border, options, group, data.train);
        cut(numbers, border, numbers.size(), options, group, data.test);
        if (options.by_speaker) data.group_names.push_back(speaker);
        if (data.train.count > std::numeric_limits<std::uint32_t>::max())
            return wrong(options, "has too many windows", "use a larger `step:`");
    }
    if (data.train.count == 0) {
        return wrong(
            options,
            fmt::format("is too short: {} characters{}, and a window of {} needs {} outside the test "
                        "share",
                        longest, options.by_speaker ? " by one speaker at most" : "", options.length,
                        options.length + 1));
    }
    return data;
}

}  // namespace trama::learn
