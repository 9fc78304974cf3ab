#include "cli/parse.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>

#include "cli/help.hpp"
#include "trama/core/words.hpp"

namespace trama::cli {
namespace {

using core::ErrorKind;

core::Result<void> check_value(const Arguments& arguments, const std::string& name, Takes takes,
                               const std::vector<std::string>& words) {
    for (const std::string& value : arguments.all(name)) {
        if (takes == Takes::count || takes == Takes::positive) {
            const auto number = arguments.count(name);
            if (!number || (takes == Takes::positive && *number == 0))
                return core::fail(ErrorKind::usage, fmt::format("{} takes a number from {}, not `{}`", name,
                                                                takes == Takes::count ? 0 : 1, value));
        } else if (takes == Takes::word && std::find(words.begin(), words.end(), value) == words.end()) {
            const std::string meant = core::nearest(value, words);
            return core::fail(
                ErrorKind::usage,
                fmt::format("{} takes one of {}, not `{}`", name, fmt::join(words, ", "), value), {},
                meant.empty() ? "" : fmt::format("did you mean `{}`?", meant));
        }
    }
    return {};
}

tl::unexpected<core::Error> unknown_option(const Command& command, const std::string& given) {
    const std::string name = given.substr(0, given.find('='));
    std::vector<std::string> names{"--help"};
    for (const auto& option : command.options)
        names.push_back(option.name);
    const std::string meant = core::nearest(name, names);
    return core::fail(ErrorKind::usage, fmt::format("`trama {}` has no option `{}`", command.name, name), {},
                      meant.empty() ? fmt::format("`trama {} --help` lists what there is", command.name)
                                    : fmt::format("did you mean `{}`?", meant));
}

}  // namespace

std::string parser_version() {
    return CLI11_VERSION;
}

core::Result<Arguments> parse(const Command& command, const std::vector<std::string>& words) {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<std::pair<const Option*, CLI::Option*>> options;
    for (const auto& option : command.options) {
        auto* made = option.takes == Takes::nothing ? app.add_flag(option.name) : app.add_option(option.name);
        if (option.takes != Takes::nothing)
            made->expected(1)->multi_option_policy(option.repeats ? CLI::MultiOptionPolicy::TakeAll
                                                                  : CLI::MultiOptionPolicy::Throw);
        options.emplace_back(&option, made);
    }
    try {
        // CLI11 takes the words from the back.
        app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
    } catch (const CLI::ArgumentMismatch& error) {
        for (const auto& [option, made] : options) {
            if (made->get_name() != option->name || error.get_name().empty()) continue;
            if (std::string(error.what()).find(option->name) == std::string::npos) continue;
            const bool missing = made->count() == 0;
            return core::fail(ErrorKind::usage,
                              missing
                                  ? fmt::format("{} needs a value: {}", option->name, option_head(*option))
                                  : fmt::format("{} is given more than once", option->name));
        }
        return core::fail(ErrorKind::usage, error.what());
    } catch (const CLI::Error& error) {
        return core::fail(ErrorKind::usage, error.what());
    }

    Arguments arguments;
    for (const auto& [option, made] : options) {
        if (made->count() == 0) continue;
        arguments.add(option->name,
                      option->takes == Takes::nothing ? std::vector<std::string>{} : made->results());
        if (auto good = check_value(arguments, option->name, option->takes, option->words); !good)
            return tl::unexpected(good.error());
    }

    const auto rest = app.remaining();
    const auto behind_dashes = std::find(words.begin(), words.end(), "--");
    std::vector<std::string> operands;
    for (const auto& word : rest) {
        if (word == "--") continue;
        const bool taken_as_is = std::find(behind_dashes, words.end(), word) != words.end();
        if (word.size() > 1 && word[0] == '-' && !taken_as_is) return unknown_option(command, word);
        operands.push_back(word);
    }
    std::size_t at = 0;
    for (const auto& operand : command.operands) {
        if (at == operands.size()) {
            if (operand.optional) break;
            return core::fail(ErrorKind::usage,
                              fmt::format("{} is missing: {}", operand.name, usage(command)), {},
                              fmt::format("`trama {} --help` explains it with examples", command.name));
        }
        const std::size_t end = operand.repeats ? operands.size() : at + 1;
        arguments.add(operand.name, {operands.begin() + static_cast<std::ptrdiff_t>(at),
                                     operands.begin() + static_cast<std::ptrdiff_t>(end)});
        if (auto good = check_value(arguments, operand.name, operand.takes, operand.words); !good)
            return tl::unexpected(good.error());
        at = end;
    }
    if (at < operands.size())
        return core::fail(ErrorKind::usage,
                          fmt::format("`{}` is one argument too many: {}", operands[at], usage(command)));
    return arguments;
}

}  // namespace trama::cli
