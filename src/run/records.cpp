#include "run/records.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "run/folder.hpp"
#include "run/machine.hpp"
#include "trama/core/hash.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/measure/metrics_log.hpp"
#include "trama/version.hpp"

namespace trama::run {
namespace {

using Json = nlohmann::ordered_json;

core::Result<void> write(const std::filesystem::path& path, const Json& json) {
    // What a user typed may be any bytes: what is not UTF-8 is replaced, not refused.
    return core::write_file_atomically(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

const char* kind_name(core::ErrorKind kind) {
    switch (kind) {
        case core::ErrorKind::usage:
            return "usage";
        case core::ErrorKind::scheme:
            return "scheme";
        case core::ErrorKind::data:
            return "data";
        case core::ErrorKind::run:
            return "run";
        case core::ErrorKind::interrupted:
            return "interrupted";
    }
    return "run";
}

/// The busiest: a scheme of many programs side by side must not fill the file.
Json actors(const std::vector<Use>& uses) {
    constexpr std::size_t most = 20;
    Json all = Json::array();
    for (const auto& use : uses) {
        if (all.size() == most) break;
        Json one{{"actor", use.actor},
                 {"copies", use.copies},
                 {"firings", use.firings},
                 {"seconds_busy", use.seconds},
                 {"utilisation", use.utilisation},
                 {"bytes_sent", use.bytes_sent},
                 {"bytes_received", use.bytes_received}};
        if (use.dropped > 0) one["dropped"] = use.dropped;
        all.push_back(std::move(one));
    }
    return all;
}

Json staleness(const std::map<std::int64_t, std::uint64_t>& counts) {
    Json histogram = Json::object();
    for (const auto& [old, updates] : counts)
        histogram[fmt::format("{}", old)] = updates;
    return {{"min", counts.begin()->first},
            {"median", median_staleness(counts)},
            {"max", counts.rbegin()->first},
            {"updates", std::move(histogram)}};
}

Json summary(const Report& report, const std::optional<core::Error>& error) {
    Json json{{"format", "trama-summary"}, {"format_version", 1}, {"scheme", report.scheme}};
    json["status"] = error ? "failed" : report.interrupted ? "interrupted" : "done";
    json["rounds"] = report.rounds;
    if (report.resumed_from > 0) json["resumed_from"] = report.resumed_from;
    Json metrics = Json::object();
    for (const auto& [name, metric] : report.metrics)
        metrics[name] = metric.value;
    json["metrics"] = metrics;
    Json seconds{{"total", report.seconds}};
    for (const auto& phase : report.phases)
        seconds[phase.name] = phase.seconds;
    json["seconds"] = seconds;
    json["peak_memory_bytes"] = report.peak_memory;
    json["tokens"] = report.tokens;
    json["bytes_moved"] = report.bytes_moved;
    if (report.simulated) {
        Json simulated{{"seconds", report.simulated->seconds}};
        if (report.simulated->reached) simulated["reached"] = *report.simulated->reached;
        if (report.simulated->joules) simulated["joules_estimated"] = *report.simulated->joules;
        json["simulated"] = std::move(simulated);
    }
    json["actors"] = actors(report.uses);
    if (!report.staleness.empty()) json["staleness"] = staleness(report.staleness);
    const auto buffers = core::buffer_counts();
    json["model_buffers"] = {{"allocated", buffers.allocations}, {"copied", buffers.copies}};
    if (report.hashes.size() == 1)
        json["model_hash"] = report.hashes.front();
    else if (!report.hashes.empty())
        json["model_hash"] = report.hashes;
    else
        json["model_hash"] = nullptr;
    for (const auto& event : report.events)
        json["events"].push_back({{"event", event.name}, {"where", event.where}, {"text", event.text}});
    json["fingerprint"] = report.fingerprint;
    if (error)
        json["error"] = {{"kind", kind_name(error->kind)},
                         {"message", error->message},
                         {"where", error->where},
                         {"hint", error->hint}};
    return json;
}

}  // namespace

core::Result<void> write_config(const std::filesystem::path& folder, const Config& config) {
    const Machine here = machine();
    Json set = Json::object();
    for (const auto& [name, value] : config.options->set)
        set[name] = value;
    Json faults = Json::array();
    for (const auto& fault : config.options->faults)
        faults.push_back(engine::to_text(fault));
    Json json{
        {"format", folder_format},
        {"format_version", folder_version},
        {"trama", version},
        {"compiler", __VERSION__},
        {"fingerprint", config.fingerprint},
        {"started", fmt::format("{:%Y-%m-%dT%H:%M:%S}Z",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(config.started)))},
        {"scheme",
         {{"name", config.scheme->name},
          {"file", config.scheme->sources.empty() ? "" : config.scheme->sources.front()->path()},
          {"sha256", core::sha256(config.scheme->canonical)},
          {"deterministic", config.scheme->nondeterminism.empty()}}},
        {"set", set},
        {"data", config.data},
        {"engine", config.options->engine},
        {"seed", config.options->seed},
        {"threads", config.threads},
        {"devices", config.options->devices},
        {"training", config.options->training},
        {"inject", faults},
        {"machine",
         {{"cpu", here.cpu},
          {"architecture", here.architecture},
          {"cores", here.cores},
          {"memory_bytes", here.memory},
          {"system", here.system}}},
        {"metrics_format",
         {{"name", measure::MetricsLog::format_name}, {"version", measure::MetricsLog::format_version}}},
        {"command_line",
         config.options->keep ? config.options->keep->command_line : std::vector<std::string>{}},
    };
    return write(folder / "config.json", json);
}

std::string to_json(const Report& report) {
    Json json = summary(report, std::nullopt);
    json["folder"] = report.folder.string();
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::int64_t median_staleness(const std::map<std::int64_t, std::uint64_t>& counts) {
    std::uint64_t all = 0;
    for (const auto& [old, updates] : counts)
        all += updates;
    std::uint64_t below = 0;
    for (const auto& [old, updates] : counts) {
        below += updates;
        if (2 * below >= all) return old;
    }
    return 0;
}

core::Result<void> write_summary(const Report& report, const std::optional<core::Error>& error) {
    return write(report.folder / "summary.json", summary(report, error));
}

}  // namespace trama::run
