#include "cli/result.hpp"

#include <fmt/format.h>

#include "trama/core/words.hpp"
#include "trama/report/metrics.hpp"
#include "trama/report/text.hpp"

namespace trama::cli {

std::string metrics_line(const core::Metrics& metrics) {
    std::string out;
    for (const auto name : report::metric_order(metrics))
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name,
                           report::number(metrics.find(name)->second.value));
    return out;
}

namespace {

using Rows = std::vector<std::vector<std::string>>;

void add_simulated(const run::Report& report, Rows& rows) {
    const auto& simulated = *report.simulated;
    if (simulated.reached)
        rows.push_back({"reached", fmt::format("{} after {} of simulated time", *simulated.reached,
                                               report::seconds(simulated.seconds))});
    constexpr std::size_t most = 3;
    std::string busy;
    for (const auto& use : report.uses) {
        if (&use - report.uses.data() >= std::ptrdiff_t{most} || use.seconds <= 0) break;
        busy += fmt::format("{}{} {}, sent {}", busy.empty() ? "" : "; ", use.actor,
                            report::share(use.utilisation), report::bytes(use.bytes_sent));
    }
    if (!busy.empty()) rows.push_back({"busy", busy});
    if (simulated.joules)
        rows.push_back({"energy", fmt::format("{} J (estimated)", report::number(*simulated.joules))});
}

void add_losses(const run::Report& report, Rows& rows) {
    if (const auto& old = report.staleness; !old.empty())
        rows.push_back({"staleness", fmt::format("{} to {} versions, {} in the middle", old.begin()->first,
                                                 old.rbegin()->first, run::median_staleness(old))});
    std::uint64_t dropped = 0;
    for (const auto& use : report.uses)
        dropped += use.dropped;
    if (dropped > 0) rows.push_back({"dropped", core::counted(static_cast<std::int64_t>(dropped), "token")});
}

}  // namespace

std::string describe(const run::Report& report) {
    std::vector<std::vector<std::string>> rows;
    const std::string rounds = core::counted(report.rounds, "round");
    for (const auto& event : report.events)
        rows.push_back({event.name, fmt::format("{} ({})", event.text, event.where)});
    if (report.events.empty() || !report.metrics.empty())
        rows.push_back({"result", report.metrics.empty() ? "nothing was measured: `>> test(data)` measures"
                                                         : metrics_line(report.metrics)});
    const std::string took = report::seconds(report.seconds);
    rows.push_back(
        {"time", fmt::format("{}{} in {}", report.interrupted ? "interrupted after " : "", rounds,
                             report.simulated ? fmt::format("{} of simulated time ({} here)",
                                                            report::seconds(report.simulated->seconds), took)
                                              : took)});
    if (report.simulated) add_simulated(report, rows);
    add_losses(report, rows);
    if (!report.folder.empty()) rows.push_back({"folder", report.folder.string()});
    if (report.hashes.size() == 1)
        rows.push_back({"model", fmt::format("sha256 {}", report.hashes.front().substr(0, 16))});
    if (report.hashes.size() > 1)
        rows.push_back({"models", core::counted(std::ssize(report.hashes), "model")});
    if (report.hashes.empty() && report.events.empty())
        rows.push_back({"model", "none: no round was completed"});
    std::string out = report::table(rows, 1000);
    return out;
}

std::string describe_next(const run::Report& report, const std::string& program, const std::string& file,
                          const lang::Scheme& scheme) {
    if (report.folder.empty() || report.models.empty()) return {};
    const std::string path = file == "-" ? (report.folder / "scheme.trama").string() : file;
    std::vector<std::vector<std::string>> rows{
        {fmt::format("{} test {}", program, report.folder.string()),
         "the model again, on its data or on others"},
        {fmt::format("{} show --svg --out scheme.svg {}", program, path), "a picture of the scheme"}};
    if (const auto rounds = scheme.constants.find("rounds"); rounds != scheme.constants.end()) {
        if (const auto* number = rounds->second.as<std::int64_t>())
            rows.push_back(
                {fmt::format("{} run --set rounds={} {}", program, 2 * *number, path), "twice as long"});
    }
    return "\nnext:\n" + report::table(rows, 1000, 2);
}

}  // namespace trama::cli
