#include "dealing.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace trama::learn {

namespace {

constexpr int tries = 200;
constexpr std::size_t named = 5;  // parts that a message lists

/// Where the slice of each part ends, of `count` samples.
std::vector<std::int64_t> ends(const std::vector<double>& weights, std::int64_t count) {
    double total = 0;
    for (auto weight : weights)
        total += weight;
    std::vector<std::int64_t> out;
    double sum = 0;
    for (auto weight : weights) {
        sum += weight;
        // Multiplied first: whole numbers that sum to `count` come out as they are.
        // To the nearest: rounded down, the last part would get what all others lose.
        const auto end = std::llround(sum * static_cast<double>(count) / total);
        out.push_back(std::min<std::int64_t>(count, end));
    }
    out.back() = count;
    return out;
}

std::vector<std::int64_t> sizes_of(const DealWeights& weights, const std::vector<std::int64_t>& kinds) {
    std::vector<std::int64_t> sizes(weights.front().size());
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        auto end = ends(weights[kind], kinds[kind]);
        for (std::size_t part = 0; part < sizes.size(); ++part)
            sizes[part] += end[part] - (part == 0 ? 0 : end[part - 1]);
    }
    return sizes;
}

std::string side_by_side(const std::vector<std::int64_t>& sizes, const std::vector<std::size_t>& small) {
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < std::min(small.size(), named); ++i)
        parts.push_back(fmt::format("part {} has {}", small[i], sizes[small[i]]));
    auto text = fmt::format("{}", fmt::join(parts, ", "));
    if (small.size() > named) text += fmt::format(", and {} more parts", small.size() - named);
    return text;
}

}  // namespace

std::vector<Part> deal_equally(const Cut& cut) {
    auto count = cut.samples().count;
    std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
    cut.stream(cut.side()).permutation(order);
    std::vector<Part> dealt(static_cast<std::size_t>(cut.parts));
    auto next = order.begin();
    for (std::int64_t i = 0; i < cut.parts; ++i) {
        auto size = count / cut.parts + (i < count % cut.parts ? 1 : 0);
        dealt[static_cast<std::size_t>(i)].assign(next, next + size);
        next += size;
    }
    return dealt;
}

std::vector<Part> deal_by_weights(const Cut& cut, const std::vector<Part>& kinds,
                                  const DealWeights& weights) {
    auto stream = cut.stream(cut.side());
    std::vector<Part> dealt(static_cast<std::size_t>(cut.parts));
    std::vector<double> mean(dealt.size());
    for (const auto& kind : weights) {
        for (std::size_t part = 0; part < mean.size(); ++part)
            mean[part] += kind[part];
    }
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        std::vector<std::uint32_t> order(kinds[kind].size());
        stream.permutation(order);
        auto any = std::ranges::any_of(weights[kind], [](double weight) { return weight > 0; });
        auto end = ends(any ? weights[kind] : mean, static_cast<std::int64_t>(order.size()));
        for (std::size_t part = 0, i = 0; part < dealt.size(); ++part) {
            for (; i < static_cast<std::size_t>(end[part]); ++i)
                dealt[part].push_back(kinds[kind][order[i]]);
        }
    }
    for (auto& part : dealt)
        std::ranges::sort(part);
    return dealt;
}

core::Result<std::vector<Part>> classes_of(const Cut& cut) {
    if (cut.data.classes == 0) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`{}` deals the samples by their class, but `{}` has none: its labels "
                                      "are the targets of a regression",
                                      cut.data.partition.function, cut.data.name),
                          {}, "say `partition: quantity(sigma: 1.0)` or `partition: iid`");
    }
    std::vector<Part> classes(static_cast<std::size_t>(cut.data.classes));
    const auto& labels = cut.samples().labels;
    for (std::uint32_t i = 0; i < labels.size(); ++i)
        classes[static_cast<std::size_t>(labels[i])].push_back(i);
    return classes;
}

core::Result<DealWeights> draw_weights(const Cut& cut, const std::vector<std::int64_t>& kinds,
                                       std::int64_t least,
                                       const std::function<DealWeights(core::Stream&)>& draw,
                                       const std::string& hint) {
    auto count = cut.data.train.count;
    if (least > count / cut.parts) {
        return core::fail(core::ErrorKind::data,
                          fmt::format("`{}` has {} train samples, which is too few for {} parts of {} "
                                      "(`min_samples:`) or more",
                                      cut.data.name, count, cut.parts, least),
                          {}, "use fewer copies, or a smaller min_samples");
    }
    auto stream = cut.stream("shares");
    std::vector<std::int64_t> sizes;
    for (int i = 0; i < tries; ++i) {
        auto weights = draw(stream);
        sizes = sizes_of(weights, kinds);
        if (std::ranges::all_of(sizes, [&](std::int64_t size) { return size >= least; })) return weights;
    }
    auto enough = check_sizes({cut.data, Split::train, cut.parts, cut.seed}, sizes, least, hint);
    enough.error().message += fmt::format(" (the last of {} draws)", tries);
    return tl::unexpected(enough.error());
}

core::Result<void> check_sizes(const Cut& cut, const std::vector<std::int64_t>& sizes, std::int64_t least,
                               const std::string& hint) {
    std::vector<std::size_t> small;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] < least) small.push_back(i);
    }
    if (small.empty()) return {};
    auto [smallest, largest] = std::ranges::minmax(sizes);
    return core::fail(
        core::ErrorKind::data,
        fmt::format("`{}`, cut by {} into {} parts, has {} with {}: {}; parts have {} to {} {} samples",
                    cut.data.name, core::to_text(cut.data.partition), cut.parts,
                    small.size() == 1 ? "one" : std::to_string(small.size()),
                    least == 1 ? "no samples" : fmt::format("fewer than {} samples", least),
                    side_by_side(sizes, small), smallest, largest, cut.side()),
        {}, hint);
}

core::Result<std::vector<Part>> deal_groups(const Cut& cut) {
    auto groups = static_cast<std::int64_t>(cut.data.group_names.size());
    if (cut.parts > groups) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("`{}`, cut by {}, has {} parts of its own, which is too few for {} copies",
                        cut.data.name, core::to_text(cut.data.partition), groups, cut.parts),
            {}, fmt::format("use {} copies or fewer: each gets one part or several", groups));
    }
    std::vector<Part> dealt(static_cast<std::size_t>(cut.parts));
    const auto& group = cut.samples().groups;
    for (std::uint32_t i = 0; i < group.size(); ++i)
        dealt[static_cast<std::size_t>(group[i] % cut.parts)].push_back(i);
    return dealt;
}

}  // namespace trama::learn
