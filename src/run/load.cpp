#include "run/load.hpp"

#include <unordered_set>

namespace trama::run {
namespace {

const core::Call* data_in(const core::Call& call, const lang::Registry& registry) {
    const auto* signature = registry.find(call);
    if (signature != nullptr && signature->sort == "data") return &call;
    for (const auto& argument : call.arguments) {
        const auto* inner = argument.value.call();
        if (inner == nullptr) continue;
        if (const auto* found = data_in(*inner, registry)) return found;
    }
    return nullptr;
}

}  // namespace

std::vector<core::Call> data_calls(const network::Network& network, const lang::Registry& registry) {
    std::vector<core::Call> calls;
    std::unordered_set<const core::Call*> seen;
    std::unordered_set<std::string> texts;
    for (const auto& actor : network.actors) {
        if (!actor.call || !seen.insert(actor.call.get()).second) continue;
        const auto* data = data_in(*actor.call, registry);
        if (data != nullptr && texts.insert(core::to_text(*data)).second) calls.push_back(*data);
    }
    return calls;
}

const core::Call* main_data(const network::Network& network, const lang::Registry& registry) {
    const core::Call* first = nullptr;
    for (const auto& actor : network.actors) {
        if (!actor.call || (first != nullptr && actor.call->function != "test")) continue;
        const auto* data = data_in(*actor.call, registry);
        if (data == nullptr) continue;
        if (actor.call->function == "test") return data;
        first = data;
    }
    return first;
}

void BackendLoader::start() {
    const std::lock_guard lock(mutex_);
    if (!future_.valid())
        future_ = std::async(std::launch::async, [] { return learn::load_backend(); }).share();
}

core::Result<learn::Backend*> BackendLoader::get() {
    start();
    std::shared_future<core::Result<learn::Backend*>> future;
    {
        const std::lock_guard lock(mutex_);
        future = future_;
    }
    return future.get();
}

core::Result<void> load_data(const std::vector<core::Call>& calls, learn::Resources& resources) {
    using Loaded = core::Result<std::shared_ptr<const learn::Dataset>>;
    std::vector<std::future<Loaded>> others;
    for (std::size_t i = 1; i < calls.size(); ++i)
        others.push_back(
            std::async(std::launch::async, [&call = calls[i], &resources] { return resources.data(call); }));
    core::Result<void> result;
    const auto note = [&](const Loaded& loaded) {
        if (!loaded && result) result = tl::unexpected(loaded.error());
    };
    if (!calls.empty()) note(resources.data(calls.front()));
    for (auto& other : others)
        note(other.get());
    return result;
}

}  // namespace trama::run
