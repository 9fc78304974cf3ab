#include "lang/syntax/parser.hpp"

#include <algorithm>

#include "lang/syntax/lexer.hpp"
#include "lang/syntax/utf8.hpp"

namespace trama::lang {

Parser::Parser(Reporter& reporter, const Limits& limits, const Tokens& tokens)
    : reporter_(reporter), limits_(limits), tokens_(tokens.tokens), lexed_(tokens) {}

const Token& Parser::peek(std::size_t ahead) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

const Token& Parser::next() {
    const Token& token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
}

std::string_view Parser::text(const Token& token) const {
    return std::string_view(reporter_.source()->text()).substr(token.begin, token.end - token.begin);
}

std::string Parser::describe(const Token& token) const {
    switch (token.kind) {
        case Tok::end:
            return "the end of the file";
        case Tok::literal:
            if (lexed_.literals[token.literal].kind == ast::Literal::Kind::string) return "a string";
            return "the number " + shown_text(text(token));
        case Tok::kw_def:
        case Tok::kw_import:
            return "the keyword " + shown_text(text(token));
        default:
            return shown_text(text(token));
    }
}

Span Parser::span_from(const Token& first) const {
    return reporter_.span(first.begin, std::max(previous().end, first.end));
}

bool Parser::line_ends() const {
    return is(Tok::end) || (brackets_.empty() && peek().newline_before);
}

bool Parser::starts_expression() const {
    switch (peek().kind) {
        case Tok::name:
        case Tok::kw_true:
        case Tok::kw_false:
        case Tok::literal:
        case Tok::left_paren:
        case Tok::left_bracket:
        case Tok::left_distribute:
            return true;
        default:
            return false;
    }
}

/// Whether a statement begins here, even where brackets are still open: on a line of its own, a keyword, or a
/// name with `=` that is not indented (an indented one may be an argument with `=` for `:`).
bool Parser::starts_statement() const {
    const Token& token = peek();
    if (!token.newline_before) return false;
    if (token.kind == Tok::kw_def) return is(Tok::name, 1);
    if (token.kind == Tok::kw_import) return is(Tok::literal, 1);
    if (token.kind != Tok::name || !is(Tok::assign, 1) || peek(1).newline_before) return false;
    if (brackets_.empty()) return true;
    const std::string& text = reporter_.source()->text();
    return token.begin == 0 || text[token.begin - 1] == '\n';
}

ast::Name Parser::name() {
    const Token& token = next();
    return {std::string(text(token)), reporter_.span(token.begin, token.end)};
}

namespace {

/// Reports what no editor shows as text: once, with the place of the first. False when the rest makes no
/// sense.
bool check_bytes(Reporter& reporter) {
    const std::string& text = reporter.source()->text();
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        reporter.error("T0002", 0, 2, "the file is UTF-16, not UTF-8", "save it as UTF-8");
        return false;
    }
    std::size_t invalid = 0;
    std::size_t first_invalid = 0;
    std::size_t nul = 0;
    std::size_t first_nul = 0;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = decode(text, at);
        if (!point.valid && invalid++ == 0) first_invalid = at;
        if (point.code == 0 && nul++ == 0) first_nul = at;
        at += point.size;
    }
    const auto others = [](std::size_t count) {
        return count > 1 ? ", and " + std::to_string(count - 1) + " more" : std::string();
    };
    if (invalid > 0) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(text[first_invalid]);
        std::string hex = "0x";
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
        reporter.error(
            "T0002", first_invalid, first_invalid + 1,
            "invalid UTF-8: byte " + hex + " at offset " + std::to_string(first_invalid) + others(invalid),
            "save the file as UTF-8");
    }
    if (nul > 0) {
        reporter.error("T0003", first_nul, first_nul + 1,
                       "NUL byte at offset " + std::to_string(first_nul) + others(nul),
                       "is this a text file? delete the byte");
    }
    return true;
}

bool too_large(Reporter& reporter, const Limits& limits) {
    const std::size_t size = reporter.source()->text().size();
    if (size <= limits.file_bytes && size < UINT32_MAX) return false;
    reporter.error("T0004", 0, 0,
                   "the file has " + std::to_string(size) + " bytes, more than the limit of " +
                       std::to_string(limits.file_bytes),
                   "split it with `import`, or keep tables in files of their own");
    return true;
}

}  // namespace

ParseResult parse(const SourcePtr& source, const Limits& limits) {
    ParseResult result;
    result.file.source = source;
    Reporter reporter(source);
    if (!too_large(reporter, limits) && check_bytes(reporter)) {
        Tokens tokens = Lexer(reporter).run();
        result.file.statements = Parser(reporter, limits, tokens).file();
        result.file.comments = std::move(tokens.comments);
    }
    result.diagnostics = reporter.take();
    return result;
}

ParseExpressionResult parse_expression(const SourcePtr& source, const Limits& limits) {
    ParseExpressionResult result;
    Reporter reporter(source);
    result.expression = std::make_shared<ast::Expr>();
    if (!too_large(reporter, limits) && check_bytes(reporter)) {
        const Tokens tokens = Lexer(reporter).run();
        result.expression = Parser(reporter, limits, tokens).lone_expression();
    }
    result.diagnostics = reporter.take();
    return result;
}

}  // namespace trama::lang
