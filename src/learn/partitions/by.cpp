#include <fmt/format.h>

#include "../dealing.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

core::Result<std::vector<Part>> deal_by(const Cut& cut) {
    if (!cut.data.group_names.empty()) return deal_groups(cut);
    return core::fail(core::ErrorKind::scheme,
                      fmt::format("`{}` has no columns: only a `csv` can be cut by one", cut.data.name), {},
                      "say `partition: natural`, `dirichlet(alpha: 0.5)` or `iid`");
}

}  // namespace

void add_by(Library& library) {
    library.add_partition(
        Describe("by", "partition")
            .in("Partitions")
            .says("One part for each value of a column of a `csv`, which is then no feature. With fewer "
                  "clients than values, values are dealt whole and in turn; more clients are an error.")
            .like("csv(file: \"patients.csv\", label: \"ill\", partition: by(\"hospital\"))")
            .takes(Param("column", "string", "The column's name.")),
        {.deal = deal_by,
         .when_empty = "use fewer copies: each gets more of the column's values; or a larger `test:` share"});
}

}  // namespace trama::learn
