#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "engine/simulated/devices.hpp"
#include "learn/paths.hpp"
#include "trama/core/words.hpp"

namespace trama::engine {
namespace {

constexpr std::string_view format = "trama-devices 1";
constexpr const char* default_server = "x86-server";
constexpr int minutes_of_day = 24 * 60;

struct Number {
    const char* key;
    double DeviceClass::* member;
    double most = std::numeric_limits<double>::infinity();
};
constexpr std::array<Number, 14> numbers{{{"train_rate", &DeviceClass::train_rate},
                                          {"test_rate", &DeviceClass::test_rate},
                                          {"flops", &DeviceClass::flops},
                                          {"memory_rate", &DeviceClass::memory_rate},
                                          {"overhead", &DeviceClass::overhead},
                                          {"memory", &DeviceClass::memory},
                                          {"watts_idle", &DeviceClass::watts_idle},
                                          {"watts_busy", &DeviceClass::watts_busy},
                                          {"watts_radio", &DeviceClass::watts_radio},
                                          {"up", &DeviceClass::up},
                                          {"down", &DeviceClass::down},
                                          {"latency", &DeviceClass::latency},
                                          {"jitter", &DeviceClass::jitter},
                                          {"loss", &DeviceClass::loss, 0.99}}};

std::vector<std::string> keys_of_a_class() {
    std::vector<std::string> keys{"available", "like", "source"};
    for (const auto& number : numbers)
        keys.emplace_back(number.key);
    return keys;
}

/// "22:30" in minutes.
std::optional<int> minutes(std::string_view text) {
    const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return {};
    const int hours = (text[0] - '0') * 10 + (text[1] - '0');
    const int rest = (text[3] - '0') * 10 + (text[4] - '0');
    const int all = hours * 60 + rest;
    return rest < 60 && all <= minutes_of_day ? std::optional(all) : std::nullopt;
}

core::Result<std::string> text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    std::error_code ignored;
    if (!in || std::filesystem::is_directory(file, ignored) || !(text << in.rdbuf()))
        return core::fail(
            core::ErrorKind::data, fmt::format("cannot read `{}`", file.string()), {},
            fmt::format("--devices takes a TOML file, or one of {}", fmt::join(Devices::shipped(), ", ")));
    return std::move(text).str();
}

/// The file of a class that comes with Trama.
std::optional<std::filesystem::path> shipped_file(const std::string& name) {
    if (name.find('/') != std::string::npos) return {};
    std::error_code ignored;
    for (const auto& place : learn::shipped_places("devices/" + name + ".toml"))
        if (std::filesystem::is_regular_file(place, ignored)) return place;
    return {};
}

/// Reads one file; the first thing that is wrong ends it.
class Reader {
  public:
    Reader(std::string file, Devices::Data& data) : file_(std::move(file)), data_(data) {}

    core::Result<void> read(std::string_view text) {
        const auto parsed = toml::parse(text, file_);
        if (!parsed)
            return fail(parsed.error().source(), std::string(parsed.error().description()),
                        "it is a TOML file: see docs/simulation.md");
        const auto& root = parsed.table();
        if (auto known = only(root, {"format", "class", "machines", "site"}); !known) return known;
        const auto* version = root.get("format");
        if (version == nullptr || version->value_or(std::string()) != format)
            return fail(version != nullptr ? version->source() : root.source(), "it does not say its format",
                        fmt::format("begin with format = \"{}\"", format));
        if (auto classes = read_classes(root); !classes) return classes;
        if (auto machines = read_machines(root); !machines) return machines;
        return read_sites(root);
    }

  private:
    using Done = core::Result<void>;

    tl::unexpected<core::Error> fail(const toml::source_region& at, std::string what,
                                     std::string hint = {}) const {
        const auto line = std::max<std::uint32_t>(at.begin.line, 1);
        return core::fail(core::ErrorKind::data, std::move(what), fmt::format("{}:{}", file_, line),
                          std::move(hint));
    }

    Done only(const toml::table& table, const std::vector<std::string>& known) const {
        for (const auto& [key, value] : table) {
            const std::string name(key.str());
            if (std::ranges::find(known, name) != known.end()) continue;
            const auto meant = core::nearest(name, known);
            return fail(key.source(), fmt::format("there is no `{}` here", name),
                        meant.empty() ? fmt::format("there is {}", fmt::join(known, ", "))
                                      : fmt::format("did you mean `{}`?", meant));
        }
        return {};
    }

    /// A table of tables: `[class.a]`, `[class.b]`.
    template <class Each>
    Done each(const toml::table& root, std::string_view key, Each read) {
        const auto* group = root.get(key);
        if (group == nullptr) return {};
        if (!group->is_table()) return fail(group->source(), fmt::format("`{}` is a table", key));
        for (const auto& [name, node] : *group->as_table()) {
            if (!node.is_table())
                return fail(name.source(),
                            fmt::format("`{}.{}` is a table", key, std::string_view(name.str())),
                            fmt::format("write [{}.{}]", key, std::string_view(name.str())));
            if (auto done = read(std::string(name.str()), *node.as_table()); !done) return done;
        }
        return {};
    }

    Done read_classes(const toml::table& root) {
        std::vector<std::pair<std::string, const toml::table*>> waiting;
        auto found = each(root, "class", [&](std::string name, const toml::table& table) -> Done {
            waiting.emplace_back(std::move(name), &table);
            return {};
        });
        if (!found) return found;
        // A class may be `like` another one of the file, wherever that stands.
        while (!waiting.empty()) {
            const auto is_free = [&](const auto& one) {
                const auto like = one.second->get("like") != nullptr
                                      ? one.second->get("like")->value_or(std::string())
                                      : std::string();
                return std::ranges::none_of(waiting, [&](const auto& other) { return other.first == like; });
            };
            const auto next = std::ranges::find_if(waiting, is_free);
            if (next == waiting.end())
                return fail(waiting.front().second->source(),
                            fmt::format("`{}` is like itself", waiting.front().first));
            if (auto read = read_class(next->first, *next->second); !read) return read;
            waiting.erase(next);
        }
        return {};
    }

    Done read_class(const std::string& name, const toml::table& table) {
        if (auto known = only(table, keys_of_a_class()); !known) return known;
        DeviceClass device;
        if (const auto* like = table.get("like")) {
            auto number = class_named(*like);
            if (!number) return tl::unexpected(number.error());
            device = data_.classes[*number];
        }
        device.name = name;
        const auto* source = table.get("source");
        if (source == nullptr || source->value_or(std::string()).empty())
            return fail(table.source(),
                        fmt::format("class `{}` does not say where its numbers are from", name),
                        "add source = \"...\", or source = \"assumed\"");
        device.source = source->value_or(std::string());
        for (const auto& number : numbers) {
            const auto* node = table.get(number.key);
            if (node == nullptr) continue;
            const auto value = node->value<double>();
            if (!node->is_number() || !std::isfinite(*value) || *value < 0 || *value > number.most)
                return fail(
                    node->source(),
                    fmt::format("`{}` is a number from 0{}", number.key,
                                std::isfinite(number.most) ? fmt::format(" to {}", number.most) : ""));
            device.*number.member = *value;
        }
        if (const auto* hours = table.get("available"))
            if (auto read = read_hours(*hours, device); !read) return read;
        return add(std::move(device), table.source());
    }

    Done add(DeviceClass device, const toml::source_region& at) {
        if (data_.classes.size() >= std::numeric_limits<std::uint16_t>::max())
            return fail(at, "there are too many classes");
        data_.classes.push_back(std::move(device));
        return {};
    }

    Done read_hours(const toml::node& node, DeviceClass& device) const {
        const auto wrong = [&](const toml::node& at) {
            return fail(at.source(), "`available` is a list of times of a day that do not overlap",
                        "for example available = [\"22:00-06:00\"]");
        };
        if (!node.is_array()) return wrong(node);
        std::vector<std::pair<int, int>> spans;
        for (const auto& each : *node.as_array()) {
            const auto text = each.value_or(std::string());
            const auto dash = text.find('-');
            if (dash == std::string::npos) return wrong(each);
            const auto from = minutes(std::string_view(text).substr(0, dash));
            const auto to = minutes(std::string_view(text).substr(dash + 1));
            if (!from || !to || *from == *to || *from == minutes_of_day) return wrong(each);
            if (*from < *to) {
                spans.emplace_back(*from, *to);
            } else {  // over midnight
                spans.emplace_back(*from, minutes_of_day);
                if (*to > 0) spans.emplace_back(0, *to);
            }
        }
        std::ranges::sort(spans);
        for (std::size_t i = 1; i < spans.size(); ++i)
            if (spans[i].first < spans[i - 1].second) return wrong(node);
        device.available.clear();
        for (const auto& [from, to] : spans)
            device.available.push_back({from * 60.0, to * 60.0});
        return {};
    }

    /// The number of a class of this file, or of one that comes with Trama, which is read now.
    core::Result<std::uint16_t> class_named(const toml::node& node) {
        if (!node.is_string()) return fail(node.source(), "a class is named here, in quotes");
        return class_named(node.value_or(std::string()), node.source());
    }

    core::Result<std::uint16_t> class_named(const std::string& name, const toml::source_region& at) {
        const auto known = std::ranges::find(data_.classes, name, &DeviceClass::name);
        if (known != data_.classes.end()) return static_cast<std::uint16_t>(known - data_.classes.begin());
        if (const auto file = shipped_file(name)) {
            auto text = text_of(*file);
            if (!text) return tl::unexpected(text.error());
            Devices::Data shipped;
            Reader reader(file->string(), shipped);
            if (auto read = reader.read(*text); !read) return tl::unexpected(read.error());
            const auto found = std::ranges::find(shipped.classes, name, &DeviceClass::name);
            if (found != shipped.classes.end()) {
                if (auto added = add(*found, at); !added) return tl::unexpected(added.error());
                return static_cast<std::uint16_t>(data_.classes.size() - 1);
            }
        }
        auto names = Devices::shipped();
        for (const auto& device : data_.classes)
            names.push_back(device.name);
        const auto meant = core::nearest(name, names);
        return fail(at, fmt::format("there is no class `{}`", name),
                    meant.empty() ? fmt::format("add [class.{}], or name one of {}", name,
                                                fmt::join(Devices::shipped(), ", "))
                                  : fmt::format("did you mean `{}`?", meant));
    }

    Done read_machines(const toml::table& root) {
        const auto* node = root.get("machines");
        if (node == nullptr) return {};
        if (!node->is_table()) return fail(node->source(), "`machines` is a table", "write [machines]");
        const auto& table = *node->as_table();
        if (auto known = only(table, {"server", "clients", "edges"}); !known) return known;
        const auto* clients = table.get("clients");
        if (clients == nullptr)
            return fail(table.source(), "[machines] does not say what the clients are",
                        "for example clients = \"raspberry-pi-4\"");
        if (auto read = read_placement(*clients, data_.clients); !read) return read;
        if (const auto* server = table.get("server")) {
            auto number = class_named(*server);
            if (!number) return tl::unexpected(number.error());
            data_.server.classes = {*number};
        } else {
            auto number = class_named(default_server, table.source());
            if (!number) return tl::unexpected(number.error());
            data_.server.classes = {*number};
        }
        if (const auto* edges = table.get("edges")) return read_placement(*edges, data_.edges);
        data_.edges = data_.server;
        return {};
    }

    Done read_placement(const toml::node& node, Placement& placement) {
        constexpr const char* how =
            "say \"a-class\", { list = [\"a-class\", ...] } or { mix = { a-class = 0.5, ... } }";
        if (node.is_string()) {
            auto number = class_named(node);
            if (!number) return tl::unexpected(number.error());
            placement.classes = {*number};
            return {};
        }
        const auto* table = node.as_table();
        if (table == nullptr || table->size() != 1)
            return fail(node.source(), "this does not say which classes", how);
        if (const auto* list = table->get("list"); list != nullptr && list->is_array()) {
            placement.list = true;
            for (const auto& each : *list->as_array()) {
                auto number = class_named(each);
                if (!number) return tl::unexpected(number.error());
                placement.classes.push_back(*number);
            }
            return {};
        }
        const auto* mix = table->get("mix");
        if (mix == nullptr || !mix->is_table())
            return fail(node.source(), "this does not say which classes", how);
        return read_mix(*mix->as_table(), placement);
    }

    Done read_mix(const toml::table& mix, Placement& placement) {
        constexpr double rounding = 1e-6;
        double sum = 0;
        for (const auto& [name, share] : mix) {
            const auto value = share.value<double>();
            if (!share.is_number() || !(*value > 0))
                return fail(share.source(), "a share of a mix is a number above 0");
            auto number = class_named(std::string(name.str()), name.source());
            if (!number) return tl::unexpected(number.error());
            sum += *value;
            placement.classes.push_back(*number);
            placement.upto.push_back(sum);
        }
        if (!(std::abs(sum - 1) <= rounding))
            return fail(mix.source(), fmt::format("the shares of this mix add up to {}, not 1", sum));
        placement.upto.back() = 1;
        return {};
    }

    Done read_sites(const toml::table& root) {
        return each(root, "site", [&](const std::string& name, const toml::table& table) -> Done {
            if (auto known = only(table, {"class"}); !known) return known;
            const auto* node = table.get("class");
            if (node == nullptr)
                return fail(table.source(), fmt::format("site `{}` does not say its class", name),
                            "for example class = \"x86-server\"");
            auto number = class_named(*node);
            if (!number) return tl::unexpected(number.error());
            data_.sites.emplace(name, *number);
            return {};
        });
    }

    std::string file_;
    Devices::Data& data_;
};

}  // namespace

core::Result<Devices> Devices::parse(std::string_view text, const std::string& name) {
    auto data = std::make_shared<Data>();
    data->file = name;
    if (auto read = Reader(name, *data).read(text); !read) return tl::unexpected(read.error());
    if (data->clients.classes.empty())
        return core::fail(core::ErrorKind::data, "it does not say which machines there are", name,
                          "add [machines] with clients = \"...\" and server = \"...\"");
    Devices devices;
    devices.data_ = std::move(data);
    return devices;
}

core::Result<Devices> Devices::read(const std::filesystem::path& file) {
    const auto text = text_of(file);
    if (!text) return tl::unexpected(text.error());
    return parse(*text, file.string());
}

core::Result<Devices> Devices::find(const std::string& file_or_class) {
    std::error_code ignored;
    if (std::filesystem::exists(file_or_class, ignored) || !shipped_file(file_or_class))
        return read(file_or_class);
    return parse(fmt::format("format = \"{}\"\n[machines]\nclients = \"{}\"\n", format, file_or_class),
                 file_or_class);
}

std::vector<std::string> Devices::shipped() {
    std::set<std::string> names;
    for (const auto& place : learn::shipped_places("devices")) {
        std::error_code failed;
        for (const auto& entry : std::filesystem::directory_iterator(place, failed))
            if (entry.path().extension() == ".toml") names.insert(entry.path().stem().string());
    }
    return {names.begin(), names.end()};
}

Devices Devices::instant() {
    auto data = std::make_shared<Data>();
    data->classes.emplace_back();
    data->classes.back().name = "instant";
    data->classes.back().source = "assumed";
    data->server.classes = data->clients.classes = data->edges.classes = {0};
    Devices devices;
    devices.data_ = std::move(data);
    return devices;
}

}  // namespace trama::engine
