#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_optimizers(Library& library) {
    library.add_value(
        Describe("sgd", "optimizer")
            .in("Optimizers")
            .says("Stochastic gradient descent, with momentum as in libtorch: v = momentum·v + g, w = w − "
                  "lr·v.")
            .like("train(data, optimizer: sgd(lr: 0.1, momentum: 0.9))")
            .takes(Param("lr", "real | schedule", "Learning rate per step.").by_round().above(0))
            .takes(Param("momentum", "real", "Share of the last step that goes on; 0: none.")
                       .or_else("0")
                       .at_least(0)
                       .below(1))
            .takes(
                Param("weight_decay", "real", "L2 penalty: this times the weight is added to its gradient.")
                    .or_else("0")
                    .at_least(0))
            .takes(Param("nesterov", "bool", "Nesterov's momentum; needs a momentum above 0.")
                       .or_else("false")));
    library.add_value(
        Describe("adam", "optimizer")
            .in("Optimizers")
            .says("Adam: steps scaled by running moments of the gradient. The moments start afresh in each "
                  "round.")
            .like("train(data, optimizer: adam(lr: 0.001))")
            .after("Kingma and Ba, Adam: A Method for Stochastic Optimization, ICLR 2015")
            .takes(Param("lr", "real | schedule", "Learning rate per step.")
                       .or_else("0.001")
                       .by_round()
                       .above(0))
            .takes(Param("beta1", "real", "Decay of the first moment.").or_else("0.9").at_least(0).below(1))
            .takes(
                Param("beta2", "real", "Decay of the second moment.").or_else("0.999").at_least(0).below(1))
            .takes(
                Param("eps", "real", "Added to the root of the second moment.").or_else("1e-8").at_least(0))
            .takes(
                Param("weight_decay", "real", "L2 penalty: this times the weight is added to its gradient.")
                    .or_else("0")
                    .at_least(0)));
}

}  // namespace trama::learn
