#include <algorithm>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../make_net.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

core::Result<std::shared_ptr<const Net>> make_lenet5(const core::Call& call) {
    constexpr std::int64_t smallest = 12, classic = 32;
    auto input = integers(call, "input");
    if (input.size() != 3 || input[1] < smallest || input[2] < smallest) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format(
                "lenet5 takes images of at least {0}×{0} pixels as [channels, rows, columns], not {1}",
                smallest, core::to_text(argument(call, "input"))),
            {}, "MNIST is [1, 28, 28], CIFAR-10 is [3, 32, 32]");
    }
    std::int64_t padding = std::min(input[1], input[2]) < classic ? 2 : 0;
    auto left = [&](std::int64_t pixels) { return ((pixels + 2 * padding - 4) / 2 - 4) / 2; };
    auto tanh = plain_layer(Layer::Kind::tanh);
    auto pool = pool_layer(Layer::Kind::avg_pool2d);
    return make_net(
        call, input,
        {convolution_layer(input[0], 6, 5, padding), tanh, pool, convolution_layer(6, 16, 5, 0), tanh, pool,
         plain_layer(Layer::Kind::flatten), linear_layer(16 * left(input[1]) * left(input[2]), 120), tanh,
         linear_layer(120, 84), tanh, linear_layer(84, integer(call, "classes"))});
}

}  // namespace

void add_lenet5(Library& library) {
    library.add_net(
        Describe("lenet5", "net")
            .in("Nets")
            .says("LeNet-5 as it is usually written today: two 5×5 convolutions of 6 and 16 channels, each "
                  "with tanh and 2×2 average pooling, then 120 and 84 neurons and the classes. Pictures "
                  "smaller than 32×32 get a border of 2 pixels. For MNIST it has 61,706 parameters.")
            .like("net = lenet5(classes: 10)")
            .after("LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document "
                   "Recognition, Proc. IEEE 86, 1998")
            .takes(Param("classes", "int", "Classes, or 1 for regression.").or_else("10").at_least(1))
            .takes(Param("input", "list(int)", "Shape of a sample: channels, rows, columns.")
                       .or_else("[1, 28, 28]")
                       .at_least(1)
                       .at_most(1e5)),
        make_lenet5);
}

}  // namespace trama::learn
