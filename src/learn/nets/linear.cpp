#include "../arguments.hpp"
#include "../make_net.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_linear(Library& library) {
    library.add_net(Describe("linear", "net")
                        .in("Nets")
                        .says("One linear layer: softmax regression, or linear regression with one output. "
                              "Images are read as rows of pixels.")
                        .like("net = linear(784, 10)")
                        .takes(Param("in", "int", "Features of a sample.").at_least(1))
                        .takes(Param("out", "int", "Classes, or 1 for regression.").at_least(1)),
                    [](const core::Call& call) {
                        auto in = integer(call, "in"), out = integer(call, "out");
                        return make_net(call, {in}, {linear_layer(in, out)});
                    });
}

}  // namespace trama::learn
