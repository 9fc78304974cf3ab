#include "csv_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace trama::learn {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
    auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

CsvReader::CsvReader(std::string file, std::string_view text, char separator)
    : file_(std::move(file)), text_(text), separator_(separator) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
}

bool CsvReader::at_line_end() const {
    return at_ >= text_.size() || text_[at_] == '\n' ||
           (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
}

std::string_view CsvReader::plain() {
    auto start = at_;
    while (!at_line_end() && text_[at_] != separator_)
        ++at_;
    return trimmed(text_.substr(start, at_ - start));
}

core::Result<std::string_view> CsvReader::quoted() {
    auto opened = line_;
    auto start = ++at_;
    bool doubled = false;
    for (;; ++at_) {
        if (at_ >= text_.size()) {
            return core::fail(core::ErrorKind::data,
                              fmt::format("`{}` has a quote in line {} that never ends", file_, opened));
        }
        if (text_[at_] == '\n') ++line_;
        if (text_[at_] != '"') continue;
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        doubled = true;
        ++at_;
    }
    auto field = text_.substr(start, at_ - start);
    ++at_;
    while (!at_line_end() && text_[at_] != separator_ && blanks.find(text_[at_]) != std::string_view::npos)
        ++at_;
    if (!at_line_end() && text_[at_] != separator_) {
        return core::fail(core::ErrorKind::data,
                          fmt::format("`{}` has text after a closing quote in line {}", file_, line_), {},
                          "inside quotes, a quote is written twice");
    }
    if (!doubled) return field;
    auto& plain = unquoted_.emplace_back();
    for (std::size_t i = 0; i < field.size(); ++i) {
        plain += field[i];
        if (field[i] == '"') ++i;
    }
    return std::string_view(plain);
}

core::Result<bool> CsvReader::next(std::vector<std::string_view>& fields) {
    fields.clear();
    unquoted_.clear();
    for (;;) {  // empty lines
        auto start = at_;
        while (!at_line_end() && blanks.find(text_[at_]) != std::string_view::npos &&
               text_[at_] != separator_)
            ++at_;
        if (at_ >= text_.size()) return false;
        if (!at_line_end()) {
            at_ = start;
            break;
        }
        at_ += text_[at_] == '\r' ? std::min<std::size_t>(2, text_.size() - at_) : 1;
        ++line_;
    }
    row_line_ = line_;
    for (;;) {
        while (!at_line_end() && text_[at_] != separator_ &&
               blanks.find(text_[at_]) != std::string_view::npos)
            ++at_;
        if (at_ < text_.size() && text_[at_] == '"') {
            auto field = quoted();
            if (!field) return tl::unexpected(field.error());
            fields.push_back(*field);
        } else {
            fields.push_back(plain());
        }
        if (at_line_end()) break;
        ++at_;  // the separator
    }
    if (at_ < text_.size()) {
        at_ += text_[at_] == '\r' ? std::min<std::size_t>(2, text_.size() - at_) : 1;
        ++line_;
    }
    return true;
}

}  // namespace trama::learn
