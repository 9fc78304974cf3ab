#include <fmt/format.h>

#include "../arguments.hpp"
#include "../make_net.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

Layer convolution(std::int64_t in, std::int64_t out) {
    return convolution_layer(in, out, 5, 2);  // padded: the size stays
}

core::Result<std::shared_ptr<const Net>> make_cnn(const core::Call& call) {
    auto input = integers(call, "input");
    if (input.size() != 3 || input[1] < 4 || input[2] < 4) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("cnn takes images of at least 4×4 pixels as [channels, rows, columns], not {}",
                        core::to_text(argument(call, "input"))),
            {}, "MNIST is [1, 28, 28], the 8×8 digits are [1, 8, 8]");
    }
    auto pixels = (input[1] / 4) * (input[2] / 4);  // what two pools of 2×2 leave
    auto relu = plain_layer(Layer::Kind::relu);
    auto pool = pool_layer(Layer::Kind::max_pool2d);
    return make_net(call, input,
                    {convolution(input[0], 32), relu, pool, convolution(32, 64), relu, pool,
                     plain_layer(Layer::Kind::flatten), linear_layer(64 * pixels, 512), relu,
                     linear_layer(512, integer(call, "classes"))});
}

}  // namespace

void add_cnn(Library& library) {
    library.add_net(
        Describe("cnn", "net")
            .in("Nets")
            .says("The convolutional net of the FedAvg paper: two 5×5 convolutions of 32 and 64 channels, "
                  "each with 2×2 max "
                  "pooling, a layer of 512 neurons, and the classes. For MNIST it has 1,663,370 parameters.")
            .like("net = cnn(classes: 10, input: [1, 28, 28])")
            .after("McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized "
                   "Data, AISTATS 2017")
            .takes(Param("classes", "int", "Classes, or 1 for regression.").or_else("10").at_least(1))
            .takes(Param("input", "list(int)", "Shape of a sample: channels, rows, columns.")
                       .or_else("[1, 28, 28]")
                       .at_least(1)
                       .at_most(1e5)),
        make_cnn);
}

}  // namespace trama::learn
