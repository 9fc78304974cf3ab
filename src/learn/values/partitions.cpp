#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_partitions(Library& library) {
    library.add_value(Describe("iid", "partition")
                          .in("Partitions")
                          .says("Deals the samples at random into parts of equal size (they differ by one "
                                "sample at most), by the run's seed.")
                          .like("mnist(dir: \"data/mnist\", partition: iid)"));
}

}  // namespace trama::learn
