#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "inputs.hpp"
#include "trama/core/constant.hpp"
#include "trama/core/delta.hpp"
#include "trama/core/elementary.hpp"
#include "trama/core/random.hpp"
#include "trama/core/weighted_mean.hpp"

namespace trama::portable {
namespace {

template <class Function>
std::string swept(const Function& function) {
    Digest digest;
    for (const double x : sweep())
        digest.add(function(x));
    return digest.text();
}

template <class Draw>
std::string drawn(const Draw& draw) {
    core::Stream stream({7, "portable", 1, {}, {}, "draw"});
    Digest digest;
    for (int i = 0; i < 10000; ++i)
        digest.add(draw(stream));
    return digest.text();
}

core::Delta of_values(std::vector<float> values) {
    core::Delta delta;
    delta.elements = values.size();
    delta.values = core::Delta::Floats{std::move(values)};
    return delta;
}

}  // namespace

void add_elementary(Hashes& hashes) {
    hashes["elementary/exp"] = swept(core::exp);
    hashes["elementary/log"] = swept(core::log);
    hashes["elementary/sin"] = swept(core::sin);
    hashes["elementary/cos"] = swept(core::cos);
    hashes["elementary/sqrt"] = swept(core::sqrt);
    hashes["elementary/pow"] = swept([](double x) {
        Digest powers;
        for (const double y :
             {0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.0, 1e-300, 1e300, 0x1p-1074, 1.0 / 3,
              std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
              std::numeric_limits<double>::quiet_NaN()})
            powers.add(core::pow(x, y)).add(core::pow(y, x));
        return powers.text();
    });
}

void add_random(Hashes& hashes) {
    hashes["random/bits32"] = drawn([](auto& stream) { return std::uint64_t{stream.bits32()}; });
    hashes["random/bits64"] = drawn([](auto& stream) { return stream.bits64(); });
    hashes["random/uniform"] = drawn([](auto& stream) { return stream.uniform(); });
    hashes["random/uniform in a range"] = drawn([](auto& stream) { return stream.uniform(-0.1, 1e9); });
    hashes["random/below"] = drawn([](auto& stream) { return stream.below(0x9000000000000001); });
    hashes["random/normal"] = drawn([](auto& stream) { return stream.normal(); });
    for (const double shape : {0.01, 0.5, 1.0, 7.3})
        hashes[fmt::format("random/gamma {}", shape)] =
            drawn([&](auto& stream) { return stream.gamma(shape); });
    core::Stream stream({7, "portable", 1, {}, {}, "permutation"});
    std::vector<std::uint32_t> order(1000);
    stream.permutation(order);
    hashes["random/permutation"] = Digest().add_array(order).text();
    Digest names;
    const std::vector<std::int64_t> path{3, -1, std::int64_t{1} << 40};
    for (const char* name : {"", "client", "naïve ✓"})
        names.add(core::Stream({std::uint64_t(-1), name, -2, path, path, "init"}).bits64());
    hashes["random/names"] = names.text();
}

void add_bytes(Hashes& hashes) {
    Digest sums;
    const auto a = floats(5003, "a"), b = floats(5003, "b"), c = floats(5003, "c");
    const std::vector<std::span<const float>> inputs{a, b, c};
    const std::vector<double> weights{0.3, 1e-9, 12345.678};
    std::vector<double> sum(a.size());
    core::weighted_sum(inputs, weights, sum);
    for (const double one : sum)
        sums.add(one);
    hashes["weighted sum"] = sums.text();
    auto mean = model(a, 1);
    core::ParameterBuffer rounded(mean.params.shared_layout());
    core::weighted_mean(inputs, weights, 12345.978, rounded.floats());
    mean.params = std::move(rounded).freeze();
    hashes["weighted mean"] = Digest().add(mean).text();

    auto everything = model(a, 2);
    everything.buffers = of_every_type();
    everything.extra["control"] = model(b, 1).params;
    hashes["model hash"] = Digest().add(core::model_hash(everything)).text();
    for (const auto& [name, delta] : deltas()) {
        const auto bytes = core::encode(delta).bytes;
        Digest digest;
        digest.add(std::span<const std::byte>(bytes));
        for (const float value : core::decode(bytes)->dense())
            digest.add(static_cast<double>(value));
        hashes["delta/" + name] = digest.text();
    }
    const auto base = model(a, 1);
    hashes["delta/added"] = Digest().add(*core::add(base.params, of_values(b))).text();
}

void add_texts(Hashes& hashes) {
    Digest ours, fmts, json, read;
    for (const double x : sweep()) {
        ours.add(core::to_text(core::Constant{x})).add(core::to_text(core::Constant{core::Fraction{x}}));
        ours.add(core::to_text(core::Constant{core::Duration{x}}));
        if (!std::isfinite(x)) continue;
        fmts.add(fmt::format("{} {:.2f} {:.4g}", x, std::fmod(x, 1000), x));
        const auto text = nlohmann::json(x).dump();
        json.add(text).add(nlohmann::json::parse(text).get<double>());
        // One digit more than is needed, and one less: both ways of rounding.
        for (const auto& digits : {fmt::format("{:.17e}", x), fmt::format("{:.13e}", x)}) {
            double back = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), back);
            float narrow = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), narrow);
            read.add(back).add(static_cast<double>(narrow));
        }
    }
    hashes["text/constants"] = ours.text();
    hashes["text/numbers"] = fmts.text();
    hashes["text/json"] = json.text();
    hashes["text/read"] = read.text();
    hashes["text/sha256"] = Digest().add(core::sha256("weft")).text();
}

}  // namespace trama::portable
