#include "../dealing.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

void add_iid(Library& library) {
    library.add_partition(
        Describe("iid", "partition")
            .in("Partitions")
            .says("Deals the samples at random into parts of equal size (they differ by one "
                  "sample at most), by the run's seed.")
            .like("mnist(dir: \"data/mnist\", partition: iid)"),
        {.deal = [](const Cut& cut) -> core::Result<std::vector<Part>> { return deal_equally(cut); }});
}

}  // namespace trama::learn
