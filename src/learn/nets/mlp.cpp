#include "../arguments.hpp"
#include "../make_net.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_mlp(Library& library) {
    library.add_net(
        Describe("mlp", "net")
            .in("Nets")
            .says("A multi-layer perceptron: linear layers with rectifiers between them. Images are read as "
                  "rows of pixels.")
            .like("net = mlp(784, 64, 32, 10)")
            .takes(Param("sizes", "int",
                         "Features of a sample, neurons of each hidden layer, classes (1 for regression).")
                       .many(2)
                       .at_least(1)),
        [](const core::Call& call) {
            std::vector<Layer> layers;
            auto sizes = integers(call, "sizes");
            for (std::size_t i = 0; i + 1 < sizes.size(); ++i) {
                if (i > 0) layers.push_back(plain_layer(Layer::Kind::relu));
                layers.push_back(linear_layer(sizes[i], sizes[i + 1]));
            }
            return make_net(call, {sizes.front()}, std::move(layers));
        });
}

}  // namespace trama::learn
