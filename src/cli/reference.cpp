#include "cli/reference.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace trama::cli {
namespace {

/// Text for a cell of a Markdown table.
std::string cell(const std::string& text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += '\\';
        out += c;
    }
    return out;
}

/// A link to the entry; `shared`: with another sort, whose entry has the same name.
std::string link(const lang::Signature& signature, bool shared) {
    return fmt::format("[`{}`](#{}{})", signature.name, signature.name, shared ? "-" + signature.sort : "");
}

std::string entry(const lang::Signature& signature, bool shared) {
    std::string out =
        fmt::format("### {}{}\n\n`{}`\n\n{}\n", signature.name, shared ? " (" + signature.sort + ")" : "",
                    heading(signature), signature.doc);
    if (!signature.runs) out += "\n*This build checks and shows it; no engine runs it yet.*\n";
    if (!signature.parameters.empty()) {
        out += "\n| argument | what it takes | meaning |\n|---|---|---|\n";
        for (const auto& parameter : signature.parameters)
            out += fmt::format("| `{}` | {} | {} |\n", parameter.name, cell(describe(parameter)),
                               cell(parameter.doc));
    }
    if (!signature.metrics.empty())
        out += fmt::format("\nWrites the metrics `{}`.\n", fmt::join(signature.metrics, "`, `"));
    if (!signature.algebra.empty()) out += fmt::format("\nIn the algebra: {}\n", signature.algebra);
    if (!signature.nondeterministic.empty())
        out +=
            fmt::format("\nNot deterministic{}: {}.\n",
                        signature.nondeterministic_if.empty()
                            ? ""
                            : fmt::format(" with `{}`", fmt::join(signature.nondeterministic_if, "` or `")),
                        signature.nondeterministic);
    if (!signature.example.empty()) out += fmt::format("\n```\n{}\n```\n", signature.example);
    if (!signature.paper.empty()) out += fmt::format("\n{}\n", signature.paper);
    return out + "\n";
}

}  // namespace

std::string heading(const lang::Signature& signature) {
    std::string out = signature.name;
    if (!signature.parameters.empty()) {
        std::string list;
        for (const auto& parameter : signature.parameters) {
            if (!list.empty()) list += ", ";
            list += parameter.name;
            if (parameter.variadic) list += "...";
            if (parameter.fallback)
                list += ": " + *parameter.fallback;
            else if (parameter.optional)
                list += "?";
        }
        out += "(" + list + ")";
    }
    if (signature.body)
        out += " { " + (signature.body_type.empty() ? std::string("D") : signature.body_type) + " }";
    if (!signature.type.empty()) return out + " : " + signature.type;
    return out + " : " + signature.sort;
}

std::string describe(const lang::Parameter& parameter) {
    std::string out = parameter.type;
    if (parameter.variadic)
        out += parameter.at_least > 0 ? fmt::format(", {} or more", parameter.at_least) : ", any number";
    if (parameter.minimum)
        out += fmt::format(", {} {:g}", parameter.above_minimum ? "above" : "at least", *parameter.minimum);
    if (parameter.maximum)
        out += fmt::format(", {} {:g}", parameter.below_maximum ? "below" : "at most", *parameter.maximum);
    if (parameter.scheduled) out += ", may be a schedule";
    if (parameter.fallback)
        out += fmt::format(", default {}", *parameter.fallback);
    else if (parameter.optional)
        out += ", may be left out";
    return out;
}

std::string first_sentence(const std::string& text) {
    for (std::size_t at = text.find('.'); at != std::string::npos; at = text.find('.', at + 1))
        if (at + 1 == text.size() || text[at + 1] == ' ' || text[at + 1] == '\n') return text.substr(0, at);
    return text;
}

std::string reference_markdown(const lang::Registry& registry) {
    const auto all = registry.all();
    const auto shared = [&](const lang::Signature* one) { return registry.named(one->name).size() > 1; };
    std::string out =
        "# Reference\n\nEverything that a scheme can name. This page is written by `trama blocks "
        "--markdown`; a test keeps it "
        "up to date. In types, upper-case letters stand for payloads (`M` for Model or Update), `[A]` is a "
        "list "
        "that travels as one "
        "token, `A^n` a bundle of n streams; an Update flows wherever a Model is asked for.\n";
    std::string group;
    for (const auto* signature : all) {
        if (signature->group != group) {
            group = signature->group;
            out += fmt::format("\n**{}**\n\n", group);
        }
        out += fmt::format("- {}: {}\n", link(*signature, shared(signature)), first_sentence(signature->doc));
    }
    group.clear();
    for (const auto* signature : all) {
        if (signature->group != group) {
            group = signature->group;
            out += fmt::format("\n## {}\n\n", group);
        }
        out += entry(*signature, shared(signature));
    }
    while (out.ends_with("\n\n"))
        out.pop_back();
    return out;
}

}  // namespace trama::cli
