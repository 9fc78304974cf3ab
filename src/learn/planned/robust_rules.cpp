#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Rules that bear bad clients, without a runtime yet: they check and print.
namespace trama::learn {

namespace {

Describe robust(std::string name, std::string example, std::string doc, std::string paper) {
    return Describe(std::move(name), "rule", "[M] -> M")
        .in("Robust aggregation")
        .says(std::move(doc))
        .like("broadcast >> [| client |]^10 >> reduce(" + std::move(example) + ")")
        .after(std::move(paper));
}

Param bad_ones() {
    return Param("f", "int", "How many bad clients it bears.").at_least(0);
}

constexpr const char* yin =
    "Yin et al., Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates, ICML 2018";
constexpr const char* blanchard =
    "Blanchard et al., Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent, NeurIPS 2017";

}  // namespace

void add_robust_rules(Library& library) {
    auto& registry = library.registry();
    registry.add(robust("median", "median", "The median of each coordinate.", yin));
    registry.add(robust("trimmed_mean", "trimmed_mean(2)",
                        "The mean of each coordinate without its `f` largest and `f` smallest values.", yin)
                     .takes(bad_ones()));
    registry.add(robust("krum", "krum(2)", "The one model that is nearest to its neighbours.", blanchard)
                     .takes(bad_ones()));
    registry.add(robust("multi_krum", "multi_krum(2, m: 5)",
                        "The mean of the `m` models that are nearest to their neighbours.", blanchard)
                     .takes(bad_ones())
                     .takes(Param("m", "int", "How many models are averaged.").at_least(1)));
    registry.add(
        robust("bulyan", "bulyan(1)",
               "Selects models by krum, then averages what lies around the median of each coordinate.",
               "El Mhamdi et al., The Hidden Vulnerability of Distributed Learning in Byzantium, ICML 2018")
            .takes(bad_ones()));
    registry.add(
        robust("geometric_median", "geometric_median",
               "The model with the least sum of distances to all (RFA).",
               "Pillutla, Kakade and Harchaoui, Robust Aggregation for Federated Learning, IEEE Trans. "
               "Signal Processing 2022")
            .takes(Param("iterations", "int", "Steps of Weiszfeld's method.").or_else("10").at_least(1))
            .takes(
                Param("smoothing", "real", "Least distance that is divided by.").or_else("1e-6").above(0)));
    registry.add(
        robust(
            "centered_clip", "centered_clip(10.0)",
            "Averages after clipping each model's distance from a running centre.",
            "Karimireddy, He and Jaggi, Learning from History for Byzantine Robust Optimization, ICML 2021")
            .takes(Param("radius", "real", "Greatest distance (Euclidean norm) from the centre.").above(0))
            .takes(Param("iterations", "int", "Times that the centre is moved.").or_else("1").at_least(1)));
    registry.add(robust("norm_bound", "norm_bound(3.0)", "Averages after scaling each delta down to a norm.",
                        "Sun et al., Can You Really Backdoor Federated Learning?, 2019")
                     .takes(Param("bound", "real", "Greatest Euclidean norm of a delta.").above(0)));
}

}  // namespace trama::learn
