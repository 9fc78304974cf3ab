#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "trama/core/random.hpp"
#include "trama/learn/dataset.hpp"

/// The data of the benchmarks: MNIST when its files are there, else noise of the same size.
namespace trama::bench {

/// $TRAMA_DATA/mnist or $TRAMA_DATA; none if neither has the files.
inline std::optional<std::filesystem::path> mnist_folder() {
    const char* set = std::getenv("TRAMA_DATA");
    if (set == nullptr) return std::nullopt;
    for (const auto& place : {std::filesystem::path(set) / "mnist", std::filesystem::path(set)}) {
        if (exists(place / "train-images-idx3-ubyte.gz")) {
            return canonical(place);
        }
    }
    return std::nullopt;
}

inline std::vector<std::uint8_t> unpacked(const std::filesystem::path& file, std::size_t header) {
    const std::string command = "gzip -dc '" + file.string() + "'";
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
    std::vector<std::uint8_t> bytes;
    std::uint8_t chunk[1 << 16];
    while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, pipe.get())) {
        bytes.insert(bytes.end(), chunk, chunk + got);
    }
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
    return bytes;
}

inline learn::Dataset digits_28() {
    learn::Dataset data;
    data.shape = {1, 28, 28};
    data.classes = 10;
    data.class_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    data.scale = {static_cast<float>(1 / (255 * 0.3081))};
    data.shift = {static_cast<float>(-0.1307 / 0.3081)};
    constexpr std::size_t pixels = 28 * 28;
    const auto folder = mnist_folder();
    data.name = folder ? "MNIST" : "noise of MNIST's size (MNIST is not there; set TRAMA_DATA)";
    core::Stream random(1, 2);
    for (auto [samples, prefix, count] :
         {std::tuple{&data.train, "train", 60000}, {&data.test, "t10k", 10000}}) {
        samples->count = count;
        if (folder) {
            samples->bytes = unpacked(*folder / (std::string(prefix) + "-images-idx3-ubyte.gz"), 16);
            for (const std::uint8_t label :
                 unpacked(*folder / (std::string(prefix) + "-labels-idx1-ubyte.gz"), 8)) {
                samples->labels.push_back(label);
            }
            continue;
        }
        samples->bytes.resize(static_cast<std::size_t>(count) * pixels);
        for (std::uint8_t& byte : samples->bytes)
            byte = static_cast<std::uint8_t>(random.bits32());
        for (int i = 0; i < count; ++i)
            samples->labels.push_back(static_cast<std::int32_t>(random.below(10)));
    }
    return data;
}

}  // namespace trama::bench
