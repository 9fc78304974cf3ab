#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "trama/learn/dataset.hpp"

namespace trama::learn {

std::int64_t Dataset::features() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

namespace {

/// Random order, then slices; the first ones are a sample longer when it does not come out even.
std::vector<Part> deal(std::int64_t count, std::int64_t parts, core::Stream& stream) {
    std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
    stream.permutation(order);
    std::vector<Part> dealt(static_cast<std::size_t>(parts));
    auto next = order.begin();
    for (std::int64_t i = 0; i < parts; ++i) {
        auto size = count / parts + (i < count % parts ? 1 : 0);
        dealt[static_cast<std::size_t>(i)].assign(next, next + size);
        next += size;
    }
    return dealt;
}

}  // namespace

core::Result<std::vector<Part>> partition(const Dataset& data, Split split, std::int64_t parts,
                                          std::uint64_t seed) {
    const auto* side = split == Split::train ? "train" : "test";
    auto count = (split == Split::train ? data.train : data.test).count;
    if (data.partition != "iid") {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("this build cannot cut `{}` by `{}`", data.name, data.partition), {},
                          "say `partition: iid`");
    }
    if (parts < 1)
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`{}` cannot be cut into {} parts", data.name, parts));
    if (parts > count) {
        return core::fail(
            core::ErrorKind::data,
            fmt::format("`{}` has {} {} samples, which is too few for {} parts: {} of them would be empty",
                        data.name, count, side, parts, parts - count),
            {}, "use fewer copies, or a larger data set");
    }
    // The data set names the stream, not the value it is bound to: two names of one data set see the same
    // parts.
    core::Stream stream(core::StreamName{
        seed, data.name, 0, {}, {}, split == Split::train ? "partition/train" : "partition/test"});
    return deal(count, parts, stream);
}

}  // namespace trama::learn
