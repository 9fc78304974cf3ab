#include "lang/signature/notation.hpp"

#include <cctype>
#include <limits>
#include <map>
#include <stdexcept>

namespace trama::lang {
namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    FunctionTerm function() {
        FunctionTerm term;
        term.in = type();
        expect("->");
        term.out = type();
        return term;
    }

    std::vector<Accepted> alternatives() {
        std::vector<Accepted> all;
        do {
            all.push_back(alternative());
        } while (take("|"));
        return all;
    }

    void end() {
        skip();
        if (at_ != text_.size()) fail();
    }

  private:
    TypeTerm type() {
        TypeTerm term = stream();
        while (take("^")) {
            if (take("*")) {
                if (term.kind != TypeTerm::Kind::variable) fail();
                term.kind = TypeTerm::Kind::shape;
                continue;
            }
            TypeTerm bundle;
            bundle.kind = TypeTerm::Kind::bundle;
            bundle.inner = std::make_shared<const TypeTerm>(std::move(term));
            const std::string width = word();
            if (std::isdigit(static_cast<unsigned char>(width.front())) != 0) {
                bundle.number = number(width);
            } else {
                bundle.width = width;
            }
            term = std::move(bundle);
        }
        return term;
    }

    TypeTerm stream() {
        TypeTerm term;
        if (take("()")) return term;
        if (take("[")) {
            term.kind = TypeTerm::Kind::list;
            term.inner = std::make_shared<const TypeTerm>(stream());
            expect("]");
            return term;
        }
        term.name = word();
        if (std::isupper(static_cast<unsigned char>(term.name.front())) == 0) fail();
        term.kind = term.name.size() == 1 ? TypeTerm::Kind::variable : TypeTerm::Kind::payload;
        return term;
    }

    std::int64_t number(const std::string& digits) {
        std::int64_t value = 0;
        for (const char c : digits) {
            if (std::isdigit(static_cast<unsigned char>(c)) == 0) fail();
            if (value > (std::numeric_limits<std::int64_t>::max() - 9) / 10) fail();
            value = value * 10 + (c - '0');
        }
        return value;
    }

    Accepted alternative() {
        static const std::map<std::string, Accepted::Kind, std::less<>> plain{
            {"int", Accepted::Kind::integer},        {"real", Accepted::Kind::real},
            {"bool", Accepted::Kind::boolean},       {"string", Accepted::Kind::string},
            {"duration", Accepted::Kind::duration},  {"fraction", Accepted::Kind::fraction},
            {"file", Accepted::Kind::file},          {"folder", Accepted::Kind::folder},
            {"word", Accepted::Kind::word},          {"metric", Accepted::Kind::metric},
            {"condition", Accepted::Kind::condition}};
        Accepted accepted;
        const std::string name = word();
        if (const auto found = plain.find(name); found != plain.end()) {
            accepted.kind = found->second;
        } else if (name == "one_of") {
            accepted.kind = Accepted::Kind::symbols;
            expect("(");
            do {
                accepted.symbols.push_back(word());
            } while (take(","));
            expect(")");
        } else if (name == "list") {
            accepted.kind = Accepted::Kind::list;
            expect("(");
            accepted.elements = alternatives();
            expect(")");
        } else if (name == "rule" || name == "block") {
            accepted.kind = name == "rule" ? Accepted::Kind::rule : Accepted::Kind::block;
            accepted.sort = name;
            accepted.function = function();
        } else {
            if (std::islower(static_cast<unsigned char>(name.front())) == 0) fail();
            accepted.kind = Accepted::Kind::sort;
            accepted.sort = name;
        }
        return accepted;
    }

    void skip() {
        while (at_ < text_.size() && text_[at_] == ' ')
            ++at_;
    }

    bool take(std::string_view token) {
        skip();
        if (text_.substr(at_, token.size()) != token) return false;
        at_ += token.size();
        return true;
    }

    void expect(std::string_view token) {
        if (!take(token)) fail();
    }

    std::string word() {
        skip();
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_word(text_[at_]))
            ++at_;
        if (begin == at_) fail();
        return std::string(text_.substr(begin, at_ - begin));
    }

    [[noreturn]] void fail() const {
        throw std::invalid_argument("malformed type `" + std::string(text_) + "` in a signature, at byte " +
                                    std::to_string(at_));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

FunctionTerm parse_function_term(std::string_view text) {
    Reader reader(text);
    FunctionTerm term = reader.function();
    reader.end();
    return term;
}

std::vector<Accepted> parse_accepted(std::string_view text) {
    Reader reader(text);
    std::vector<Accepted> all = reader.alternatives();
    reader.end();
    return all;
}

}  // namespace trama::lang
