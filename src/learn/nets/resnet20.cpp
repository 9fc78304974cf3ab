#include <fmt/format.h>

#include "../arguments.hpp"
#include "../make_net.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

/// The layers of a residual net, as they are added.
class Residual {
  public:
    explicit Residual(Layer::Kind norm) : norm_(norm) {}

    void convolve(std::int64_t in, std::int64_t out, std::int64_t stride) {
        constexpr std::int64_t groups = 8;
        auto layer = convolution_layer(in, out, 3, 1);
        layer.stride = stride;
        layer.bias = false;  // the normalisation has one
        layers.push_back(layer);
        auto norm = plain_layer(norm_);
        norm.in = out;
        norm.groups = groups;
        layers.push_back(norm);
    }

    void block(std::int64_t in, std::int64_t out, std::int64_t stride) {
        auto shortcut = plain_layer(Layer::Kind::residual);
        shortcut.from = layers.size() - 1;
        shortcut.stride = stride;
        convolve(in, out, stride);
        layers.push_back(plain_layer(Layer::Kind::relu));
        convolve(out, out, 1);
        layers.push_back(shortcut);
        layers.push_back(plain_layer(Layer::Kind::relu));
    }

    std::vector<Layer> layers;

  private:
    Layer::Kind norm_;
};

core::Result<std::shared_ptr<const Net>> make_resnet20(const core::Call& call) {
    constexpr std::int64_t smallest = 4;
    auto input = integers(call, "input");
    if (input.size() != 3 || input[1] < smallest || input[2] < smallest) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format(
                "resnet20 takes images of at least {0}×{0} pixels as [channels, rows, columns], not {1}",
                smallest, core::to_text(argument(call, "input"))),
            {}, "CIFAR-10 is [3, 32, 32], MNIST is [1, 28, 28]");
    }
    Residual net(word(call, "norm") == "batch" ? Layer::Kind::batch_norm2d : Layer::Kind::group_norm);
    std::int64_t channels = 16;
    net.convolve(input[0], channels, 1);
    net.layers.push_back(plain_layer(Layer::Kind::relu));
    for (int stage = 0; stage < 3; ++stage) {
        for (int block = 0; block < 3; ++block) {
            const bool narrows = stage > 0 && block == 0;
            const auto out = narrows ? 2 * channels : channels;
            net.block(channels, out, narrows ? 2 : 1);
            channels = out;
        }
    }
    net.layers.push_back(plain_layer(Layer::Kind::global_avg_pool2d));
    net.layers.push_back(linear_layer(channels, integer(call, "classes")));
    return make_net(call, input, std::move(net.layers));
}

}  // namespace

void add_resnet20(Library& library) {
    library.add_net(
        Describe("resnet20", "net")
            .in("Nets")
            .says("The residual net of 20 layers for CIFAR: 16, 32 and 64 channels, shortcuts without "
                  "parameters (option A of the paper: every other pixel, zeros for the channels that are "
                  "missing). For CIFAR-10 it has 269,722 parameters.")
            .like("net = resnet20(classes: 10, norm: group)")
            .after("He et al., Deep Residual Learning for Image Recognition, CVPR 2016")
            .takes(Param("classes", "int", "Classes, or 1 for regression.").or_else("10").at_least(1))
            .takes(
                Param("norm", "one_of(group, batch)",
                      "Normalisation: of each picture, in 8 groups of channels; or of the batch, as in the "
                      "paper, whose running statistics are averaged with the parameters, which hurts when "
                      "the clients' data differ.")
                    .or_else("group"))
            .takes(Param("input", "list(int)", "Shape of a sample: channels, rows, columns.")
                       .or_else("[3, 32, 32]")
                       .at_least(1)
                       .at_most(1e5)),
        make_resnet20);
}

}  // namespace trama::learn
