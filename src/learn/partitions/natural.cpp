#include <fmt/format.h>

#include "../dealing.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

core::Result<std::vector<Part>> deal_natural(const Cut& cut) {
    if (!cut.data.group_names.empty()) return deal_groups(cut);
    return core::fail(
        core::ErrorKind::scheme,
        fmt::format("`{}` has no natural parts: nothing says who made its samples", cut.data.name), {},
        "say `partition: dirichlet(alpha: 0.5)`, `shards(2)` or `iid`");
}

}  // namespace

void add_natural(Library& library) {
    library.add_partition(
        Describe("natural", "partition")
            .in("Partitions")
            .says("The parts that the data set itself has: writers, speakers, devices. They are dealt whole "
                  "and in turn, so that 100 clients of 250 writers have 2 or 3 writers each; more clients "
                  "than parts are an error.")
            .like("leaf(dir: \"data/femnist\", partition: natural)"),
        {.deal = deal_natural, .when_empty = "use fewer copies: each gets more of the natural parts"});
}

}  // namespace trama::learn
