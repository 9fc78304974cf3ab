#include "network/calls.hpp"

#include <algorithm>
#include <utility>

namespace trama::network {
namespace {

/// Arguments in the order of the signature, as the checker leaves them.
void sort_arguments(core::Call& call, const lang::Signature& signature) {
    const auto place = [&](const core::Argument& argument) {
        return std::ranges::find(signature.parameters, argument.parameter, &lang::Parameter::name) -
               signature.parameters.begin();
    };
    std::ranges::stable_sort(call.arguments, {}, place);
}

}  // namespace

CallPtr Calls::of(const lang::Block& block, const Indices& indices) {
    if (block.per_copy.empty()) {
        auto& known = constant_[&block];
        if (!known) known = share(block.call);
        return known;
    }
    auto call = block.call;
    for (const auto& argument : block.per_copy) {
        call.arguments.push_back({argument.parameter, argument.evaluate(indices)});
    }
    if (block.signature != nullptr) sort_arguments(call, *block.signature);
    return share(std::move(call));
}

CallPtr Calls::share(core::Call call) {
    // The text leaves out the user's names, which count: they name random streams.
    auto& alike = by_text_[core::to_text(call)];
    const auto same = std::ranges::find_if(alike, [&](const auto& other) { return *other == call; });
    if (same != alike.end()) return *same;
    return alike.emplace_back(std::make_shared<const core::Call>(std::move(call)));
}

CallPtr Calls::share_inner(const core::Call& call) {
    auto& known = inner_[&call];
    if (!known) known = share(call);
    return known;
}

}  // namespace trama::network
