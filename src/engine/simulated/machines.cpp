#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/simulated/cost.hpp"
#include "engine/simulated/devices.hpp"
#include "trama/core/random.hpp"

namespace trama::engine {
namespace {

constexpr double day = 24 * 60 * 60;

/// Whether one copy path stands inside another.
bool inside(const std::vector<std::int64_t>& inner, const std::vector<std::int64_t>& outer) {
    return inner.size() > outer.size() && std::equal(outer.begin(), outer.end(), inner.begin());
}

std::uint16_t draw(const Placement& mix, const std::vector<std::int64_t>& copy, std::uint64_t seed) {
    core::Stream stream(core::StreamName{seed, "machines", 0, copy, {}, "class"});
    const auto at = std::ranges::upper_bound(mix.upto, stream.uniform());
    return mix.classes[static_cast<std::size_t>(at - mix.upto.begin())];
}

std::uint16_t choose(const Placement& placement, std::size_t number, const std::vector<std::int64_t>& copy,
                     std::uint64_t seed) {
    if (!placement.upto.empty()) return draw(placement, copy, seed);
    return placement.classes[placement.list ? number : 0];
}

std::string name_of(const core::Constant& site) {
    if (const auto* text = site.as<std::string>()) return *text;
    return core::to_text(site);
}

}  // namespace

double joules(const DeviceClass& device, double busy, double radio, double seconds) {
    return device.watts_busy * std::min(busy, seconds) + device.watts_idle * std::max(seconds - busy, 0.0) +
           device.watts_radio * std::min(radio, seconds);
}

struct Machines::Data {
    enum class Role : std::uint8_t { server, client, edge, site };
    Devices devices;
    std::vector<std::uint32_t> of;        ///< by actor
    std::vector<std::uint16_t> class_of;  ///< by machine, as the two below
    std::vector<Role> roles;
    std::vector<std::uint32_t> copies_end;  ///< where its copy path ends in `copies`, and the next begins
    std::vector<std::uint32_t> copies;
    std::vector<std::string> sites;  ///< the last machines
    std::optional<Workload> workload;

    void add(Role role, std::uint16_t number, const std::vector<std::int64_t>& copy) {
        roles.push_back(role);
        class_of.push_back(number);
        for (const auto index : copy)
            copies.push_back(static_cast<std::uint32_t>(index));
        copies_end.push_back(static_cast<std::uint32_t>(copies.size()));
    }
    core::Result<void> place(const network::Network& network, std::uint64_t seed);
    core::Result<void> place_sites(const network::Network& network);
};

core::Result<void> Machines::Data::place(const network::Network& network, std::uint64_t seed) {
    const auto& actors = network.actors;
    const auto& file = devices.data();
    std::vector<std::uint32_t> order;
    order.reserve(actors.size());
    for (const auto& actor : actors)
        if (!actor.site && !actor.copy.empty()) order.push_back(actor.id);
    const auto copy_of = [&](auto id) -> const auto& { return actors[id].copy; };
    if (!std::ranges::is_sorted(order, {}, copy_of)) std::ranges::stable_sort(order, {}, copy_of);

    // The copy paths in order, by an actor of each: those inside one come right behind it.
    std::vector<std::uint32_t> first;
    std::vector<bool> works_on_data;
    of.assign(actors.size(), 0);
    for (const auto id : order) {
        if (first.empty() || actors[first.back()].copy != actors[id].copy) {
            first.push_back(id);
            works_on_data.push_back(false);
        }
        of[id] = static_cast<std::uint32_t>(first.size());
        if (actors[id].kind == network::Kind::function && actors[id].data) works_on_data.back() = true;
    }
    std::vector<Role> role(first.size(), Role::client);
    for (std::size_t i = 0; i + 1 < first.size(); ++i)
        if (!works_on_data[i] && inside(actors[first[i + 1]].copy, actors[first[i]].copy))
            role[i] = Role::edge;

    const auto fits = [&](const Placement& placement, std::size_t count,
                          std::string_view key) -> core::Result<void> {
        if (!placement.list || placement.classes.size() == count) return {};
        return core::fail(core::ErrorKind::data,
                          fmt::format("the list of `{}` has {} machines, and this scheme has {} of them", key,
                                      placement.classes.size(), count),
                          file.file, "say one class for all, or a mix");
    };
    const auto edges = static_cast<std::size_t>(std::ranges::count(role, Role::edge));
    if (auto fit = fits(file.server, 1, "server"); !fit) return fit;
    if (auto fit = fits(file.clients, role.size() - edges, "clients"); !fit) return fit;
    if (auto fit = fits(file.edges, edges, "edges"); !fit) return fit;

    add(Role::server, choose(file.server, 0, {}, seed), {});
    std::size_t client = 0, edge = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const bool is_edge = role[i] == Role::edge;
        const auto& placement = is_edge ? file.edges : file.clients;
        const auto& copy = actors[first[i]].copy;
        add(role[i], choose(placement, is_edge ? edge++ : client++, copy, seed), copy);
    }
    return place_sites(network);
}

core::Result<void> Machines::Data::place_sites(const network::Network& network) {
    std::map<std::string, std::uint32_t> known;
    for (const auto& actor : network.actors) {
        if (!actor.site) continue;
        auto name = name_of(*actor.site);
        const auto found = devices.data().sites.find(name);
        if (found == devices.data().sites.end()) {
            return core::fail(core::ErrorKind::data,
                              fmt::format("nothing says what machine stands at `{}`", name),
                              devices.data().file, fmt::format("add [site.{}] with its class", name));
        }
        const auto [at, fresh] = known.try_emplace(name, static_cast<std::uint32_t>(class_of.size()));
        if (fresh) {
            add(Role::site, found->second, {});
            sites.push_back(std::move(name));
        }
        of[actor.id] = at->second;
    }
    return {};
}

core::Result<Machines> Machines::make(const network::Network& network, const Devices& devices,
                                      learn::Resources& resources, std::uint64_t seed) {
    auto data = std::make_shared<Data>();
    data->devices = devices;
    if (auto placed = data->place(network, seed); !placed) return tl::unexpected(placed.error());
    // Machines that take no time need no data sets.
    const bool works = std::ranges::any_of(devices.data().classes, [](const DeviceClass& device) {
        return device.train_rate > 0 || device.test_rate > 0 || device.flops > 0;
    });
    if (works) {
        auto workload = Workload::of(network, resources);
        if (!workload) return tl::unexpected(workload.error());
        data->workload = std::move(*workload);
    }
    Machines machines;
    machines.data_ = std::move(data);
    return machines;
}

std::size_t Machines::count() const {
    return data_->class_of.size();
}

std::size_t Machines::of(network::ActorId actor) const {
    return data_->of[actor];
}

std::string Machines::name(std::size_t machine) const {
    const auto role = data_->roles[machine];
    if (role == Data::Role::server) return "server";
    if (role == Data::Role::site) return data_->sites[machine + data_->sites.size() - count()];
    const auto& copies = data_->copies;
    const auto begin = copies.begin() + data_->copies_end[machine - 1];
    const auto end = copies.begin() + data_->copies_end[machine];
    return fmt::format("{}[{}]", role == Data::Role::edge ? "edge" : "client", fmt::join(begin, end, ","));
}

const DeviceClass& Machines::device(std::size_t machine) const {
    return data_->devices.data().classes[data_->class_of[machine]];
}

double Machines::work(const network::Actor& actor, std::size_t bytes) const {
    const auto& device = this->device(of(actor.id));
    if (data_->workload && data_->workload->counts(actor))
        return device.overhead + data_->workload->seconds(actor, device);
    return device.overhead + (device.memory_rate > 0 ? static_cast<double>(bytes) / device.memory_rate : 0);
}

double Machines::available(std::size_t machine, double at) const {
    const auto& hours = device(machine).available;
    if (hours.empty()) return at;
    const double now = std::fmod(at, day);
    for (const auto& [from, to] : hours) {
        if (now < from) return at + (from - now);
        if (now < to) return at;
    }
    return at + (day - now) + hours.front().from;
}

}  // namespace trama::engine
