#include "lang/check/explain.hpp"

namespace trama::lang {
namespace {

/// A scheme that uses a client made by this call.
std::string client(const std::string& call) {
    return "data = digits()\nnet = mlp(64, 10)\nclient = " + call +
           "\nscheme = init(net) >> feedback(rounds: 20) { broadcast >> [| client |]^4 >> reduce(fedavg) }";
}

std::string loop(const std::string& arguments) {
    return with_client("scheme = init(net) >> feedback(" + arguments +
                       ") { broadcast >> [| client |]^4 >> reduce(fedavg) >> test(data) }");
}

std::string rates(const std::string& list, const std::string& lr) {
    return "data = digits()\nnet = mlp(64, 10)\nrates = " + list +
           "\nscheme = init(net) >> feedback(rounds: 20) {\n    broadcast\n    >> [| train(data, optimizer: "
           "sgd(lr: " +
           lr + ")) |]^(i: 4)\n    >> reduce(fedavg)\n}";
}

}  // namespace

std::vector<Explanation> argument_explanations() {
    // clang-format off
    return {
        {"T0201", "an argument is missing",
         "Arguments without a default must be given. `trama blocks NAME` shows what a function takes.",
         client("train(data)"), client("train(data, optimizer: sgd(lr: 0.1))")},
        {"T0202", "an unknown argument",
         "The function has no argument of that name. `trama blocks NAME` shows those it has.",
         client("train(data, optimiser: sgd(lr: 0.1))"), client("train(data, optimizer: sgd(lr: 0.1))")},
        {"T0203", "an argument is given twice",
         "Each argument is given once, by its place or by its name.",
         client("train(data, optimizer: sgd(lr: 0.1), batch: 8, batch: 16)"),
         client("train(data, optimizer: sgd(lr: 0.1), batch: 16)")},
        {"T0204", "a value of the wrong type",
         "Every argument says what it takes. Whole numbers are taken where numbers are; shares (`1%`) and durations "
         "(`30s`) are types of their own, so that `topk(1)` is not `topk(100%)`.",
         client("train(data, optimizer: sgd(lr: \"fast\"))"), client("train(data, optimizer: sgd(lr: 0.1))")},
        {"T0205", "a value out of range",
         "The type is right, but the number is not one that makes sense here; the message gives the bound.",
         loop("rounds: 0"), loop("rounds: 20")},
        {"T0206", "an argument without a name behind one with a name",
         "Arguments without names are matched by their place, so they come first.",
         client("train(optimizer: sgd(lr: 0.1), data)"), client("train(data, optimizer: sgd(lr: 0.1))")},
        {"T0207", "too many arguments",
         "There are more arguments than the function has.",
         with_client("scheme = init(net) >> feedback(rounds: 20) { broadcast(4) >> [| client |]^4 >> reduce(fedavg) }"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { broadcast >> [| client |]^4 >> reduce(fedavg) }")},
        {"T0208", "an unknown word",
         "The argument takes one of a few bare words, and this is none of them.",
         client("train(data, optimizer: sgd(lr: 0.1), batch: whole)"),
         client("train(data, optimizer: sgd(lr: 0.1), batch: full)")},
        {"T0209", "an operator that does not go with these values",
         "`+ - * /` compute with numbers. Shares and durations add up with their like, and are scaled by numbers: "
         "`2 * 30s` is a minute, `30s + 2` is nothing.",
         loop("rounds: 20, time: 30s + 2"), loop("rounds: 20, time: 30s + 2s")},
        {"T0210", "division by zero",
         "The divisor is zero.",
         loop("rounds: 20 / 0"), loop("rounds: 20 / 2")},
        {"T0211", "the result is too large",
         "Whole numbers have 64 bits. A number with a point or an exponent is a real, which reaches further, but counts "
         "are whole.",
         loop("rounds: 4000000000 * 4000000000"), loop("rounds: 4000 * 4000")},
        {"T0212", "an index outside of the list",
         "Elements count from 0, as copies do: a list of four has the elements 0 to 3. With `rates[i]` there is one "
         "element for each copy.",
         rates("[0.1, 0.2, 0.3]", "rates[i]"), rates("[0.1, 0.2, 0.3, 0.4]", "rates[i]")},
        {"T0213", "an index of what is no list",
         "Only lists have elements.",
         rates("0.1", "rates[i]"), rates("0.1", "rates")},
        {"T0214", "a body too many or too few",
         "`feedback` and `tap` take a body in braces, nothing else does.",
         with_client("scheme = init(net) >> feedback(rounds: 20)"),
         with_client("scheme = init(net) >> feedback(rounds: 20) { client }")},
        {"T0215", "an unknown metric",
         "Conditions read metrics from the tokens that leave the body. Training writes `train_loss`, testing `loss` and "
         "`accuracy`: the block that writes the metric must stand in the body.",
         loop("until: acuracy >= 0.95"), loop("until: accuracy >= 0.95")},
        {"T0216", "arguments that do not go together",
         "The one makes sense only with the other, or they exclude each other.",
         with_body("broadcast >> sample(2, fraction: 50%) >> [| client |]^4 >> reduce(fedavg)"),
         with_body("broadcast >> sample(fraction: 50%) >> [| client |]^4 >> reduce(fedavg)")},
        {"T0217", "what cannot depend on the copy",
         "The copies of a distribute differ in their arguments, not in their shape or place. Different programs are written "
         "side by side: `[| a, b |]`; copies are put at different sites by a group: `[| D |]^n @ workers`.",
         with_body("broadcast >> [| broadcast >> [| client |]^(i + 1) >> reduce(fedavg) |]^(i: 2) >> reduce(fedavg)"),
         with_body("broadcast >> [| broadcast >> [| client |]^2 >> reduce(fedavg) |]^2 >> reduce(fedavg)")},
        {"T0218", "a condition that is none",
         "A condition compares a metric with a number: `accuracy >= 0.97`, or over several streams `min(accuracy) >= 0.9`, "
         "`stream(2, loss) < 0.1`. It stands where a condition is taken, as in `until:`. Several conditions are several "
         "arguments.",
         loop("until: accuracy"), loop("until: accuracy >= 0.95")},
    };
    // clang-format on
}

}  // namespace trama::lang
