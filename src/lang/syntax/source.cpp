#include "trama/lang/source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include "lang/syntax/utf8.hpp"

namespace trama::lang {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t most_bytes = 16u << 20;  // what is not a scheme at all must not fill the memory

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

core::Result<SourcePtr> read_all(std::FILE* file, const std::string& path) {
    std::string text;
    char buffer[1 << 16];
    for (;;) {
        const std::size_t count = std::fread(buffer, 1, sizeof buffer, file);
        text.append(buffer, count);
        if (text.size() > most_bytes) {
            return core::fail(core::ErrorKind::data, "the file is larger than 16 MiB, too large for a scheme",
                              path);
        }
        if (count < sizeof buffer) break;
    }
    if (std::ferror(file)) {
        return core::fail(core::ErrorKind::data, std::string("cannot read: ") + std::strerror(errno), path);
    }
    return std::make_shared<const Source>(path, std::move(text));
}

}  // namespace

Source::Source(std::string path, std::string text)
    : path_(std::move(path)), text_(std::move(text)), starts_{0} {
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] == '\n') starts_.push_back(i + 1);
    }
}

Source::Position Source::position(std::size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto number = static_cast<std::size_t>(after - starts_.begin());
    std::size_t at = starts_[number - 1];
    if (number == 1 && text_.starts_with(byte_order_mark)) at = byte_order_mark.size();
    std::size_t column = 1;
    while (at < offset) {
        at += decode(text_, at).size;
        if (at <= offset) ++column;
    }
    return {number, column};
}

std::string_view Source::line(std::size_t number) const {
    if (number == 0 || number > starts_.size()) return {};
    std::size_t begin = starts_[number - 1];
    std::size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
    if (number == 1 && text_.starts_with(byte_order_mark)) begin = byte_order_mark.size();
    if (end > begin && number < starts_.size() && text_[end - 1] == '\r') --end;
    return std::string_view(text_).substr(begin, end - begin);
}

Span join(const Span& first, const Span& last) {
    if (!first.source) return last;
    if (last.source != first.source) return first;
    return {first.source, std::min(first.begin, last.begin), std::max(first.end, last.end)};
}

core::Result<SourcePtr> read_source(const std::string& path) {
    if (path == "-") return read_all(stdin, "<stdin>");
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        return core::fail(core::ErrorKind::data, "this is a folder, not a scheme", path,
                          "name a .trama file in it");
    }
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file) {
        return core::fail(core::ErrorKind::data, std::string("cannot open: ") + std::strerror(errno), path);
    }
    return read_all(file.get(), path);
}

}  // namespace trama::lang
