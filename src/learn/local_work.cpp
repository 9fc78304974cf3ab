#include "local_work.hpp"

#include <cmath>
#include <functional>
#include <numeric>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "arguments.hpp"

namespace trama::learn {

core::Result<PartChoice> PartChoice::read(const core::Call& call) {
    PartChoice choice;
    if (const auto* number = argument(call, "part").as<std::int64_t>()) {
        choice.number = *number;
        if (!given(call, "parts")) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("{}: part {} of how many? `part:` as a number needs `parts:`",
                                          call.function, *number),
                              {}, fmt::format("for example part: {}, parts: {}", *number, *number + 1));
        }
    }
    if (given(call, "parts")) choice.parts = integer(call, "parts");
    if (!choice.number) choice.all = word(call, "part") == "all";
    return choice;
}

std::int64_t PartChoice::count(const network::Actor& actor) const {
    return all ? 1 : parts.value_or(actor.copies);
}

core::Result<std::span<const std::uint32_t>> PartChoice::choose(const network::Actor& actor,
                                                                const Dataset& data, Split split,
                                                                Resources& resources) const {
    if (all) return std::span<const std::uint32_t>{};
    return resources.part(data, split, number.value_or(actor.rank), count(actor));
}

core::Result<std::shared_ptr<const Net>> net_for(const core::Model& model, const Dataset& data,
                                                 Resources& resources) {
    if (!model.architecture) throw std::invalid_argument("a model without an architecture cannot compute");
    auto net = resources.net(*model.architecture);
    if (!net || (*net)->script) return net;  // the backend sees whether a script fits
    const auto& input = (*net)->input;
    auto takes = std::accumulate(input.begin(), input.end(), std::int64_t{1}, std::multiplies<>());
    if (takes != data.features() || (input.size() > 1 && input != data.shape)) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`{}` takes samples of {} numbers, those of `{}` have {}",
                                      core::to_text(*model.architecture), fmt::join(input, "×"), data.name,
                                      fmt::join(data.shape, "×")),
                          {}, "change the first size of the net, or the data set");
    }
    auto needs = data.classes > 0 ? data.classes : 1;
    if ((*net)->outputs < needs || (data.classes == 0 && (*net)->outputs != 1)) {
        return core::fail(
            core::ErrorKind::scheme,
            fmt::format("`{}` gives {} outputs, `{}` needs {} ({})", core::to_text(*model.architecture),
                        (*net)->outputs, data.name, needs, data.classes > 0 ? "its classes" : "regression"),
            {}, "change the last size of the net");
    }
    return net;
}

core::Value with_metrics(const core::Value& value, const core::Metrics& added) {
    auto mark = [&](core::Model& model) {
        for (const auto& [name, metric] : added)
            model.metrics.insert_or_assign(name, metric);
    };
    if (const auto* update = value.update()) {
        core::Update marked = *update;
        mark(marked.result);
        return marked;
    }
    core::Model marked = *value.model();
    mark(marked);
    return marked;
}

core::Error diverged(const Context& context, std::string_view what, double loss, std::string hint) {
    const auto* shown = std::isnan(loss) ? "nan" : loss > 0 ? "inf" : "-inf";
    auto message = std::isfinite(loss)
                       ? fmt::format("{} diverged: a parameter is no longer a finite number", what)
                       : fmt::format("{} diverged: loss is {}", what, shown);
    return {core::ErrorKind::run, std::move(message), context.place(), std::move(hint)};
}

}  // namespace trama::learn
