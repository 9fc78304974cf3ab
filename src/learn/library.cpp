#include "trama/learn/library.hpp"

#include <fmt/format.h>

namespace trama::learn {

namespace {

template <class Map>
auto* find_in(const Map& map, std::string_view name) {
    auto found = map.find(name);
    return found == map.end() ? nullptr : &found->second;
}

/// Adds the signature of something that runs; its name.
std::string admit(lang::Registry& registry, lang::Signature signature) {
    auto name = signature.name;
    signature.runs = true;
    registry.add(std::move(signature));
    return name;
}

}  // namespace

Library::Library() = default;

void Library::add_function(lang::Signature signature, FunctionFactory factory) {
    functions_.emplace(admit(registry_, std::move(signature)), std::move(factory));
}

void Library::add_rule(lang::Signature signature, RuleFactory factory) {
    rules_.emplace(admit(registry_, std::move(signature)), std::move(factory));
}

void Library::add_data(lang::Signature signature, DataFactory factory, DataProbe probe) {
    auto name = admit(registry_, std::move(signature));
    data_.emplace(name, std::move(factory));
    probes_.emplace(std::move(name), std::move(probe));
}

void Library::add_net(lang::Signature signature, NetFactory factory) {
    nets_.emplace(admit(registry_, std::move(signature)), std::move(factory));
}

void Library::add_opened_net(lang::Signature signature, OpenedNetFactory factory) {
    opened_nets_.emplace(admit(registry_, std::move(signature)), std::move(factory));
}

void Library::add_partition(lang::Signature signature, Partition partition) {
    partitions_.emplace(admit(registry_, std::move(signature)), std::move(partition));
}

void Library::add_value(lang::Signature signature) {
    admit(registry_, std::move(signature));
}

const FunctionFactory* Library::function(std::string_view name) const {
    return find_in(functions_, name);
}

const RuleFactory* Library::rule(std::string_view name) const {
    return find_in(rules_, name);
}

const DataFactory* Library::data(std::string_view name) const {
    return find_in(data_, name);
}

const OpenedNetFactory* Library::opened_net(std::string_view name) const {
    return find_in(opened_nets_, name);
}

const Partition* Library::partition(std::string_view name) const {
    return find_in(partitions_, name);
}

core::Result<lang::ShapeFacts> Library::probe_data(const core::Call& call,
                                                   const std::filesystem::path& folder) const {
    const auto* probe = find_in(probes_, call.function);
    return probe != nullptr && *probe ? (*probe)(call, folder) : lang::ShapeFacts{};
}

core::Result<lang::ShapeFacts> Library::probe_net(const core::Call& call) const {
    const auto* factory = find_in(nets_, call.function);
    if (factory == nullptr) return lang::ShapeFacts{};
    return (*factory)(call).map([](const std::shared_ptr<const Net>& net) {
        lang::ShapeFacts facts;
        facts.input = net->input;
        facts.classes = net->outputs;
        return facts;
    });
}

core::Result<std::shared_ptr<const Net>> Library::net(const core::Call& call) const {
    const auto* factory = find_in(nets_, call.function);
    if (factory == nullptr) {
        return core::fail(core::ErrorKind::scheme, fmt::format("this build has no net `{}`", call.function),
                          {}, "`trama blocks` lists what there is");
    }
    return (*factory)(call);
}

}  // namespace trama::learn
