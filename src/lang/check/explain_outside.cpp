#include "lang/check/explain.hpp"

namespace trama::lang {
namespace {

std::string run(const std::string& data, const std::string& net) {
    return "data = " + data + "\nnet = " + net +
           "\nscheme = init(net) >> feedback(rounds: 20) {\n    broadcast >> [| train(data, optimizer: "
           "sgd(lr: 0.1)) |]^4 >> reduce(fedavg)\n}";
}

}  // namespace

std::vector<Explanation> outside_explanations() {
    // clang-format off
    return {
        {"T0601", "a file that is not there",
         "Paths are relative to the file in which they are written. The scheme itself may be right: `trama check` exits with 4.",
         run("csv(file: \"no-such-table.csv\", label: \"kind\")", "mlp(64, 10)"),
         run("digits()", "mlp(64, 10)")},
        {"T0602", "a file that may not be read",
         "The file exists, but its permissions do not let you read it.",
         "", ""},
        {"T0603", "a folder where a file is needed, or the other way",
         "The path exists, but is of the other kind.",
         run("csv(file: \".\", label: \"kind\")", "mlp(64, 10)"),
         run("digits()", "mlp(64, 10)")},
        {"T0604", "data that cannot be used",
         "Only the headers of a data set are read by `trama check`. They say that it is damaged, or not what its function "
         "reads.",
         "", ""},
        {"T0605", "a net whose input does not fit the data",
         "The first size of a net is the size of a sample: 64 numbers for 8 × 8 digits, 784 for MNIST's 28 × 28.",
         run("digits()", "mlp(784, 32, 10)"), run("digits()", "mlp(64, 32, 10)")},
        {"T0606", "a net whose output does not fit the data",
         "A net has one output for each class of the data.",
         run("digits()", "mlp(64, 32, 8)"), run("digits()", "mlp(64, 32, 10)")},
        {"T0607", "a net that cannot be built",
         "Its sizes do not fit each other.",
         "data = digits()\nnet = cnn(10, input: [64])\nscheme = init(net) >> test(data)",
         "data = digits()\nnet = cnn(10, input: [1, 8, 8])\nscheme = init(net) >> test(data)"},
        {"T0701", "`--set` of an unknown name",
         "`--set name=value` replaces a constant that the scheme binds at top level: `rounds = 20`. Arguments inside of "
         "calls have no names of their own there; bind them first.",
         "", ""},
        {"T0702", "`--set` of something else",
         "`--set` replaces a constant by one of its type: a number by a number, a net by a net. Blocks and definitions "
         "cannot be replaced.",
         "", ""},
        {"T0703", "an import that cannot be read",
         "`import \"file\"` is relative to the file that imports.",
         "import \"no-such-file.trama\"\n" + with_client("scheme = init(net) >> feedback(rounds: 20) { client }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { client }")},
        {"T0704", "imports in a circle",
         "A file cannot import itself, not even through others. Move what both need into a third one.",
         "", ""},
        {"T0801", "too many actors",
         "Every copy of a block is an actor. The limit guards against a slip of the keyboard; `--max-actors` raises it.",
         with_body("broadcast >> [| client |]^100000000 >> reduce(fedavg)"),
         with_body("broadcast >> [| client |]^100 >> reduce(fedavg)")},
        {"T0802", "a scheme that is too large when expanded",
         "A `def` is copied where it is used. One that uses its argument twice doubles it, and a chain of thirty of them has a "
         "thousand million blocks. Copies that are alike are written `[| D |]^n`.",
         "", ""},
        {"T0803", "nested too deeply",
         "Definitions that use each other in a long chain, or imports that do, nest without bound.",
         "", ""},
        {"T0901", "a name that is not used",
         "Only a warning: nothing refers to it. It may be a misspelt argument of `scheme`, or left over.",
         "rounds = 20\n" + with_client("scheme = init(net) >> feedback(rounds: 5) { client }"),
         "rounds = 20\n" + with_client("scheme = init(net) >> feedback(rounds: rounds) { client }")},
        {"T0902", "a block without a runtime",
         "The block is part of the language, and `trama check` and `trama show` understand it, but nothing in this build can "
         "run it. `trama blocks` marks those that run.",
         "", ""},
        {"T0903", "published, but nobody reads it",
         "Only a warning: no `subscribe` has this name.",
         with_client("scheme = init(net) >> publish(global) >> feedback(rounds: 20) { client }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { client }")},
        {"T0904", "noise that hides less than it should",
         "Only a warning: `noise` hides a client if its update is clipped to the norm that the noise is made for, and, behind a "
         "fold, if all clients count alike in a mean of as many as `clients:` says. `trama check` counts with what is there.",
         "", ""},
    };
    // clang-format on
}

}  // namespace trama::lang
