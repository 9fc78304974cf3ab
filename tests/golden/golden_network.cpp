#include <filesystem>

#include "golden/golden.hpp"
#include "trama/network/network.hpp"
#include "trama/run/run.hpp"

// golden/network: the network of a scheme, as `show --network` prints it, or with `--dot` (and `--unfold`) as
// it is drawn. Option: `--set name=value`.

namespace {

using namespace trama;

std::string expanded(const golden::Case& golden) {
    std::filesystem::current_path(golden.path.parent_path());  // paths in messages stay short
    learn::Library library;
    run::add_builtins(library);
    run::Options options;
    for (const std::string& value : golden.values("--set")) {
        const std::size_t sign = value.find('=');
        options.set.emplace_back(value.substr(0, sign), value.substr(sign + 1));
    }
    const lang::CheckResult checked = run::check(golden.source(), library, options);
    if (!checked.scheme) return lang::render(checked.diagnostics);
    const auto network = network::expand(*checked.scheme);
    if (!network) return network.error().where + ": " + network.error().message + "\n";
    if (golden.has("--dot")) return network::print_dot(*network, {.unfold = golden.has("--unfold")});
    return network::print_text(*network);
}

TRAMA_GOLDEN(network, expanded);

}  // namespace
