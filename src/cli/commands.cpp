#include <algorithm>
#include <charconv>

#include "cli/command.hpp"
#include "trama/lang/diagnostic.hpp"
#include "trama/learn/library.hpp"
#include "trama/run/run.hpp"

namespace trama::cli {

std::string Arguments::get(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Arguments::all(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::vector<std::string>() : found->second;
}

std::optional<unsigned long long> Arguments::count(std::string_view name) const {
    const std::string text = get(name);
    unsigned long long value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return value;
}

const std::vector<Command>& commands() {
    static const std::vector<Command> all{run_command(),    check_command(),     show_command(),
                                          fmt_command(),    test_command(),      fetch_command(),
                                          blocks_command(), explain_command(),   version_command(),
                                          man_command(),    completion_command()};
    return all;
}

const Command* find_command(std::string_view name) {
    for (const Command& command : commands())
        if (command.name == name) return &command;
    return nullptr;
}

std::vector<std::string> words_for(Takes takes, const std::vector<std::string>& words) {
    std::vector<std::string> out = words;
    if (takes == Takes::block) {
        learn::Library library;
        run::add_builtins(library);
        for (const auto* signature : library.registry().all())
            if (std::ranges::find(out, signature->name) == out.end()) out.push_back(signature->name);
    } else if (takes == Takes::code) {
        for (const auto& explanation : lang::explanations())
            out.push_back(explanation.code);
    }
    return out;
}

const std::vector<ExitCode>& exit_codes() {
    static const std::vector<ExitCode> codes{
        {0, "done"},
        {1, "`fmt --check` found a file that is not formatted", "fmt"},
        {2, "wrong usage: the command line"},
        {3, "the scheme is wrong"},
        {4, "the scheme is right, but files or data are not"},
        {5, "the run failed"},
        {130, "interrupted; what was done until then is kept"},
    };
    return codes;
}

}  // namespace trama::cli
