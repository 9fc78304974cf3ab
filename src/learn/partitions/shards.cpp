#include <algorithm>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../dealing.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

/// How many training samples of each class each part gets: the samples lie in the order of their classes, and
/// shard s is the s-th slice of them.
DealWeights dealt_shards(const Cut& cut, std::int64_t each) {
    std::vector<std::int64_t> counts(static_cast<std::size_t>(cut.data.classes));
    for (auto label : cut.data.train.labels)
        ++counts[static_cast<std::size_t>(label)];
    auto shards = cut.parts * each;
    std::vector<std::uint32_t> order(static_cast<std::size_t>(shards));
    auto stream = cut.stream("shards");
    stream.permutation(order);
    std::vector<std::size_t> owner(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        owner[order[i]] = i / static_cast<std::size_t>(each);

    DealWeights weights(counts.size(), std::vector<double>(static_cast<std::size_t>(cut.parts)));
    std::int64_t class_begin = 0;
    auto begin_of = [&](std::int64_t shard) { return cut.data.train.count * shard / shards; };
    std::int64_t shard = 0;
    for (std::size_t kind = 0; kind < counts.size(); ++kind) {
        auto class_end = class_begin + counts[kind];
        for (; shard < shards; ++shard) {
            auto first = std::max(class_begin, begin_of(shard));
            auto last = std::min(class_end, begin_of(shard + 1));
            if (last > first)
                weights[kind][owner[static_cast<std::size_t>(shard)]] += static_cast<double>(last - first);
            if (begin_of(shard + 1) > class_end) break;  // it goes on in the next class
        }
        class_begin = class_end;
    }
    return weights;
}

core::Result<std::vector<Part>> deal_shards(const Cut& cut) {
    auto kinds = classes_of(cut);
    if (!kinds) return kinds;
    auto each = integer(cut.data.partition, "k");
    if (each > cut.data.train.count / cut.parts) {
        return core::fail(core::ErrorKind::data,
                          fmt::format("`{}` has {} train samples, which is too few for {} parts of {} "
                                      "shards",
                                      cut.data.name, cut.data.train.count, cut.parts, each),
                          {}, "use fewer shards, or fewer copies");
    }
    return deal_by_weights(cut, *kinds, dealt_shards(cut, each));
}

}  // namespace

void add_shards(Library& library) {
    library.add_partition(
        Describe("shards", "partition")
            .in("Partitions")
            .says("Sorts the samples by label, cuts them into shards of equal size, and deals each client "
                  "`k` of them at random: most clients have `k` classes, none more than `2k` where classes "
                  "are no smaller than shards. Test samples are dealt by the same shares of each class.")
            .like("mnist(dir: \"data/mnist\", partition: shards(2))")
            .after("McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized "
                   "Data, AISTATS 2017")
            .takes(Param("k", "int", "Shards per client.").or_else("2").at_least(1).at_most(1e6)),
        {.deal = deal_shards,
         .when_empty = "use more shards per client, fewer copies, or a larger data set"});
}

}  // namespace trama::learn
