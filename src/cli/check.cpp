#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/scheme.hpp"
#include "trama/learn/privacy.hpp"
#include "trama/network/network.hpp"

namespace trama::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string place_of(const lang::Span& span) {
    if (!span.source) return {};
    return fmt::format("{}:{}", span.source->path(), span.source->position(span.begin).line);
}

/// What only shows when the scheme is expanded: the files that its graphs and weights are in.
std::optional<core::Error> expansion_error(const Loaded& loaded, const run::Options& options) {
    if (!loaded.checked.scheme) return std::nullopt;
    auto network = network::expand(*loaded.checked.scheme, {options.max_actors});
    return network ? std::nullopt : std::optional(std::move(network.error()));
}

std::string as_json(const Loaded& loaded, const std::optional<core::Error>& error) {
    Json json{{"file", loaded.source->path()}, {"ok", loaded.checked.scheme.has_value() && !error}};
    if (error) json["error"] = {{"message", error->message}, {"where", error->where}, {"hint", error->hint}};
    if (loaded.checked.scheme) {
        const auto& scheme = *loaded.checked.scheme;
        json["type"] =
            fmt::format("{} -> {}", lang::to_text(scheme.root->in), lang::to_text(scheme.root->out));
        json["deterministic"] = scheme.nondeterminism.empty();
        Json reasons = Json::array();
        for (const auto& reason : scheme.nondeterminism)
            reasons.push_back(
                {{"block", reason.block}, {"why", reason.why}, {"place", place_of(reason.span)}});
        json["nondeterminism"] = reasons;
        json["missing_runtimes"] = scheme.missing_runtimes;
        json["privacy"] = learn::privacy_of(scheme).guarantees;
    }
    json["diagnostics"] = Json::parse(lang::to_json(loaded.checked.diagnostics));
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// Where an asynchronous loop saves checkpoints.
void collect_saving(const lang::Node& node, std::vector<lang::Span>& places) {
    if (const auto* block = node.as<lang::Block>()) {
        if (block->loop == lang::Block::Loop::asynchronous && block->call.find("checkpoint") != nullptr)
            places.push_back(node.span);
        for (const auto& inner : {block->body, block->inner})
            if (inner) collect_saving(*inner, places);
    } else if (const auto* sequence = node.as<lang::Sequence>()) {
        for (const auto& stage : sequence->stages)
            collect_saving(*stage, places);
    } else if (const auto* copies = node.as<lang::Copies>()) {
        for (const auto& branch : copies->branches)
            collect_saving(*branch, places);
    } else if (const auto* placed = node.as<lang::Placed>()) {
        collect_saving(*placed->inner, places);
    }
}

std::string verdict(const Loaded& loaded) {
    const auto& scheme = *loaded.checked.scheme;
    std::string out =
        fmt::format("{}: no errors; gives {}; ", loaded.source->path(), lang::to_text(scheme.root->out));
    if (scheme.nondeterminism.empty())
        out += "deterministic: the same model on every engine, with any number of threads\n";
    else
        out += "not deterministic:\n";
    for (const auto& reason : scheme.nondeterminism)
        out += fmt::format("  {}: `{}` {}\n", place_of(reason.span), reason.block, reason.why);
    std::vector<lang::Span> saving;
    collect_saving(*scheme.root, saving);
    for (const auto& span : saving)
        out += fmt::format(
            "  {}: a run that goes on from a checkpoint of this asynchronous loop sends its work under way "
            "anew, and "
            "so ends differently; on the simulated engine it ends bitwise as if it had never stopped\n",
            place_of(span));
    for (const auto& guarantee : learn::privacy_of(scheme).guarantees)
        out += fmt::format("privacy: {}\n", guarantee);
    return out;
}

int run_check(const Arguments& arguments) {
    const auto options = scheme_options(arguments);
    if (!options) return print_error(options.error());
    auto loaded = load(arguments.get("FILE"), *options);
    if (!loaded) return print_error(loaded.error());
    if (loaded->checked.scheme) {
        auto findings = learn::privacy_of(*loaded->checked.scheme).findings;
        std::ranges::move(findings, std::back_inserter(loaded->checked.diagnostics));
    }
    const auto error = expansion_error(*loaded, *options);
    if (arguments.has("--json")) {
        print(as_json(*loaded, error));
    } else {
        print_findings(loaded->checked.diagnostics);
        if (error) return print_error(*error);
        if (loaded->checked.scheme && !arguments.has("--quiet")) print(for_stdout(verdict(*loaded)));
    }
    return error ? core::exit_code(error->kind) : exit_code_of(loaded->checked.diagnostics);
}

}  // namespace

Command check_command() {
    return {
        .name = "check",
        .summary = "say everything that is wrong with a scheme, without running it",
        .details =
            "Checks names, arguments, the types of what flows along every arrow, the widths of bundles, "
            "loops, files, and "
            "whether the model fits the data. All findings come at once, each with its place, and a hint "
            "where one helps; "
            "`trama explain CODE` says more about one.\n\nAlso says whether the scheme is deterministic, and "
            "if not, which "
            "block in which line makes it so, and what differential privacy its `clip` and `noise` give.",
        .operands = {{.name = "FILE",
                      .doc = "the scheme (*.trama); `-` is standard input",
                      .takes = Takes::scheme}},
        .options = {set_option(),
                    {.name = "--json", .doc = "findings as JSON, for editors"},
                    {.name = "--quiet", .doc = "print findings only"},
                    max_actors_option()},
        .examples = {{"is it right?", "trama check examples/fedavg.trama"},
                     {"would it still be right with 100 clients?",
                      "trama check --set clients=100 examples/fedavg.trama"},
                     {"for an editor, from its buffer", "trama check --json - < my.trama"}},
        .run = run_check,
    };
}

}  // namespace trama::cli
