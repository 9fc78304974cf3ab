#include <fmt/format.h>

#include "trama/learn/library.hpp"

namespace trama::learn {

Resources::Resources(const Library& library, std::uint64_t seed,
                     std::function<core::Result<Backend*>()> backend, std::filesystem::path folder)
    : library_(library), seed_(seed), make_backend_(std::move(backend)), folder_(std::move(folder)) {}

template <class T, class Make>
core::Result<T> Resources::once(Slots<T>& slots, const std::string& key, Make make) {
    std::shared_ptr<Slot<T>> slot;
    {
        std::lock_guard lock(mutex_);
        auto& entry = slots[key];
        if (!entry) entry = std::make_shared<Slot<T>>();
        slot = entry;
    }
    std::lock_guard lock(slot->mutex);
    if (!slot->made) slot->made = make();
    return *slot->made;
}

core::Result<std::shared_ptr<const Dataset>> Resources::data(const core::Call& call) {
    return once(data_, core::to_text(call), [&]() -> core::Result<std::shared_ptr<const Dataset>> {
        const auto* factory = library_.data(call.function);
        if (factory == nullptr) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("this build has no data set `{}`", call.function), {},
                              "`trama blocks` lists what there is");
        }
        return (*factory)(call, *this);
    });
}

core::Result<std::shared_ptr<const Net>> Resources::net(const core::Call& call) {
    return once(nets_, core::to_text(call), [&] {
        const auto* opened = library_.opened_net(call.function);
        return opened != nullptr ? (*opened)(call, *this) : library_.net(call);
    });
}

core::Result<std::span<const std::uint32_t>> Resources::part(const Dataset& data, Split split,
                                                             std::int64_t rank, std::int64_t copies) {
    auto key = fmt::format("{}/{}/{}", static_cast<const void*>(&data),
                           split == Split::train ? "train" : "test", copies);
    auto parts = once(parts_, key, [&] {
        return partition(data, split, copies, seed_).map([](std::vector<Part>&& made) {
            return std::make_shared<const std::vector<Part>>(std::move(made));
        });
    });
    if (!parts) return tl::unexpected(parts.error());
    if (rank < 0 || rank >= copies) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`{}` has {} parts, there is no part {}", data.name, copies, rank), {},
                          "parts count from 0");
    }
    return std::span<const std::uint32_t>((**parts)[static_cast<std::size_t>(rank)]);
}

core::Result<Backend*> Resources::backend() {
    std::lock_guard lock(backend_.mutex);
    if (!backend_.made) {
        backend_.made =
            make_backend_
                ? make_backend_()
                : core::fail(core::ErrorKind::run, "this run has no tensor library", {},
                             "give Resources a function that makes a Backend, such as load_backend");
    }
    return *backend_.made;
}

core::Stream Context::stream(std::string_view purpose) const {
    return core::Stream(core::StreamName{seed, actor.name, actor.occurrence, actor.copy, round, purpose});
}

std::string Context::place() const {
    return round.empty() ? actor.path : fmt::format("{}, round {}", actor.path, core::to_text(round));
}

core::Result<core::Value> Rule::merge(std::span<const core::Value>) const {
    throw std::logic_error(
        "this rule has no merge: only a mergeable rule may stand at an inner node of a tree");
}

}  // namespace trama::learn
