#include "lang/ebnf.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace trama::test {
namespace {

/// Reads the right side of one production.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    RulePtr choice() {
        Rule rule{Rule::Kind::choice, {}, {sequence()}};
        while (take("|"))
            rule.parts.push_back(sequence());
        return rule.parts.size() == 1 ? rule.parts.front() : std::make_shared<const Rule>(rule);
    }
    bool take(std::string_view word) {
        skip();
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

  private:
    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])))
            ++at_;
    }
    RulePtr sequence() {
        Rule rule{Rule::Kind::sequence, {}, {term()}};
        while (take(","))
            rule.parts.push_back(term());
        return rule.parts.size() == 1 ? rule.parts.front() : std::make_shared<const Rule>(rule);
    }
    RulePtr bracket(Rule::Kind kind, std::string_view closer) {
        RulePtr inner = choice();
        if (!take(closer)) throw std::runtime_error("missing " + std::string(closer));
        return std::make_shared<const Rule>(Rule{kind, {}, {inner}});
    }
    RulePtr quoted(Rule::Kind kind, char mark) {
        const std::size_t end = text_.find(mark, at_);
        if (end == std::string_view::npos) throw std::runtime_error(std::string("missing ") + mark);
        std::string word(text_.substr(at_, end - at_));
        at_ = end + 1;
        if (kind == Rule::Kind::special) word = word.substr(1, word.size() - 2);
        return std::make_shared<const Rule>(Rule{kind, word, {}});
    }
    RulePtr term() {
        if (take("[")) return bracket(Rule::Kind::optional, "]");
        if (take("{")) return bracket(Rule::Kind::repeat, "}");
        if (take("(")) return bracket(Rule::Kind::sequence, ")");
        if (take("\"")) return quoted(Rule::Kind::terminal, '"');
        if (take("'")) return quoted(Rule::Kind::terminal, '\'');
        if (take("?")) return quoted(Rule::Kind::special, '?');
        skip();
        const std::size_t begin = at_;
        while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])))
            ++at_;
        if (begin == at_) throw std::runtime_error("expected a term at: " + std::string(text_.substr(at_)));
        return std::make_shared<const Rule>(
            Rule{Rule::Kind::production, std::string(text_.substr(begin, at_ - begin)), {}});
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

}  // namespace

Grammar Grammar::read(const std::string& page) {
    Grammar grammar;
    std::istringstream lines(page);
    std::string line;
    std::string block;
    bool lexical = false;
    while (std::getline(lines, line)) {
        if (line.starts_with("## ")) lexical = line == "## Tokens";
        if (line == "```ebnf") {
            block = "ebnf";
        } else if (line == "```trama") {
            block = "trama";
        } else if (line == "```") {
            block.clear();
        } else if (block == "ebnf") {
            const std::size_t sign = line.find(" = ");
            if (sign == std::string::npos || !line.ends_with(" ;"))
                throw std::runtime_error("no production: " + line);
            Reader reader(std::string_view(line).substr(sign + 3));
            RulePtr rule = reader.choice();
            if (!reader.take(";")) throw std::runtime_error("cannot read: " + line);
            grammar.productions_.push_back({line.substr(0, sign), rule, lexical, {}});
        } else if (block == "trama") {
            grammar.productions_.back().example += line + "\n";
        }
    }
    return grammar;
}

const Production& Grammar::find(const std::string& name) const {
    for (const Production& production : productions_) {
        if (production.name == name) return production;
    }
    throw std::runtime_error("no production " + name);
}

std::string Generator::sentence(const std::string& production, int depth, bool layout) {
    out_.clear();
    layout_ = layout;
    glue_ = true;
    brackets_ = 0;
    const Production& start = grammar_.find(production);
    expand(*start.rule, start.lexical, depth);
    return out_;
}

std::string Generator::blank() {
    if (!layout_) return " ";
    const bool newline = brackets_ > 0 || after_arrow_;
    switch (pick(newline ? 8 : 3)) {
        case 0:
            return "  ";
        case 3:
            return "\n";
        case 4:
            return "\n\n    ";
        case 5:
            return " # why\n";
        case 6:
            return "\n  # on its own\n\n\n ";
        case 7:
            return "\r\n\t";
        default:
            return " ";
    }
}

void Generator::token(std::string_view text) {
    if (layout_ && text == ">>") after_arrow_ = true;  // a newline may stand before it, too
    if (!glue_) out_ += blank();
    glue_ = false;
    if (text == ")" || text == "]" || text == "|]" || text == "}") --brackets_;
    if (text == "(" || text == "[" || text == "[|" || text == "{") ++brackets_;
    out_ += text;
    after_arrow_ = text == ">>";
}

void Generator::special(const std::string& words) {
    if (words == "no blank") {
        glue_ = true;
    } else if (words.starts_with("any character")) {
        static constexpr const char* characters[] = {"a",  "Z",  " ", "#",  "'", "/",
                                                     ">>", "|]", "é", "世", ")"};
        out_ += characters[pick(std::size(characters))];
    } else if (words.starts_with("a to z")) {
        out_ += static_cast<char>((pick(2) == 0 ? 'a' : 'A') + static_cast<char>(pick(26)));
    } else if (words == "0 to 9") {
        out_ += static_cast<char>('0' + static_cast<char>(pick(10)));
    } else if (words.starts_with("0 to 9,")) {
        out_ += "123456789abcdefABCDEF"[pick(21)];  // no 0: `\u{0}` is no character
    } else if (words.starts_with("the end of a line")) {
        static constexpr const char* ends[] = {"\n", "\n\n\n", "  # trailing\n", "\n# own line\n\n", "\r\n"};
        out_ += layout_ ? ends[pick(std::size(ends))] : "\n";
        glue_ = true;
    } else {
        throw std::runtime_error("cannot generate: " + words);
    }
}

int Generator::cost(const Rule& rule, int budget) {
    if (budget <= 0) return 1000;
    const auto key = std::make_pair(&rule, budget);
    if (const auto known = costs_.find(key); known != costs_.end()) return known->second;
    int value = 0;
    switch (rule.kind) {
        case Rule::Kind::production:
            value = 1 + cost(*grammar_.find(rule.text).rule, budget - 1);
            break;
        case Rule::Kind::sequence:
            for (const RulePtr& part : rule.parts)
                value = std::max(value, cost(*part, budget));
            break;
        case Rule::Kind::choice:
            value = 1000;
            for (const RulePtr& part : rule.parts)
                value = std::min(value, cost(*part, budget));
            break;
        default:
            break;
    }
    costs_[key] = value;
    return value;
}

void Generator::expand(const Rule& rule, bool lexical, int depth) {
    constexpr int budget = 24;  // more than any production needs to end
    if (out_.size() > most_bytes_) depth = 0;
    switch (rule.kind) {
        case Rule::Kind::terminal:
            if (lexical) {
                out_ += rule.text;
            } else {
                token(rule.text);
            }
            return;
        case Rule::Kind::special:
            return special(rule.text);
        case Rule::Kind::sequence:
            for (const RulePtr& part : rule.parts)
                expand(*part, lexical, depth);
            return;
        case Rule::Kind::optional:
            if (depth > 0 && pick(2) == 0) expand(*rule.parts.front(), lexical, depth);
            return;
        case Rule::Kind::repeat:
            for (std::size_t count = depth > 0 ? pick(3) : 0; count > 0; --count) {
                expand(*rule.parts.front(), lexical, depth);
            }
            return;
        case Rule::Kind::choice: {
            std::vector<const Rule*> open;
            int least = 1000;
            for (const RulePtr& part : rule.parts)
                least = std::min(least, cost(*part, budget));
            for (const RulePtr& part : rule.parts) {
                if (depth > 0 || cost(*part, budget) == least) open.push_back(part.get());
            }
            return expand(*open[pick(open.size())], lexical, depth);
        }
        case Rule::Kind::production: {
            const Production& production = grammar_.find(rule.text);
            if (production.lexical && !lexical && production.name != "newline") {
                token("");
                const std::size_t begin = out_.size();
                expand(*production.rule, true, 2);
                const std::string text = out_.substr(begin);
                const bool keyword = text == "def" || text == "import" || text == "true" || text == "false";
                if (production.name == "name" && keyword) out_ += "_";
                return;
            }
            return expand(*production.rule, lexical, depth - 1);
        }
    }
}

bool Recognizer::accepts(const std::string& production) {
    for (const std::size_t end : match_production(production, 0, false)) {
        if (skip_blanks(end) == text_.size()) return true;
    }
    return false;
}

std::size_t Recognizer::skip_blanks(std::size_t at) const {
    while (at < text_.size()) {
        if (text_[at] == '#') {
            at = std::min(text_.find('\n', at), text_.size());
        } else if (text_[at] == ' ' || text_[at] == '\t' || text_[at] == '\r' || text_[at] == '\n') {
            ++at;
        } else {
            break;
        }
    }
    return at;
}

Recognizer::Ends Recognizer::match_special(const std::string& words, std::size_t at) {
    if (words == "no blank") return {at};
    if (words.starts_with("the end of a line")) {
        const std::size_t end = skip_blanks(at);
        const bool newline = text_.substr(at, end - at).find('\n') != std::string::npos;
        return newline ? Ends{at} : Ends{};
    }
    if (at >= text_.size()) return {};
    const char c = text_[at];
    const auto letter = [&](char last) {
        const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return lower >= 'a' && lower <= last;
    };
    const bool digit = c >= '0' && c <= '9';
    bool matches = false;
    if (words.starts_with("any character")) matches = c != '"' && c != '\\' && c != '\n';
    if (words.starts_with("a to z")) matches = letter('z');
    if (words == "0 to 9") matches = digit;
    if (words.starts_with("0 to 9,")) matches = digit || letter('f');
    return matches ? Ends{at + 1} : Ends{};
}

const Recognizer::Ends& Recognizer::match_production(const std::string& name, std::size_t at, bool lexical) {
    const auto key = std::make_pair(name, at);
    if (const auto known = memo_.find(key); known != memo_.end()) return known->second;
    Ends ends;
    const Production& production = grammar_.find(name);
    if (name != disabled_) {
        const bool token = production.lexical && !lexical && name != "newline";
        const std::size_t begin = token ? skip_blanks(at) : at;
        ends = match(*production.rule, begin, production.lexical);
        if (token && !ends.empty()) {
            const std::size_t longest = *ends.rbegin();
            const std::string text = text_.substr(begin, longest - begin);
            const bool keyword = text == "def" || text == "import" || text == "true" || text == "false";
            ends = name == "name" && keyword ? Ends{} : Ends{longest};
        }
    }
    return memo_[key] = ends;
}

Recognizer::Ends Recognizer::match(const Rule& rule, std::size_t at, bool lexical) {
    switch (rule.kind) {
        case Rule::Kind::terminal: {
            const std::size_t begin = lexical ? at : skip_blanks(at);
            const std::size_t end = begin + rule.text.size();
            if (text_.compare(begin, rule.text.size(), rule.text) != 0) return {};
            const bool cut =
                !lexical && is_word(rule.text.back()) && end < text_.size() && is_word(text_[end]);
            return cut ? Ends{} : Ends{end};
        }
        case Rule::Kind::special:
            return match_special(rule.text, at);
        case Rule::Kind::production:
            return match_production(rule.text, at, lexical);
        case Rule::Kind::sequence: {
            Ends ends{at};
            bool glued = false;
            for (const RulePtr& part : rule.parts) {
                Ends next;
                for (const std::size_t end : ends) {
                    if (glued && skip_blanks(end) != end) continue;
                    next.merge(match(*part, end, lexical));
                }
                glued = part->kind == Rule::Kind::special && part->text == "no blank";
                ends = std::move(next);
            }
            return ends;
        }
        case Rule::Kind::choice: {
            Ends ends;
            for (const RulePtr& part : rule.parts)
                ends.merge(match(*part, at, lexical));
            return ends;
        }
        case Rule::Kind::optional: {
            Ends ends = match(*rule.parts.front(), at, lexical);
            ends.insert(at);
            return ends;
        }
        case Rule::Kind::repeat: {
            Ends all{at};
            Ends last{at};
            while (!last.empty()) {
                Ends next;
                for (const std::size_t end : last)
                    next.merge(match(*rule.parts.front(), end, lexical));
                last.clear();
                for (const std::size_t end : next) {
                    if (all.insert(end).second) last.insert(end);
                }
            }
            return all;
        }
    }
    return {};
}

}  // namespace trama::test
