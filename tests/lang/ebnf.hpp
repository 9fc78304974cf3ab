#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The grammar of docs/grammar.md, read from the page: to generate sentences, and to recognise them
/// independently of the parser.
namespace trama::test {

struct Rule;
using RulePtr = std::shared_ptr<const Rule>;

/// One node of a production's right side.
struct Rule {
    enum class Kind { terminal, production, special, sequence, choice, optional, repeat };
    Kind kind = Kind::sequence;
    std::string text;  ///< terminal, name of a production, or the words of a special sequence
    std::vector<RulePtr> parts;
};

struct Production {
    std::string name;
    RulePtr rule;
    bool lexical = false;  ///< under "Tokens": no blanks inside
    std::string example;
};

class Grammar {
  public:
    /// Throws std::runtime_error for a page that it cannot read.
    static Grammar read(const std::string& page);

    const std::vector<Production>& productions() const { return productions_; }
    const Production& find(const std::string& name) const;

  private:
    std::vector<Production> productions_;
};

/// Random sentences: the same seed gives the same sentence.
class Generator {
  public:
    Generator(const Grammar& grammar, std::uint64_t seed) : grammar_(grammar), random_(seed) {}
    /// `depth` bounds the nesting; beyond it only the shortest ways are taken. With `layout`, blanks,
    /// newlines and comments are put wherever they may stand.
    std::string sentence(const std::string& production, int depth, bool layout);

  private:
    void expand(const Rule& rule, bool lexical, int depth);
    void special(const std::string& words);
    void token(std::string_view text);
    std::string blank();
    std::size_t pick(std::size_t count) { return static_cast<std::size_t>(random_() % count); }
    int cost(const Rule& rule, int budget);  ///< least nesting that the rule needs; capped by the budget

    const Grammar& grammar_;
    std::mt19937_64 random_;
    std::map<std::pair<const Rule*, int>, int> costs_;
    std::size_t most_bytes_ = 2000;  ///< longer sentences are brought to an end
    bool layout_ = false;
    bool glue_ = true;
    bool after_arrow_ = false;
    int brackets_ = 0;
    std::string out_;
};

/// Whether a text is a sentence of a production; one production can be disabled.
class Recognizer {
  public:
    Recognizer(const Grammar& grammar, std::string text, std::string disabled = {})
        : grammar_(grammar), text_(std::move(text)), disabled_(std::move(disabled)) {}
    bool accepts(const std::string& production);

  private:
    using Ends = std::set<std::size_t>;
    Ends match(const Rule& rule, std::size_t at, bool lexical);
    const Ends& match_production(const std::string& name, std::size_t at, bool lexical);
    Ends match_special(const std::string& words, std::size_t at);
    std::size_t skip_blanks(std::size_t at) const;

    const Grammar& grammar_;
    std::string text_;
    std::string disabled_;
    std::map<std::pair<std::string, std::size_t>, Ends> memo_;
};

}  // namespace trama::test
