#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

/// Data sets, nets and optimizers without a runtime yet: they check and print.
namespace trama::learn {

namespace {

void add_data_plans(lang::Registry& registry) {
    registry.add(
        Describe("local", "data")
            .in("Data")
            .says("Data that live at each worker, and are checked there: they never leave it.")
            .like("data = local(dir: \"/srv/scans\")")
            .takes(Param("dir", "string", "Folder at the worker; the same name everywhere."))
            .takes(
                Param("format", "one_of(auto, idx, csv, images)", "What the folder holds.").or_else("auto")));
}

void add_net_plans(lang::Registry& registry) {
    registry.add(Describe("lenet5", "net")
                     .in("Nets")
                     .says("LeNet-5: two convolutions with pooling and three linear layers.")
                     .like("net = lenet5(classes: 10)")
                     .after("LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document "
                            "Recognition, Proc. IEEE 86, 1998")
                     .takes(Param("classes", "int", "Classes.").or_else("10").at_least(1)));
    registry.add(Describe("resnet20", "net")
                     .in("Nets")
                     .says("The residual net of 20 layers for pictures of 32×32 pixels.")
                     .like("net = resnet20(classes: 10, norm: group)")
                     .after("He et al., Deep Residual Learning for Image Recognition, CVPR 2016")
                     .takes(Param("classes", "int", "Classes.").or_else("10").at_least(1))
                     .takes(Param("norm", "one_of(group, batch)",
                                  "Normalisation; batch statistics are hard to average.")
                                .or_else("group")));
    registry.add(Describe("model", "net")
                     .in("Nets")
                     .says("Any TorchScript with one tensor in and one out.")
                     .like("net = model(\"net.pt\")")
                     .takes(Param("file", "file", "The TorchScript file.")));
    registry.add(Describe("adamw", "optimizer")
                     .in("Optimizers")
                     .says("Adam whose weight decay acts on the weights themselves.")
                     .like("train(data, optimizer: adamw(lr: 0.001))")
                     .after("Loshchilov and Hutter, Decoupled Weight Decay Regularization, ICLR 2019")
                     .takes(Param("lr", "real | schedule", "Learning rate per step.")
                                .or_else("0.001")
                                .by_round()
                                .above(0))
                     .takes(Param("weight_decay", "real",
                                  "Share of the weight that each step removes, times the rate.")
                                .or_else("0.01")
                                .at_least(0)));
    registry.add(
        Describe("rmsprop", "optimizer")
            .in("Optimizers")
            .says("Steps scaled by a running mean of the squared gradient.")
            .like("train(data, optimizer: rmsprop(lr: 0.01))")
            .after("Tieleman and Hinton, Lecture 6.5: RMSProp, Coursera, 2012")
            .takes(
                Param("lr", "real | schedule", "Learning rate per step.").or_else("0.01").by_round().above(0))
            .takes(Param("alpha", "real", "Decay of the mean.").or_else("0.99").at_least(0).below(1)));
}

}  // namespace

void add_data_and_parts(Library& library) {
    add_data_plans(library.registry());
    add_net_plans(library.registry());
}

}  // namespace trama::learn
