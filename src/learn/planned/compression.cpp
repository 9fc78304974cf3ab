#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// What shrinks or protects a delta on its way, without a runtime yet: it checks and prints.
namespace trama::learn {

namespace {

Describe on_delta(std::string name, std::string group, std::string example, std::string doc,
                  std::string paper) {
    return Describe(std::move(name), "block", "Update -> Update")
        .in(std::move(group))
        .says(std::move(doc))
        .like("broadcast >> [| client >> " + std::move(example) + " |]^100 >> reduce(fedavg)")
        .after(std::move(paper));
}

Describe compressing(std::string name, std::string example, std::string doc, std::string paper) {
    return on_delta(std::move(name), "Compression", std::move(example), std::move(doc), std::move(paper))
        .loses();
}

Param feedback_of_error() {
    return Param("error_feedback", "bool",
                 "Adds what was lost to the next round's delta (a state of the client).")
        .or_else("true");
}

Param share(std::string doc) {
    return Param("keep", "fraction | int", std::move(doc)).above(0);
}

}  // namespace

void add_compression(Library& library) {
    auto& registry = library.registry();
    registry.add(
        compressing("topk", "topk(1%)", "Sends the largest entries of the delta only.",
                    "Aji and Heafield, Sparse Communication for Distributed Gradient Descent, EMNLP 2017")
            .takes(share("Which share is sent (`1%`), or how many entries (`1000`)."))
            .takes(feedback_of_error())
            .owns_parts());
    registry.add(compressing("randk", "randk(1%)",
                             "Sends random entries of the delta, scaled so that the mean is right.",
                             "Stich, Cordonnier and Jaggi, Sparsified SGD with Memory, NeurIPS 2018")
                     .takes(share("Which share is sent (`1%`), or how many entries (`1000`)."))
                     .takes(feedback_of_error())
                     .owns_parts());
    registry.add(compressing("quantize", "quantize(bits: 8)",
                             "Rounds the delta at random to 2^bits levels, so that the mean is right.",
                             "Alistarh et al., QSGD: Communication-Efficient SGD via Gradient Quantization "
                             "and Encoding, NeurIPS 2017")
                     .takes(Param("bits", "int", "Bits per entry.").or_else("8").at_least(1).at_most(16)));
    registry.add(compressing("sign", "sign", "Sends the signs of the delta and one scale.",
                             "Karimireddy et al., Error Feedback Fixes SignSGD and other Gradient "
                             "Compression Schemes, ICML 2019")
                     .takes(feedback_of_error())
                     .owns_parts());
    registry.add(compressing("float16", "float16", "Sends the delta as 16-bit IEEE floats.", ""));
    registry.add(compressing("bfloat16", "bfloat16",
                             "Sends the delta as bfloat16: the exponent of 32 bits, 8 bits of precision.",
                             ""));
    registry.add(
        compressing(
            "lowrank", "lowrank(rank: 4)",
            "Sends each matrix of the delta as a product of two thin ones (PowerSGD).",
            "Vogels, Karimireddy and Jaggi, PowerSGD: Practical Low-Rank Gradient Compression, NeurIPS 2019")
            .takes(Param("rank", "int", "Columns of the thin matrices.").at_least(1))
            .takes(feedback_of_error())
            .owns_parts());
    registry.add(on_delta("clip", "Privacy", "clip(1.0)", "Scales the delta down to a norm if it is longer.",
                          "Abadi et al., Deep Learning with Differential Privacy, CCS 2016")
                     .takes(Param("norm", "real", "Greatest Euclidean norm of the delta.").above(0)));
    registry.add(
        on_delta("noise", "Privacy", "clip(1.0) >> noise(multiplier: 1.1, norm: 1.0)",
                 "Adds Gaussian noise to the delta.",
                 "McMahan et al., Learning Differentially Private Recurrent Language Models, ICLR 2018")
            .takes(Param("multiplier", "real", "Standard deviation in units of `norm`.").at_least(0))
            .takes(Param("norm", "real", "The norm that deltas are clipped to.").or_else("1.0").above(0)));
    registry.add(
        Describe("secagg", "rule", "[M] -> M")
            .in("Privacy")
            .says("Folds by a rule without showing anyone a single client's values (secure aggregation).")
            .like("broadcast >> [| client |]^10 >> reduce(secagg(fedavg, threshold: 7))")
            .after("Bonawitz et al., Practical Secure Aggregation for Privacy-Preserving Machine Learning, "
                   "CCS 2017")
            .takes(Param("rule", "rule [M] -> M", "The rule; it must be a sum."))
            .takes(Param("threshold", "int", "How many clients must stay for the sum to be opened.")
                       .at_least(2)));
}

}  // namespace trama::learn
