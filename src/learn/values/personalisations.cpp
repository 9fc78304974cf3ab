#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_personalisations(Library& library) {
    library.add_value(
        Describe("ditto", "personalisation")
            .in("Personalisation")
            .says("Each client trains a second model of its own, which is pulled towards the common one.")
            .like("train(data, optimizer: sgd(lr: 0.1), personal: ditto(lambda: 0.1))")
            .after("Li et al., Ditto: Fair and Robust Federated Learning Through Personalization, ICML 2021")
            .takes(Param("lambda", "real", "Strength of the pull; 0: each client by itself.")
                       .or_else("0.1")
                       .at_least(0)));
    library.add_value(
        Describe("per_fedavg", "personalisation")
            .in("Personalisation")
            .says("Trains the common model to be good after one step on a client's own data (first-order "
                  "MAML): each step takes two batches, one to adapt and one to learn from. The client's own "
                  "model is the received one after one step on its whole part.")
            .like("train(data, optimizer: sgd(lr: 0.1), personal: per_fedavg(alpha: 0.01))")
            .after("Fallah, Mokhtari and Ozdaglar, Personalized Federated Learning with Theoretical "
                   "Guarantees, NeurIPS 2020")
            .takes(Param("alpha", "real", "Rate of the step that adapts.").or_else("0.01").above(0)));
}

}  // namespace trama::learn
