#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>

#include "cli/command.hpp"
#include "cli/help.hpp"
#include "cli/parse.hpp"
#include "cli/scheme.hpp"
#include "trama/core/words.hpp"
#include "trama/learn/backend.hpp"
#include "trama/report/terminal.hpp"

namespace trama::cli {
namespace {

constexpr std::size_t widest_help = 100;

std::size_t help_width() {
    return std::min(report::detect_terminal(STDOUT_FILENO).width, widest_help);
}

bool asks_for_help(const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (word == "--") return false;
        if (word == "--help" || word == "-h") return true;
    }
    return false;
}

int unknown_command(const std::string& name) {
    std::vector<std::string> names;
    for (const Command& command : commands())
        if (!command.hidden) names.push_back(command.name);
    const std::string meant = core::nearest(name, names);
    std::string hint =
        meant.empty() ? "`trama --help` lists what there is" : fmt::format("did you mean `trama {}`?", meant);
    if (name.ends_with(".trama")) hint = fmt::format("did you mean `trama run {}`?", name);
    return print_error({core::ErrorKind::usage, fmt::format("trama has no command `{}`", name), {}, hint});
}

int dispatch(const std::vector<std::string>& line) {
    std::vector<std::string> words(line.begin() + 1, line.end());
    if (words.empty()) {
        std::fputs(help(help_width()).c_str(), stderr);
        return core::exit_code(core::ErrorKind::usage);
    }
    if (words[0] == "help") {
        words.erase(words.begin());
        words.emplace_back("--help");
    }
    std::string name = words[0];
    if (name == "--help" || name == "-h") {
        print(help(help_width()));
        return 0;
    }
    if (name == "--version") name = "version";
    const Command* command = find_command(name);
    if (command == nullptr) return unknown_command(name);
    words.erase(words.begin());
    if (asks_for_help(words)) {
        print(help(*command, help_width()));
        return 0;
    }
    auto arguments = parse(*command, words);
    if (!arguments) return print_error(arguments.error());
    arguments->line = line;
    return command->run(*arguments);
}

/// What could not be printed is an error too: `trama show x > /dev/full` must not look like a success.
int close_output(int code) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    print_error({core::ErrorKind::data,
                 fmt::format("cannot write to standard output: {}", std::strerror(errno)),
                 {},
                 {}});
    return code != 0 ? code : core::exit_code(core::ErrorKind::data);
}

}  // namespace
}  // namespace trama::cli

int main(int argc, char** argv) {
    // While there is one thread: libraries read these when they start.
    trama::learn::prepare_environment();
    try {
        return trama::cli::close_output(trama::cli::dispatch({argv, argv + argc}));
    } catch (const std::exception& error) {
        std::fprintf(
            stderr,
            "error: %s\nThis is a bug in trama: please report it with the scheme and the command line.\n",
            error.what());
        return trama::core::exit_code(trama::core::ErrorKind::run);
    }
}
