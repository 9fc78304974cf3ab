#include "cli/result.hpp"

#include <fmt/format.h>

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

std::string describe(const run::Report& report, const std::string& file, bool brief) {
    std::vector<std::vector<std::string>> rows;
    const std::string rounds = report::plural(static_cast<std::uint64_t>(report.rounds), "round");
    rows.push_back({"result", report.metrics.empty() ? "nothing was measured: `>> test(data)` measures"
                                                     : metrics_line(report.metrics)});
    rows.push_back({"time", fmt::format("{}{} in {}", report.interrupted ? "interrupted after " : "", rounds,
                                        report::seconds(report.seconds))});
    if (!report.folder.empty()) rows.push_back({"folder", report.folder.string()});
    if (report.hashes.size() == 1)
        rows.push_back({"model", fmt::format("sha256 {}", report.hashes.front().substr(0, 16))});
    if (report.hashes.size() > 1) rows.push_back({"models", report::plural(report.hashes.size(), "model")});
    if (report.hashes.empty()) rows.push_back({"model", "none: no round was completed"});
    std::string out = report::table(rows, 1000);
    if (brief || report.folder.empty() || report.models.empty()) return out;
    const std::string scheme = file == "-" ? (report.folder / "scheme.trama").string() : file;
    return out + "\nnext:\n" +
           report::table({{fmt::format("trama test {}", report.folder.string()),
                           "the model again, on its data or on others"},
                          {fmt::format("trama show --svg --out scheme.svg {}", scheme), "a picture"},
                          {fmt::format("trama run --set rounds=5 {}", scheme),
                           "another number of rounds, if the file names it"}},
                         1000, 2);
}

}  // namespace trama::cli
