#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

Describe optimizer(std::string name, std::string doc, std::string example) {
    return Describe(std::move(name), "optimizer")
        .in("Optimizers")
        .says(std::move(doc))
        .like("train(data, optimizer: " + std::move(example) + ")");
}

Param rate() {
    return Param("lr", "real | schedule", "Learning rate per step.").by_round().above(0);
}

Param decay(std::string name, std::string what, std::string fallback) {
    return Param(std::move(name), "real", "Decay of " + std::move(what) + ".")
        .or_else(std::move(fallback))
        .at_least(0)
        .below(1);
}

Param epsilon(std::string what) {
    return Param("eps", "real", "Added to the root of " + std::move(what) + ".").or_else("1e-8").at_least(0);
}

Param l2_penalty() {
    return Param("weight_decay", "real", "L2 penalty: this times the weight is added to its gradient.")
        .or_else("0")
        .at_least(0);
}

Param momentum(std::string doc) {
    return Param("momentum", "real", std::move(doc)).or_else("0").at_least(0).below(1);
}

}  // namespace

void add_optimizers(Library& library) {
    library.add_value(
        optimizer(
            "sgd",
            "Stochastic gradient descent, with momentum as in libtorch: v = momentum·v + g, w = w − lr·v.",
            "sgd(lr: 0.1, momentum: 0.9)")
            .takes(rate())
            .takes(momentum("Share of the last step that goes on; 0: none."))
            .takes(l2_penalty())
            .takes(Param("nesterov", "bool", "Nesterov's momentum; needs a momentum above 0.")
                       .or_else("false")));
    library.add_value(
        optimizer("adam",
                  "Adam: steps scaled by running moments of the gradient. The moments start afresh in each "
                  "round, unless `train` says `keep: true`.",
                  "adam(lr: 0.001)")
            .after("Kingma and Ba, Adam: A Method for Stochastic Optimization, ICLR 2015")
            .takes(rate().or_else("0.001"))
            .takes(decay("beta1", "the first moment", "0.9"))
            .takes(decay("beta2", "the second moment", "0.999"))
            .takes(epsilon("the second moment"))
            .takes(l2_penalty()));
    library.add_value(
        optimizer("adamw", "Adam whose weight decay acts on the weights themselves.", "adamw(lr: 0.001)")
            .after("Loshchilov and Hutter, Decoupled Weight Decay Regularization, ICLR 2019")
            .takes(rate().or_else("0.001"))
            .takes(decay("beta1", "the first moment", "0.9"))
            .takes(decay("beta2", "the second moment", "0.999"))
            .takes(epsilon("the second moment"))
            .takes(
                Param("weight_decay", "real", "Share of the weight that each step removes, times the rate.")
                    .or_else("0.01")
                    .at_least(0)));
    library.add_value(
        optimizer("rmsprop",
                  "Steps scaled by a running mean of the squared gradient, as in libtorch: v = momentum·v + "
                  "g/(√mean + eps), w = w − lr·v.",
                  "rmsprop(lr: 0.01)")
            .after("Tieleman and Hinton, Lecture 6.5: RMSProp, Coursera, 2012; centered: Graves, Generating "
                   "Sequences With Recurrent Neural Networks, 2013")
            .takes(rate().or_else("0.01"))
            .takes(decay("alpha", "the mean", "0.99"))
            .takes(epsilon("the mean"))
            .takes(momentum("Share of the last step that goes on; 0: none."))
            .takes(Param("centered", "bool",
                         "Takes the square of the gradient's running mean off the mean of "
                         "its square: its variance.")
                       .or_else("false"))
            .takes(l2_penalty()));
}

}  // namespace trama::learn
