#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "run/folder.hpp"
#include "run/load.hpp"
#include "run/models.hpp"
#include "run/paths.hpp"
#include "trama/core/safetensors.hpp"
#include "trama/run/run.hpp"

namespace trama::run {
namespace {

using core::ErrorKind;

std::string string_at(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string quoted_path(const std::filesystem::path& path) {
    return core::to_text(core::Constant{path.string()});
}

tl::unexpected<core::Error> no_run(const std::filesystem::path& folder) {
    return core::fail(
        ErrorKind::data,
        std::filesystem::is_directory(folder) ? "this folder is not a run's" : "there is no such run folder",
        folder.string(), "`trama run` makes one and prints its name");
}

}  // namespace

core::Result<Kept> open(const std::filesystem::path& folder) {
    if (!is_run_folder(folder)) return no_run(folder);
    Kept kept;
    kept.folder = folder;
    std::ifstream in(folder / "config.json");
    const auto config = nlohmann::json::parse(in, nullptr, false);
    kept.data = string_at(config, "data");
    if (const auto scheme = config.find("scheme"); scheme != config.end() && scheme->is_object())
        kept.scheme = string_at(*scheme, "name");

    const auto add = [&](const std::filesystem::path& file) -> core::Result<void> {
        auto read = core::read_safetensors(file);
        if (!read) return tl::unexpected(read.error());
        const auto architecture = read->metadata.find("architecture");
        kept.models.push_back(std::filesystem::absolute(file).lexically_normal());
        kept.architectures.push_back(architecture == read->metadata.end() ? std::string()
                                                                          : architecture->second);
        return {};
    };
    if (const auto only = folder / model_name(0, 1, "safetensors"); std::filesystem::exists(only)) {
        if (auto added = add(only); !added) return tl::unexpected(added.error());
    }
    for (std::size_t i = 0;; ++i) {
        const auto file = folder / model_name(i, 2, "safetensors");
        if (!std::filesystem::exists(file)) break;
        if (auto added = add(file); !added) return tl::unexpected(added.error());
    }
    if (kept.models.empty())
        return core::fail(ErrorKind::data, "this run kept no model", folder.string(),
                          "it failed or was stopped before its first round ended");
    return kept;
}

core::Result<std::uint64_t> seed_of(const std::filesystem::path& folder) {
    if (!is_run_folder(folder)) return no_run(folder);
    std::ifstream in(folder / "config.json");
    const auto config = nlohmann::json::parse(in, nullptr, false);
    const auto seed = config.find("seed");
    return seed != config.end() && seed->is_number_unsigned() ? seed->get<std::uint64_t>() : 0;
}

std::string test_scheme(const Kept& kept, std::size_t model, std::string_view data) {
    return fmt::format("scheme = init({}, from: {}) >> test({})\n", kept.architectures.at(model),
                       quoted_path(kept.models.at(model)), data);
}

std::string data_of(const lang::Scheme& scheme, const learn::Library& library) {
    const auto network = network::expand(scheme);
    if (!network) return {};
    const auto* data = main_data(*network, library.registry());
    if (data == nullptr) return {};
    const auto folder = scheme.sources.empty() ? std::filesystem::path() : folder_of(*scheme.sources.front());
    return core::to_text(with_absolute_paths(*data, library.registry(), folder));
}

}  // namespace trama::run
