#include <utility>

#include "lang/syntax/parser.hpp"

// Statements: bindings, definitions, imports.

namespace trama::lang {
namespace {

bool is_keyword(Tok kind) {
    return kind == Tok::kw_def || kind == Tok::kw_import || kind == Tok::kw_true || kind == Tok::kw_false;
}

}  // namespace

std::vector<ast::Statement> Parser::file() {
    std::vector<ast::Statement> statements;
    while (!is(Tok::end) && !reporter_.full()) {
        panic_ = false;
        brackets_.clear();
        depth_ = 0;
        const std::size_t before = at_;
        if (auto parsed = statement()) statements.push_back(std::move(*parsed));
        end_of_statement();
        if (at_ == before) next();
    }
    return statements;
}

ast::ExprPtr Parser::lone_expression() {
    if (is(Tok::end)) {
        error("T0020", peek(), "expected a value, found nothing");
        return missing(0).expr;
    }
    Parsed parsed = expression();
    if (!is(Tok::end) && !panic_) {
        error("T0031", peek(), "unexpected " + shown_text(text(peek())) + " after the value");
    }
    return parsed.expr;
}

std::optional<ast::Statement> Parser::statement() {
    const Token& first = peek();
    const Tok second = peek(1).newline_before ? Tok::end : peek(1).kind;
    if (is_keyword(first.kind) && (second == Tok::assign || second == Tok::colon)) {
        error("T0028", first, shown_text(text(first)) + " is a keyword and cannot be a name",
              "choose another name");
        return binding(true);
    }
    if (first.kind == Tok::kw_def) return definition();
    if (first.kind == Tok::kw_import) return import();
    if (first.kind == Tok::name) {
        if (second == Tok::assign || second == Tok::colon || second == Tok::equal_equal) return binding();
        if (second == Tok::name && is(Tok::assign, 2)) {
            error("T0032", first,
                  "unexpected " + shown_text(text(first)) + " before the name " + shown_text(text(peek(1))),
                  "a binding needs no keyword and no type: `" + std::string(text(peek(1))) + " = ...`");
            next();
            return binding();
        }
    }
    if (first.kind == Tok::semicolon) {
        next();
        return std::nullopt;
    }
    nameless();
    return std::nullopt;
}

std::optional<ast::Statement> Parser::binding(bool reported) {
    const Token& first = peek();
    ast::Binding node;
    node.name = name();
    const Token& sign = next();
    if (sign.kind != Tok::assign && !reported) {
        error("T0025", sign, "a name is bound with `=`, not " + shown_text(text(sign)));
    }
    node.value = value(sign, "a value for " + shown_text(node.name.text));
    return ast::Statement{std::move(node), span_from(first)};
}

std::optional<ast::Statement> Parser::definition() {
    const Token& first = next();
    ast::Definition node;
    if (is(Tok::name) && !peek().newline_before) {
        node.name = name();
    } else {
        const bool keyword = is_keyword(peek().kind) && !peek().newline_before;
        if (keyword) {
            error("T0028", peek(), shown_text(text(peek())) + " is a keyword and cannot be a name",
                  "choose another name");
        } else {
            error_after("T0037", first, "`def` is followed by a name",
                        "for example: `def client(lr) = train(data, lr: lr)`");
        }
        skip_statement();
        panic_ = true;
        return std::nullopt;
    }
    node.parentheses = is(Tok::left_paren) && !peek().newline_before;
    if (node.parentheses) node.parameters = parameters();
    const Token& sign = peek();
    const std::string subject = "the definition of " + shown_text(node.name.text);
    if (sign.kind == Tok::assign && !line_ends()) {
        next();
    } else if ((sign.kind == Tok::colon || sign.kind == Tok::equal_equal ||
                sign.kind == Tok::foreign_arrow) &&
               !line_ends()) {
        error("T0037", sign, subject + " has " + shown_text(text(sign)) + " where `=` is expected");
        next();
    } else {
        if (!panic_) {
            const bool braces = sign.kind == Tok::left_brace;
            Diagnostic& finding = error_after("T0037", previous(), subject + " has no `=`");
            finding.hint =
                braces ? "a definition's body is an expression: `def name(a) = ...`" : "`def name(a) = ...`";
        }
        skip_statement();
        panic_ = true;
        return std::nullopt;
    }
    node.value = value(previous(), "the body of " + shown_text(node.name.text));
    return ast::Statement{std::move(node), span_from(first)};
}

std::vector<ast::Name> Parser::parameters() {
    std::vector<ast::Name> names;
    open(Tok::right_paren);
    items("`,`", [&] {
        if (is(Tok::name)) {
            names.push_back(name());
            if (is(Tok::assign) || is(Tok::colon)) {
                error("T0037", peek(), "the parameter " + shown_text(names.back().text) + " is a name alone",
                      "parameters have no defaults and no types");
                skip_item();
            }
            return;
        }
        const Token& found = peek();
        if (panic_ || found.kind == Tok::invalid) {
            panic_ = true;
        } else if (is_keyword(found.kind)) {
            error("T0028", found, shown_text(text(found)) + " is a keyword and cannot be a name",
                  "choose another name");
        } else {
            error("T0037", found, "expected the name of a parameter, found " + describe(found));
        }
        skip_item();
    });
    close();
    return names;
}

std::optional<ast::Statement> Parser::import() {
    const Token& first = next();
    const Token& path = peek();
    const bool same_line = !path.newline_before;
    if (same_line && path.kind == Tok::literal &&
        lexed_.literals[path.literal].kind == ast::Literal::Kind::string) {
        next();
        ast::Import node{lexed_.literals[path.literal].text, reporter_.span(path.begin, path.end)};
        if (is(Tok::invalid)) {
            panic_ = true;
        } else if (!line_ends() && !is(Tok::semicolon) && !starts_on_this_line()) {
            const bool renamed = is(Tok::name) && text(peek()) == "as";
            error("T0038", peek(),
                  renamed ? "an import is not renamed"
                          : "unexpected " + shown_text(text(peek())) + " behind the import",
                  "all names of the file become names of this one");
            skip_statement();
        }
        return ast::Statement{std::move(node), span_from(first)};
    }
    if (!(same_line && path.kind == Tok::invalid)) {
        Diagnostic& finding = error_after("T0038", first, "`import` is followed by a file in quotes");
        finding.hint = "for example: `import \"clients.trama\"`";
    }
    skip_statement();
    panic_ = true;
    return std::nullopt;
}

/// A statement that begins like none: an expression without a name, or anything else.
void Parser::nameless() {
    const Token& first = peek();
    if (first.kind == Tok::invalid) {
        panic_ = true;
        skip_statement();
        return;
    }
    if (starts_expression() || first.kind == Tok::minus) {
        const bool word = first.kind == Tok::name;
        Parsed parsed = expression();
        panic_ = panic_ || (is(Tok::invalid) && !line_ends());
        if (is(Tok::assign) && !line_ends() && word && parsed.expr->as<ast::Call>() != nullptr) {
            if (!panic_) {
                error("T0037", first, "a definition with parameters begins with `def`",
                      "write `def " + std::string(text(first)) + "(...) = ...`");
            }
        } else if (!panic_) {
            const std::string& text = reporter_.source()->text();
            const bool indented = first.newline_before && first.begin > 0 && text[first.begin - 1] != '\n';
            reporter_.error("T0032", first.begin, previous().end, "this expression has no name",
                            indented ? "to go on with the line above, begin this one with `>>`"
                                     : "every statement binds a name: `scheme = ...`");
        }
    } else if (!panic_) {
        const bool closer = first.kind == Tok::right_paren || first.kind == Tok::right_brace ||
                            first.kind == Tok::right_bracket || first.kind == Tok::right_distribute;
        if (closer) {
            error("T0022", first, shown_text(text(first)) + " closes nothing",
                  "delete it, or open what it should close");
        } else {
            error("T0044", first, "a statement cannot begin with " + describe(first),
                  "a newline ends a binding unless inside brackets or beside `>>`");
        }
        next();
    }
    panic_ = true;
    skip_statement();
}

/// What `=` binds. The line may not break before it.
ast::ExprPtr Parser::value(const Token& behind, std::string_view what) {
    if (line_ends()) {
        const bool next_line = starts_expression() && !starts_statement();
        Diagnostic& finding = error_after(
            next_line ? "T0034" : "T0020", behind,
            next_line ? std::string(what) + " begins on the same line" : "expected " + std::string(what));
        if (next_line) finding.hint = "a newline ends a binding unless inside brackets or beside `>>`";
        if (!next_line) return missing(behind.end).expr;
    }
    return expression().expr;
}

/// Whether another statement begins here, behind one on the same line.
bool Parser::starts_on_this_line() const {
    return is(Tok::kw_def) || is(Tok::kw_import) || (is(Tok::name) && is(Tok::assign, 1));
}

void Parser::end_of_statement() {
    if (is(Tok::semicolon)) {
        next();
        return;
    }
    if (line_ends()) return;
    const Token& found = peek();
    if (panic_ || found.kind == Tok::invalid) return skip_statement();
    if (starts_on_this_line()) {
        error("T0031", found, "two statements on one line",
              "begin a new line before " + shown_text(text(found)));
        return;
    }
    if (starts_expression()) {
        error("T0041", found, "`>>` or an operator is missing before " + describe(found));
    } else if (found.kind == Tok::right_paren || found.kind == Tok::right_brace ||
               found.kind == Tok::right_bracket || found.kind == Tok::right_distribute) {
        error("T0022", found, shown_text(text(found)) + " closes nothing",
              "delete it, or open what it should close");
    } else {
        error("T0044", found, "unexpected " + shown_text(text(found)) + " after the statement");
    }
    skip_statement();
}

}  // namespace trama::lang
