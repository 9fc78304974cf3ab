#include "lang/syntax/explain.hpp"

// What `trama explain` says of T0020 to T0099: brackets, operators, statements.

namespace trama::lang {

std::vector<Explanation> grammar_explanations() {
    // clang-format off
    return {
        {"T0020", "expected an expression",
         "Something that has a value should stand here: a name, a call, a number, a string, a "
         "list, or a scheme.",
         "client = train(data, batch:)",
         "client = train(data, batch: 64)"},
        {"T0021", "bracket not closed",
         "A bracket was opened and the statement ended before it was closed. Both places are "
         "shown. Inside brackets newlines do not end a statement, so the mistake may be some lines "
         "above the place where it was noticed.",
         "data = mnist(dir: \"data/mnist\"\nn = 4",
         "data = mnist(dir: \"data/mnist\")\nn = 4"},
        {"T0022", "brackets do not match",
         "A bracket is closed by another kind than it was opened with, or a closing bracket has no "
         "opening one. A distribute is written `[| ... |]`, a list `[ ... ]`, a body `{ ... }`.",
         "clients = [| client ]^4",
         "clients = [| client |]^4"},
        {"T0023", "another language's arrow",
         "Stages are joined by `>>`.",
         "scheme = init(net) -> train(data)",
         "scheme = init(net) >> train(data)"},
        {"T0024", "`=` in an argument",
         "Arguments are given by name with `:`. `=` binds a name to a value, in a statement of its "
         "own.",
         "client = train(data, batch = 64)",
         "client = train(data, batch: 64)"},
        {"T0025", "`:` in a binding",
         "A name is bound to its value with `=`. `:` gives an argument by name, inside of a call.",
         "n: 4",
         "n = 4"},
        {"T0026", "`^` without a count",
         "`^` is followed by the number of copies: a whole number, a name that stands for one, or "
         "an expression in parentheses. `^(i: n)` also names the copy, from 0, so that copies can "
         "differ.",
         "clients = [| client |]^ >> gather",
         "clients = [| client |]^4 >> gather"},
        {"T0027", "`^` behind something that cannot be copied",
         "`^` copies a distribute `[| ... |]`. It is not a power operator, and a distribute is "
         "copied once: nest two for copies of copies.",
         "clients = client^4",
         "clients = [| client |]^4"},
        {"T0028", "a keyword as a name",
         "`def`, `import`, `true` and `false` mean something else and cannot be names.",
         "import = 4",
         "imported = 4"},
        {"T0029", "empty body",
         "The braces behind `feedback`, `tap` and their like hold the scheme that is run. There is "
         "none.",
         "loop = feedback(rounds: 20) {}",
         "loop = feedback(rounds: 20) { step }"},
        {"T0030", "missing comma",
         "Arguments, list elements and the branches of a distribute are separated by commas, also "
         "over several lines.",
         "net = mlp(784 64, 10)",
         "net = mlp(784, 64, 10)"},
        {"T0031", "two statements on one line",
         "Every statement begins a line.",
         "n = 4 m = 5",
         "n = 4\nm = 5"},
        {"T0032", "a statement without a name",
         "A file is a list of named values; the scheme that runs has a name, too. Nothing else is "
         "a statement. If the line was meant to continue the one above, it begins with `>>`.",
         "init(net) >> train(data)",
         "scheme = init(net) >> train(data)"},
        {"T0033", "empty distribute",
         "`[| ... |]` holds the program to copy, or several programs side by side.",
         "clients = [| |]^4",
         "clients = [| client |]^4"},
        {"T0034", "a line ends too early",
         "A newline ends a statement unless it is inside brackets or beside a `>>`. Break the line "
         "there, or put parentheses around a long expression.",
         "n = 1 +\n    2",
         "n = (1 +\n    2)"},
        {"T0035", "comparisons do not chain",
         "A comparison has two sides. Several conditions are several arguments: the loop ends at "
         "whichever comes first.",
         "loop = feedback(until: 0.5 < accuracy < 0.9) { step }",
         "loop = feedback(until: accuracy >= 0.9) { step }"},
        {"T0036", "something else than a name is called",
         "Only names can be called. A definition that takes arguments is called once, with all of "
         "them.",
         "a = f(1)(2)",
         "a = f(1, 2)"},
        {"T0037", "malformed definition",
         "A definition is `def`, a name, parameters in parentheses (or none), `=`, and an "
         "expression. Parameters have no defaults and no types: these follow from their use.",
         "def star(worker): broadcast >> [| worker |]^4",
         "def star(worker) = broadcast >> [| worker |]^4"},
        {"T0038", "malformed import",
         "`import` is followed by the path of a file in quotes, relative to the importing file, "
         "and by nothing else.",
         "import clients",
         "import \"clients.trama\""},
        {"T0039", "malformed index",
         "An index stands directly behind its list and holds one number; elements count from 0. "
         "With a space before it, `[...]` would be a list of its own.",
         "first = rates [0]",
         "first = rates[0]"},
        {"T0040", "placed twice",
         "A block is placed at one site. Where blocks are placed inside of placed blocks, the "
         "inner place counts: use parentheses or a distribute to nest them.",
         "a = client @ left @ right",
         "a = client @ left"},
        {"T0041", "missing `>>` or operator",
         "Two expressions stand side by side with nothing between them. Stages are joined by `>>`, "
         "also inside of a body that has a stage on each line.",
         "a = broadcast gather",
         "a = broadcast >> gather"},
        {"T0042", "nested too deeply",
         "Brackets and operators may be nested 200 levels deep. Give inner parts names of their "
         "own.",
         "",
         ""},
        {"T0043", "too many errors",
         "Only the first hundred syntax errors of a file are shown. Perhaps it is not a Trama "
         "file.",
         "",
         ""},
        {"T0044", "unexpected text",
         "What stands here can neither continue nor end what is before it.",
         "loop = feedback(until: accuracy = 0.9) { step }",
         "loop = feedback(until: accuracy >= 0.9) { step }"},
        {"T0045", "an argument's name in quotes",
         "The name of an argument is a bare name.",
         "client = train(data, \"batch\": 64)",
         "client = train(data, batch: 64)"},
        {"T0046", "a body without a block",
         "A body `{ ... }` follows the name or the call of the block that runs it.",
         "loop = { step }",
         "loop = feedback(rounds: 20) { step }"},
        {"T0047", "no such operator",
         "There are `+`, `-`, `*` and `/` for numbers, and comparisons for conditions. `%` marks a "
         "fraction and follows its number without a space.",
         "rest = 7 % 3",
         "share = 7%"},
    };
    // clang-format on
}

}  // namespace trama::lang
