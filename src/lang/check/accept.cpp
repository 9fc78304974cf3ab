#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <limits>
#include <utility>

#include "lang/check/elaborate.hpp"
#include "lang/signature/written.hpp"

// Does a value fit what a parameter takes?

namespace trama::lang {
namespace {

using Kind = Accepted::Kind;

std::string noun(const Accepted& accepted) {
    switch (accepted.kind) {
        case Kind::integer:
            return "a whole number";
        case Kind::real:
            return "a number";
        case Kind::boolean:
            return "`true` or `false`";
        case Kind::string:
            return "a text in quotes";
        case Kind::duration:
            return "a duration such as `30s`";
        case Kind::fraction:
            return "a share such as `10%`";
        case Kind::file:
            return "the name of a file";
        case Kind::folder:
            return "the name of a folder";
        case Kind::word:
            return "a word";
        case Kind::symbols:
            return alternatives(accepted.symbols);
        case Kind::list:
            return accepted.elements.front().kind == Kind::list ? "a list of lists" : "a list";
        case Kind::metric:
            return "a metric such as `accuracy`";
        case Kind::condition:
            return "a condition such as `accuracy >= 0.97`";
        case Kind::block:
            return "a block";
        case Kind::rule:
        case Kind::sort:
            return with_article(accepted.sort);
    }
    return {};
}

/// The bound as the parameter's kind of value is written.
std::string bound_text(double bound, const core::Constant& like) {
    if (like.as<core::Fraction>() != nullptr) return core::to_text(core::Constant{core::Fraction{bound}});
    if (like.as<core::Duration>() != nullptr) return core::to_text(core::Constant{core::Duration{bound}});
    if (bound == static_cast<double>(static_cast<std::int64_t>(bound))) {
        return std::to_string(static_cast<std::int64_t>(bound));
    }
    return core::to_text(core::Constant{bound});
}

std::optional<double> measure(const core::Constant& constant) {
    if (const auto* fraction = constant.as<core::Fraction>()) return fraction->value;
    if (const auto* duration = constant.as<core::Duration>()) return duration->seconds;
    return constant.number();
}

}  // namespace

std::string with_article(const std::string& noun) {
    if (noun == "data") return "a data set";
    return (std::string("aeiou").find(noun.front()) == std::string::npos ? "a " : "an ") + noun;
}

std::string describe(const std::vector<Accepted>& accepted) {
    std::string text;
    for (std::size_t i = 0; i < accepted.size(); ++i) {
        if (i > 0) text += i + 1 < accepted.size() ? ", " : " or ";
        text += noun(accepted[i]);
    }
    return text;
}

std::string describe(const core::Constant& constant, const Registry& registry) {
    std::string text = written(constant, registry, false);
    if (text.size() > 60) text = text.substr(0, 57) + "...";
    if (constant.as<std::int64_t>() != nullptr) return "the whole number " + text;
    if (constant.as<double>() != nullptr) return "the number " + text;
    if (constant.as<std::string>() != nullptr) return "the text " + text;
    if (constant.as<core::Duration>() != nullptr) return "the duration " + text;
    if (constant.as<core::Fraction>() != nullptr) return "the share " + text;
    if (constant.as<core::Symbol>() != nullptr) return "the word `" + text + "`";
    if (constant.as<core::List>() != nullptr) return "the list " + text;
    if (constant.as<core::Condition>() != nullptr) return "the condition `" + text + "`";
    if (const core::Call* call = constant.call()) {
        const Signature* signature = registry.find(*call);
        const std::string sort = signature == nullptr ? "value" : signature->sort;
        return "the " + (sort == "data" ? std::string("data set") : sort) + " `" + text + "`";
    }
    return "`" + text + "`";
}

Value Elaborator::accept(Value value, const Wanted& wanted, const Where& where) {
    if (value.kind == Value::Kind::broken) return {};
    const std::string name = "`" + wanted.parameter->name + "` of `" + wanted.signature->name + "`";
    if (value.kind == Value::Kind::scheme) {
        if (wanted.takes(Kind::block)) return value;
        if (value.tree->as<Broken>() != nullptr) return {};
        findings_.error("T0204", where, name + " takes " + describe(*wanted.accepted) + ", not a block");
        return {};
    }
    if (auto converted = convert(value.constant, *wanted.accepted, where)) {
        if (!in_range(*converted, wanted, where)) return {};
        return Value::of(std::move(*converted));
    }
    std::string hint;
    const auto* text = value.constant.as<std::string>();
    if (value.constant.number() && wanted.takes(Kind::fraction)) hint = "a share is written with `%`: `1%`";
    if (value.constant.number() && wanted.takes(Kind::duration)) {
        hint = "a duration has a unit: `30s`, `10min`, `2h`";
    }
    if (text != nullptr && wanted.takes_symbol(*text)) hint = "write it without quotes: `" + *text + "`";
    if (hint.empty() && value.constant.as<double>() != nullptr && wanted.takes(Kind::integer)) {
        hint = "a whole number has no point and no exponent";
    }
    findings_.error(
        "T0204", where,
        name + " takes " + describe(*wanted.accepted) + ", not " + describe(value.constant, registry_),
        std::move(hint));
    return {};
}

std::optional<core::Constant> Elaborator::convert(const core::Constant& constant,
                                                  const std::vector<Accepted>& accepted, const Where& where) {
    const auto has = [&](Kind kind) {
        for (const Accepted& one : accepted) {
            if (one.kind == kind) return true;
        }
        return false;
    };
    if (const auto* whole = constant.as<std::int64_t>()) {
        if (has(Kind::integer)) return constant;
        if (has(Kind::real)) return core::Constant{static_cast<double>(*whole)};
        return std::nullopt;
    }
    if (constant.as<double>() != nullptr) return has(Kind::real) ? std::optional(constant) : std::nullopt;
    if (constant.as<bool>() != nullptr) return has(Kind::boolean) ? std::optional(constant) : std::nullopt;
    if (constant.as<core::Duration>() != nullptr)
        return has(Kind::duration) ? std::optional(constant) : std::nullopt;
    if (constant.as<core::Fraction>() != nullptr)
        return has(Kind::fraction) ? std::optional(constant) : std::nullopt;
    if (const auto* text = constant.as<std::string>()) {
        if (has(Kind::file)) return core::Constant{path(*text, false, where)};
        if (has(Kind::folder)) return core::Constant{path(*text, true, where)};
        if (has(Kind::string)) return constant;
        if (has(Kind::word) && !text->empty()) return core::Constant{core::Symbol{*text}};
        return std::nullopt;
    }
    if (const auto* symbol = constant.as<core::Symbol>()) {
        if (has(Kind::word)) return constant;
        for (const Accepted& one : accepted) {
            for (const std::string& name : one.symbols) {
                if (name == symbol->name) return constant;
            }
        }
        return std::nullopt;
    }
    if (const auto* condition = constant.as<core::Condition>()) {
        return has(condition->op.empty() ? Kind::metric : Kind::condition) ? std::optional(constant)
                                                                           : std::nullopt;
    }
    if (const auto* list = constant.as<core::List>()) {
        for (const Accepted& one : accepted) {
            if (one.kind != Kind::list) continue;
            core::List converted;
            for (const core::Constant& element : *list) {
                auto made = convert(element, one.elements, where);
                if (!made) break;
                converted.push_back(std::move(*made));
            }
            if (converted.size() == list->size()) return core::Constant{std::move(converted)};
        }
        return std::nullopt;
    }
    if (const core::Call* call = constant.call()) {
        const Signature* signature = registry_.find(*call);
        for (const Accepted& one : accepted) {
            if (signature != nullptr && one.sort == signature->sort) return constant;
        }
    }
    return std::nullopt;
}

bool Elaborator::in_range(const core::Constant& constant, const Wanted& wanted, const Where& where) {
    const Parameter& parameter = *wanted.parameter;
    if (const auto* list = constant.as<core::List>()) {
        for (const core::Constant& element : *list) {
            if (!in_range(element, wanted, where)) return false;
        }
        return true;
    }
    const auto value = measure(constant);
    if (!value) return true;
    std::string rule;
    if (parameter.minimum &&
        (parameter.above_minimum ? !(*value > *parameter.minimum) : !(*value >= *parameter.minimum))) {
        rule = (parameter.above_minimum ? "above " : "at least ") + bound_text(*parameter.minimum, constant);
    } else if (parameter.maximum &&
               (parameter.below_maximum ? !(*value < *parameter.maximum) : !(*value <= *parameter.maximum))) {
        rule = (parameter.below_maximum ? "below " : "at most ") + bound_text(*parameter.maximum, constant);
    } else if (constant.as<core::Fraction>() != nullptr && *value > 1) {
        rule = "at most 100%";  // there is no more of anything to take
    } else {
        return true;
    }
    findings_.error("T0205", where,
                    "`" + parameter.name + "` of `" + wanted.signature->name + "` must be " + rule +
                        ", not " + core::to_text(constant));
    return false;
}

/// A path as the run needs it, relative to the scheme's folder; what is not there is reported.
std::string Elaborator::path(const std::string& written, bool folder, const Where& where) {
    std::string found = written;
    for (const auto& file : program_.files) {
        if (file->source == where.span.source && !file->folder.empty())
            found = join_path(file->folder, written);
    }
    if (!options_.check_files) return found;
    const std::filesystem::path full = std::filesystem::path(parent_folder(program_.root().path)) / found;
    const std::string shown = "`" + full.lexically_normal().string() + "`";
    std::error_code error;
    const auto status = std::filesystem::status(full, error);
    std::string code, message;
    if (written.empty()) {
        code = "T0601";
        message = std::string("the name of the ") + (folder ? "folder" : "file") + " is empty";
    } else if (!std::filesystem::exists(status)) {
        code = "T0601";
        message = std::string("there is no ") + (folder ? "folder " : "file ") + shown;
    } else if (std::filesystem::is_directory(status) != folder) {
        code = "T0603";
        message = shown + (folder ? " is not a folder" : " is a folder, not a file");
    } else if (access(full.c_str(), folder ? R_OK | X_OK : R_OK) != 0) {
        code = "T0602";
        message = shown + " may not be read";
    } else {
        return found;
    }
    bad_file_ = true;
    auto& finding = findings_.error(code, where, message);
    finding.data = true;
    if (code == "T0601" && !full.is_absolute()) finding.hint = "paths are relative to the scheme's file";
    if (code == "T0602") finding.hint = "see its permissions";
    return found;
}

}  // namespace trama::lang
