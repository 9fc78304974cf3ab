#include "engine/engines.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace trama::engine {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto change = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

core::Result<std::unique_ptr<Engine>> make_engine(std::string_view name) {
    for (const auto& engine : engines())
        if (engine.name == name) return engine.make();
    const auto names = engine_names();
    const auto nearest =
        std::ranges::min_element(names, {}, [&](const auto& known) { return distance(name, known); });
    const bool near = distance(name, *nearest) <= std::max<std::size_t>(2, nearest->size() / 3);
    return core::fail(core::ErrorKind::usage, fmt::format("there is no engine `{}` in this build", name), {},
                      near ? fmt::format("did you mean `{}`?", *nearest)
                           : fmt::format("there is {}", fmt::join(names, ", ")));
}

std::vector<std::string> engine_names() {
    std::vector<std::string> names;
    for (const auto& engine : engines())
        names.emplace_back(engine.name);
    return names;
}

core::Result<std::string> plan(std::string_view engine, const network::Network& network) {
    const auto made = make_engine(engine);
    if (!made) return tl::unexpected(made.error());
    if (auto text = (*made)->plan(network)) return *std::move(text);
    std::vector<std::string_view> able;
    for (const auto& other : engines())
        if (other.make()->plan(network)) able.push_back(other.name);
    return core::fail(core::ErrorKind::usage,
                      fmt::format("`{}` has no plan to show: it runs the network as it is", engine), {},
                      able.empty() ? "no engine of this build has one"
                                   : fmt::format("there is one of {}", fmt::join(able, ", ")));
}

void mark_runtimes(lang::Registry& registry) {
    for (const auto* name : {"broadcast", "scatter", "unicast", "spread", "gather", "gatherall", "reduce",
                             "fold", "mix", "exchange", "sample", "available", "tap", "feedback", "queue",
                             "window", "publish", "subscribe", "par"}) {
        if (registry.find(name) != nullptr) registry.set_runs(name);
    }
}

}  // namespace trama::engine
