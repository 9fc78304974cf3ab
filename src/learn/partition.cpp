#include "trama/learn/partition.hpp"

#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "dealing.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

std::int64_t Dataset::features() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

core::Stream Cut::stream(std::string_view purpose) const {
    return core::Stream(core::StreamName{seed, data.name, 0, {}, {}, fmt::format("partition/{}", purpose)});
}

core::Result<std::vector<Part>> partition(const Library& library, const Cut& cut) {
    const auto* rule = library.partition(cut.data.partition.function);
    if (rule == nullptr) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("this build cannot cut `{}` by `{}`", cut.data.name,
                                      core::to_text(cut.data.partition)),
                          {}, "say `partition: iid`");
    }
    auto count = cut.samples().count;
    if (cut.parts < 1)
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`{}` cannot be cut into {} parts", cut.data.name, cut.parts));
    if (cut.parts > count) {
        return core::fail(core::ErrorKind::data,
                          fmt::format("`{}` has {} {} samples, which is too few for {} parts: {} of them "
                                      "would be empty",
                                      cut.data.name, count, cut.side(), cut.parts, cut.parts - count),
                          {}, "use fewer copies, or a larger data set");
    }
    auto dealt = rule->deal(cut);
    if (!dealt) return dealt;
    std::vector<std::int64_t> sizes;
    for (const auto& part : *dealt)
        sizes.push_back(static_cast<std::int64_t>(part.size()));
    if (auto enough = check_sizes(cut, sizes, 1, rule->when_empty); !enough)
        return tl::unexpected(enough.error());
    return dealt;
}

}  // namespace trama::learn
