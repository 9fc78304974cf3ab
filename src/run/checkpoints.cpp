#include "run/checkpoints.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <unordered_map>

#include <fmt/format.h>

#include "core/portable.hpp"
#include "run/checkpoint_json.hpp"
#include "run/paths.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/safetensors.hpp"

namespace trama::run {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;
using nlohmann::json;

constexpr std::size_t kept = 2;  // of each feedback
constexpr auto format = "trama-checkpoint";
constexpr auto version = "1";

std::string short_name(const network::Loop& loop) {
    return loop.path.substr(loop.path.rfind('/') + 1);
}

struct File {
    fs::path path;
    std::int64_t round = 0;
};

/// The checkpoints of a feedback, newest first.
std::vector<File> files_of(const fs::path& folder, const network::Loop& loop) {
    std::vector<File> files;
    const auto prefix = short_name(loop) + "-";
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder, none)) {
        const auto name = entry.path().stem().string();
        if (entry.path().extension() != ".safetensors" || !name.starts_with(prefix)) continue;
        File file{entry.path(), 0};
        const auto* end = name.data() + name.size();
        const auto parsed = std::from_chars(name.data() + prefix.size(), end, file.round);
        if (parsed.ec == std::errc() && parsed.ptr == end) files.push_back(std::move(file));
    }
    std::ranges::sort(files, std::ranges::greater(), &File::round);
    return files;
}

std::string checksum(const std::string& text, const core::ParameterSet& tensors) {
    std::vector<std::byte> changed;
    return core::Sha256().add(text).add(core::portable_bytes(tensors, changed)).hex();
}

/// The nets that the calls of a network name, also inside of others.
void collect_nets(const core::Call& call, Nets& nets) {
    for (const auto& argument : call.arguments) {
        if (const auto* inner = argument.value.as<std::shared_ptr<const core::Call>>()) {
            nets.emplace(core::to_text(**inner), *inner);
            collect_nets(**inner, nets);
        }
    }
}

tl::unexpected<core::Error> unusable(const fs::path& file, std::string why) {
    return core::fail(ErrorKind::data, "this checkpoint cannot be used: " + std::move(why), file.string());
}

}  // namespace

std::string scheme_hash(const network::Network& network, const lang::Registry& registry,
                        const fs::path& folder) {
    core::Sha256 hash;
    const auto add = [&](const std::string& text) {
        hash.add(std::to_string(text.size())).add(":").add(text);
    };
    const auto text_of = [&](const core::Call& call) {
        return core::to_text(with_absolute_paths(call, registry, folder));
    };
    std::unordered_map<const core::Call*, std::string> texts;  // a million actors share a few calls
    const auto add_call = [&](const std::shared_ptr<const core::Call>& call) {
        if (!call) return add({});
        auto& text = texts[call.get()];
        if (text.empty()) text = text_of(*call);
        add(text);
    };
    for (const auto& loop : network.loops) {
        auto call = *loop.call;
        // Only what ends a feedback, and how often it is saved, may change.
        std::erase_if(call.arguments,
                      [](const core::Argument& argument) { return argument.parameter != "keep"; });
        add(loop.path);
        add(text_of(call));
    }
    for (const auto& actor : network.actors) {
        if (actor.kind == network::Kind::control) continue;  // there or not, by the conditions
        add(actor.path);
        add(fmt::format("{} {}/{} {} {}", to_text(actor.kind), actor.rank, actor.copies, actor.level,
                        actor.threads));
        add_call(actor.call);
        if (actor.kind != network::Kind::loop) add_call(actor.block);
    }
    return hash.hex();
}

std::string clock_of(const fs::path& devices) {
    std::ostringstream text;
    if (fs::is_regular_file(devices)) text << std::ifstream(devices).rdbuf();
    return "simulated " + (text.str().empty() ? devices.string() : core::sha256(text.str()));
}

Checkpoints::Checkpoints(const fs::path& run, const network::Network& network, Belongs belongs)
    : folder_(run / "checkpoints"), network_(network), belongs_(std::move(belongs)) {}

core::Result<void> Checkpoints::save(const engine::Checkpoint& checkpoint,
                                     const measure::MetricsLog::Position& metrics) {
    const auto loop = std::ranges::find(network_.loops, checkpoint.loop, &network::Loop::path);
    TensorTable tensors;
    auto content = to_json(checkpoint, tensors);
    content["scheme"] = belongs_.scheme;
    content["seed"] = belongs_.seed;
    content["data"] = belongs_.data;
    if (checkpoint.circulation) {
        content["clock"] = belongs_.clock;
        auto held = json::array();
        for (const auto& line : metrics.held)
            held.push_back({{"round", line.round}, {"actor", line.actor}, {"text", line.text}});
        content["metrics"] = {{"bytes", metrics.bytes}, {"held", held}};
    }
    const auto text = content.dump();
    const auto joined = tensors.joined();

    const std::lock_guard lock(mutex_);
    std::error_code failed;
    fs::create_directories(folder_, failed);
    const auto file = folder_ / fmt::format("{}-{}.safetensors", short_name(*loop), checkpoint.round);
    auto written = core::write_safetensors(file, joined,
                                           {{"format", format},
                                            {"format_version", version},
                                            {"checkpoint", text},
                                            {"sha256", checksum(text, joined)}});
    if (!written) return written;
    const auto files = files_of(folder_, *loop);
    for (std::size_t i = kept; i < files.size(); ++i)
        fs::remove(files[i].path, failed);
    return {};
}

core::Result<Saved> Checkpoints::read(const fs::path& file, const network::Loop& loop) const {
    auto read = core::read_safetensors(file);
    if (!read) return unusable(file, read.error().message);
    const auto& metadata = read->metadata;
    const auto at = [&](const char* key) {
        const auto found = metadata.find(key);
        return found != metadata.end() ? found->second : std::string();
    };
    if (at("format") != format) return unusable(file, "it is another kind of file");
    if (at("format_version") != version)
        return unusable(file,
                        fmt::format("it has version {}, this Trama reads {}", at("format_version"), version));
    const auto text = at("checkpoint");
    if (at("sha256") != checksum(text, read->tensors)) return unusable(file, "it is damaged");
    Nets nets;
    for (const auto& actor : network_.actors) {
        if (actor.call) collect_nets(*actor.call, nets);
    }
    try {
        const auto content = json::parse(text);
        if (content.at("scheme") != belongs_.scheme)
            return unusable(file, "it is of another scheme: only what ends a feedback may change");
        if (content.at("seed") != belongs_.seed)
            return unusable(file, fmt::format("its run has the seed {}, this one {}",
                                              content.at("seed").dump(), belongs_.seed));
        if (content.at("data") != json(belongs_.data)) return unusable(file, "its run has other data");
        Saved saved{from_json(content, read->tensors, nets), {}};
        auto& checkpoint = saved.checkpoint;
        if (checkpoint.loop != loop.path || checkpoint.streams.size() != loop.streams.size() ||
            checkpoint.circulation.has_value() != loop.asynchronous)
            return unusable(file, "it is of another feedback");
        if (!checkpoint.circulation) return saved;
        if (belongs_.clock.empty() || content.at("clock") != belongs_.clock)
            checkpoint.circulation->moment.reset();
        saved.metrics.bytes = content.at("metrics").at("bytes").get<std::uintmax_t>();
        for (const auto& line : content.at("metrics").at("held")) {
            saved.metrics.held.push_back({line.at("round").get<core::Round>(),
                                          line.at("actor").get<std::string>(),
                                          line.at("text").get<std::string>()});
        }
        return saved;
    } catch (const std::exception&) {
        return unusable(file, "it does not hold what it should");
    }
}

core::Result<std::vector<Saved>> Checkpoints::newest(
    const std::function<void(const core::Error&)>& passed_over) const {
    std::vector<Saved> all;
    for (const auto& loop : network_.loops) {
        if (loop.parent >= 0) continue;
        std::optional<core::Error> newest_error;
        bool found = false;
        for (const auto& file : files_of(folder_, loop)) {
            auto checkpoint = read(file.path, loop);
            if (checkpoint) {
                all.push_back(std::move(*checkpoint));
                found = true;
                break;
            }
            if (!newest_error) newest_error = checkpoint.error();
            passed_over(checkpoint.error());
        }
        if (!found && newest_error) {
            newest_error->hint = "without a checkpoint that can be used, run the scheme anew";
            return tl::unexpected(std::move(*newest_error));
        }
    }
    return all;
}

namespace {

/// What was measured and stays so when these feedbacks go on.
class Measured {
  public:
    Measured(const network::Network& network, const std::vector<Saved>& resumed) : network_(network) {
        std::vector<std::string> loops;
        for (const auto& saved : resumed)
            loops.push_back(saved.checkpoint.loop);
        left_ = engine::work_left(network, loops);
        for (const auto& saved : resumed) {
            const auto loop = std::ranges::find(network.loops, saved.checkpoint.loop, &network::Loop::path);
            if (left_[loop->streams.front()]) going_.emplace(saved.checkpoint.loop, &saved);
        }
        for (const auto& actor : network.actors)
            actors_.emplace(actor.path, &actor);
    }

    /// The line that begins at that byte.
    bool stays(const json& line, std::uintmax_t at) const {
        const auto& name = line.at("actor").get_ref<const std::string&>();
        const auto actor = actors_.find(name);
        if (actor == actors_.end()) return false;
        const auto* saved = around(*actor->second);
        if (saved == nullptr) return !left_[actor->second->id];
        const auto& round = line.at("round");
        const auto number = (round.is_array() ? round.at(0) : round).get<std::int64_t>();
        if (!saved->checkpoint.circulation) return number <= saved->checkpoint.round;
        return at < saved->metrics.bytes && counts(*saved, number);
    }

    std::vector<measure::MetricsLog::Line> held() const {
        std::vector<measure::MetricsLog::Line> lines;
        for (const auto& [path, saved] : going_) {
            for (const auto& line : saved->metrics.held) {
                const auto actor = actors_.find(line.actor);
                if (actor == actors_.end() || around(*actor->second) != saved) continue;
                if (counts(*saved, line.round.front())) lines.push_back(line);
            }
        }
        return lines;
    }

  private:
    /// The outermost feedback around it, if it goes on.
    const Saved* around(const network::Actor& actor) const {
        auto index = actor.loop;
        while (index >= 0 && network_.loops[static_cast<std::size_t>(index)].parent >= 0)
            index = network_.loops[static_cast<std::size_t>(index)].parent;
        if (index < 0) return nullptr;
        const auto found = going_.find(network_.loops[static_cast<std::size_t>(index)].path);
        return found != going_.end() ? found->second : nullptr;
    }

    /// Tokens under way that begin anew have other numbers then.
    static bool counts(const Saved& saved, std::int64_t token) {
        const auto& circulation = *saved.checkpoint.circulation;
        return circulation.moment || std::ranges::count(circulation.under_way, token) == 0;
    }

    const network::Network& network_;
    std::vector<bool> left_;
    std::map<std::string, const Saved*> going_;
    std::map<std::string, const network::Actor*, std::less<>> actors_;
};

}  // namespace

core::Result<std::vector<measure::MetricsLog::Line>> cut_metrics(const fs::path& file,
                                                                 const network::Network& network,
                                                                 const std::vector<Saved>& resumed) {
    const Measured measured(network, resumed);
    std::ifstream in(file);
    std::string text;
    std::uintmax_t at = 0;
    for (std::string line; std::getline(in, line); at += line.size() + 1) {
        const auto parsed = json::parse(line, nullptr, false);
        try {
            if (!parsed.is_discarded() && measured.stays(parsed, at)) text += line + "\n";
        } catch (const json::exception&) {
            continue;  // not a line of ours
        }
    }
    if (auto written = core::write_file_atomically(file, text); !written)
        return tl::unexpected(written.error());
    return measured.held();
}

}  // namespace trama::run
