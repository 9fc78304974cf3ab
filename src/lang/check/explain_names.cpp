#include "lang/check/explain.hpp"

namespace trama::lang {

std::vector<Explanation> name_explanations() {
    // clang-format off
    return {
        {"T0101", "unknown name",
         "A name means what this file or an imported one binds, a parameter of the `def` around it, the number of the "
         "copy around it (`^(i: n)`), or something built in (`trama blocks` lists them). The order of the statements "
         "does not matter.",
         with_body("broadcast >> [| clinet |]^4 >> reduce(fedavg)"),
         with_body("broadcast >> [| client |]^4 >> reduce(fedavg)")},
        {"T0102", "defined twice",
         "A name has one meaning in a file and all that it imports. Rename one of the two; a constant that should change "
         "from run to run is set on the command line: `--set rounds=5`.",
         "rounds = 10\nrounds = 20\n" + with_client("scheme = init(net) >> feedback(rounds: rounds) { client }"),
         "rounds = 20\n" + with_client("scheme = init(net) >> feedback(rounds: rounds) { client }")},
        {"T0103", "defined by itself",
         "Values and definitions are expanded where they are used, so none can contain itself, not even through others. "
         "Inside of its own definition a name does not mean the built-in of that name: choose another one.",
         "data = digits()\nnet = mlp(64, 10)\ntrain = train(data, optimizer: sgd(lr: 0.1))\n"
         "scheme = init(net) >> feedback(rounds: 20) { train }",
         "data = digits()\nnet = mlp(64, 10)\nclient = train(data, optimizer: sgd(lr: 0.1))\n"
         "scheme = init(net) >> feedback(rounds: 20) { client }"},
        {"T0104", "nothing is called `scheme`",
         "A file that runs says what runs under the name `scheme`. Files that are only imported need none; an imported "
         "file's `scheme` is not taken over.",
         with_client("main = init(net) >> feedback(rounds: 20) { client }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { client }")},
        {"T0105", "a value where a block is needed",
         "A scheme is made of blocks, through which tokens flow: `train(...)`, `broadcast`, `[| D |]^n`. Numbers, rules, "
         "nets and data sets are values: they are arguments of blocks.",
         with_body("broadcast >> [| client |]^4 >> fedavg"),
         with_body("broadcast >> [| client |]^4 >> reduce(fedavg)")},
        {"T0107", "a value that takes no arguments",
         "Only built-in functions and what `def name(...) = ...` defines take arguments. A binding `name = value` is a "
         "value: it is used by its name alone.",
         with_body("broadcast >> [| client(lr: 0.1) |]^4 >> reduce(fedavg)"),
         "data = digits()\nnet = mlp(64, 10)\ndef client(lr) = train(data, optimizer: sgd(lr: lr))\n"
         "scheme = init(net) >> feedback(rounds: 20) { broadcast >> [| client(lr: 0.1) |]^4 >> reduce(fedavg) }"},
    };
    // clang-format on
}

}  // namespace trama::lang
