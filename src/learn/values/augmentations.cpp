#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_augmentations(Library& library) {
    library.add_value(
        Describe("flip", "augmentation")
            .in("Data")
            .says("Swaps left and right of every second picture, at random, as it is trained on.")
            .like("cifar10(dir: \"data/cifar10\", augment: [flip, crop(4)])"));
    library.add_value(Describe("crop", "augmentation")
                          .in("Data")
                          .says("Shifts each picture at random as it is trained on, as cutting it out of a "
                                "larger one with a black border does.")
                          .like("cifar10(dir: \"data/cifar10\", augment: [flip, crop(4)])")
                          .after("He et al., Deep Residual Learning for Image Recognition, CVPR 2016")
                          .takes(Param("padding", "int", "Pixels at most, along each axis.")
                                     .or_else("4")
                                     .at_least(1)
                                     .at_most(1000)));
}

}  // namespace trama::learn
