#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trama::cli {

/// What a value on the command line is: decides what is checked and what completion offers.
enum class Takes {
    nothing,  ///< a flag
    text,
    count,     ///< 0, 1, 2, ...
    positive,  ///< 1, 2, ...
    word,      ///< one of `words`
    scheme,    ///< a *.trama file
    file,
    folder,
    block,  ///< a name from `trama blocks`
    code,   ///< a diagnostic's code
};

struct Option {
    std::string name = {};   ///< "--set"
    std::string value = {};  ///< what stands for its value in help: "NAME=VALUE"; empty for a flag
    std::string doc = {};
    Takes takes = Takes::nothing;
    bool repeats = false;
    std::vector<std::string> words = {};
    bool hidden = false;
};

struct Operand {
    std::string name = {};  ///< "FILE"
    std::string doc = {};
    Takes takes = Takes::text;
    bool optional = false;
    bool repeats = false;
    std::vector<std::string> words = {};
};

struct Example {
    std::string doc = {};
    std::string line = {};
};

class Arguments;

/// Everything about one command; help, the manual, completion and parsing read it.
struct Command {
    std::string name = {};
    std::string summary = {};  ///< one line, lower case, no full stop
    std::string details = {};  ///< paragraphs, separated by empty lines
    std::vector<Operand> operands = {};
    std::vector<Option> options = {};
    std::vector<Example> examples = {};
    int (*run)(const Arguments&) = nullptr;  ///< gives the exit code
    bool hidden = false;
};

/// What was given, by the names of options and operands.
class Arguments {
  public:
    bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
    /// The (last) value; empty when there is none.
    std::string get(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;
    std::optional<unsigned long long> count(std::string_view name) const;
    void add(std::string name, std::vector<std::string> values) {
        values_[std::move(name)] = std::move(values);
    }

    /// The whole command line, for the record.
    std::vector<std::string> line;

  private:
    std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// All commands, in the order of `trama --help`.
const std::vector<Command>& commands();
const Command* find_command(std::string_view name);
/// Words that an operand or option may be, for completion: block names, codes, choices.
std::vector<std::string> words_for(Takes takes, const std::vector<std::string>& words);

struct ExitCode {
    int code;
    std::string meaning;
    std::string command = {};  ///< the only one that ends with it
};
const std::vector<ExitCode>& exit_codes();

// One per file.
Command check_command();
Command show_command();
Command fmt_command();
Command run_command();
Command test_command();
Command fetch_command();
Command explain_command();
Command blocks_command();
Command man_command();
Command completion_command();
Command version_command();

}  // namespace trama::cli
