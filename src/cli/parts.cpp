#include "cli/parts.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace trama::cli {
namespace {

/// Into how many parts an actor cuts its data; 0: it uses them whole.
std::int64_t parts_for(const network::Actor& actor) {
    const auto* part = actor.call->find("part");
    if (part == nullptr) return 0;
    const auto* word = part->as<core::Symbol>();
    const auto* call = part->call();
    if ((word != nullptr && word->name == "all") || (call != nullptr && call->function == "all")) return 0;
    const auto* parts = actor.call->find("parts");
    const auto* number = parts == nullptr ? nullptr : parts->as<std::int64_t>();
    return number == nullptr ? actor.copies : *number;
}

core::Result<std::vector<PartFacts>> facts_of(const learn::Dataset& data, learn::Split split,
                                              std::int64_t parts, learn::Resources& resources) {
    const auto& samples = split == learn::Split::train ? data.train : data.test;
    std::vector<PartFacts> all;
    for (std::int64_t rank = 0; rank < parts; ++rank) {
        const auto part = resources.part(data, split, rank, parts);
        if (!part) return tl::unexpected(part.error());
        PartFacts facts;
        facts.size = static_cast<std::int64_t>(part->size());
        facts.labels.resize(static_cast<std::size_t>(data.classes));
        double sum = 0;
        for (const auto sample : *part) {
            if (data.classes > 0) {
                ++facts.labels[static_cast<std::size_t>(samples.labels[sample])];
                continue;
            }
            const double target = samples.targets[sample];
            facts.least = sample == part->front() ? target : std::min(facts.least, target);
            facts.most = sample == part->front() ? target : std::max(facts.most, target);
            sum += target;
        }
        facts.mean = facts.size > 0 ? sum / static_cast<double>(facts.size) : 0;
        all.push_back(std::move(facts));
    }
    return all;
}

}  // namespace

std::vector<DataUse> data_uses(const network::Network& network) {
    std::vector<DataUse> uses;
    auto add = [&](const core::Call& call, std::int64_t parts) {
        const auto same = [&](const DataUse& use) { return use.call == call && use.parts == parts; };
        if (std::none_of(uses.begin(), uses.end(), same)) uses.push_back({call, parts});
    };
    const core::Call* last = nullptr;
    std::int64_t last_parts = 0;
    for (const auto& actor : network.actors) {
        if (!actor.data || !actor.call) continue;
        const auto parts = parts_for(actor);
        if (parts == 0 || (actor.data.get() == last && parts == last_parts)) continue;
        add(*actor.data, parts);
        last = actor.data.get();
        last_parts = parts;
    }
    for (const auto& actor : network.actors) {
        if (!actor.data || !actor.call || parts_for(actor) != 0) continue;
        const auto cut = [&](const DataUse& use) { return use.call == *actor.data; };
        if (std::none_of(uses.begin(), uses.end(), cut)) add(*actor.data, 1);
    }
    return uses;
}

core::Result<PartsOf> parts_of(const DataUse& use, learn::Resources& resources) {
    const auto data = resources.data(use.call);
    if (!data) return tl::unexpected(data.error());
    PartsOf out;
    out.name = (use.call.name.empty() ? "" : use.call.name + " = ") + core::to_text(use.call);
    out.classes = (*data)->class_names;
    auto train = facts_of(**data, learn::Split::train, use.parts, resources);
    if (!train) return tl::unexpected(train.error());
    out.train = std::move(*train);
    if ((*data)->test.count == 0) return out;
    auto test = facts_of(**data, learn::Split::test, use.parts, resources);
    if (test)
        out.test = std::move(*test);
    else
        out.test_fault = test.error().message;
    return out;
}

}  // namespace trama::cli
