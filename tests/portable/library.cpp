#include "library.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include <fmt/format.h>

#include "inputs.hpp"

namespace trama::portable {
namespace {

using test::number;
using test::numbers;

/// Arguments without a default, by sort and name. What is new and needs one is added here.
const std::map<std::string, test::Arguments>& needed() {
    const auto call = [](const char* name, const test::Arguments& arguments) {
        return test::value(test::call(test::builtins(), name, arguments));
    };
    static const std::map<std::string, test::Arguments> all{
        {"rule/krum", {{"f", number(1)}}},
        {"rule/multi_krum", {{"f", number(1)}, {"m", number(3)}}},
        {"rule/bulyan", {{"f", number(1)}}},
        {"rule/trimmed_mean", {{"f", number(2)}}},
        {"rule/centered_clip", {{"radius", number(20.0)}, {"iterations", number(3)}}},
        {"rule/norm_bound", {{"bound", number(20.0)}}},
        {"rule/choco", {{"gamma", number(0.3)}}},
        {"rule/fedasync",
         {{"staleness", test::value({"polynomial", "", {{"a", number(0.5)}}, "staleness"})}}},
        {"rule/fedbuff",
         {{"k", number(3)},
          {"staleness", test::value({"hinge", "", {{"a", number(10.0)}, {"b", number(1.0)}}, "staleness"})}}},
        {"block/topk", {{"keep", {core::Fraction{0.1}}}}},
        {"block/randk", {{"keep", {core::Fraction{0.1}}}}},
        {"block/quantize", {{"bits", number(4)}}},
        {"block/lowrank", {{"rank", number(2)}}},
        {"block/clip", {{"norm", number(5.0)}}},
        {"block/noise", {{"multiplier", number(0.7)}, {"norm", number(1.0)}}},
        {"partition/dirichlet", {{"alpha", number(0.3)}}},
        {"partition/feature_noise", {{"sigma", number(0.5)}}},
        {"partition/quantity", {{"sigma", number(0.7)}}},
        {"partition/by", {{"column", test::text("who")}}},
        {"net/linear", {{"in", number(20)}, {"out", number(5)}}},
        {"net/mlp", {{"sizes", numbers({20, 16, 5})}}},
        {"net/char_lstm", {{"embedding", number(4)}, {"hidden", number(8)}}},
        {"schedule/constant", {{"value", number(0.1)}}},
        {"schedule/cosine", {{"start", number(0.1)}, {"over", number(40)}}},
        {"schedule/step", {{"start", number(0.1)}, {"every", number(7)}}},
        {"schedule/exponential", {{"start", number(0.1)}, {"by", number(0.97)}}},
        {"schedule/warmup",
         {{"over", number(5)}, {"then", call("cosine", {{"start", number(0.1)}, {"over", number(40)}})}}},
        {"topology/torus", {{"rows", number(3)}, {"columns", number(4)}}},
        {"topology/random_regular", {{"k", number(4)}}},
        {"topology/erdos_renyi", {{"p", number(0.4)}}},
    };
    return all;
}

core::Model client(const core::Model& base, std::int64_t round, int number, bool spoilt) {
    const auto with = [&](const core::ParameterSet& from, const std::string& purpose) {
        auto made = from.copy();
        const auto moves = floats(made.floats().size(), fmt::format("{} {} {}", purpose, round, number));
        for (std::size_t i = 0; i < moves.size(); ++i)
            made.floats()[i] += moves[i];
        return made;
    };
    auto made = base;
    auto params = with(base.params, "params");
    if (spoilt && (number == 2 || number == 5)) {
        constexpr auto infinity = std::numeric_limits<float>::infinity();
        params.floats()[0] = std::numeric_limits<float>::quiet_NaN();
        params.floats()[1] = -std::numeric_limits<float>::quiet_NaN();
        params.floats()[2] = number == 2 ? infinity : -infinity;  // whose sum is no number
        params.floats()[3] = infinity;
    }
    made.params = std::move(params).freeze();
    made.buffers = with(base.buffers, "buffers").freeze();
    made.extra["control"] = with(base.params, "control").freeze();
    made.extra.insert_or_assign(std::string(core::private_set), with(base.params, "private").freeze());
    made.weight = 10 + 7 * number;
    made.metrics["train_loss"] = {1.0 / (3 + number), made.weight};
    made.metrics["accuracy"] = {0.1 * number, 3};
    made.facts = {{"normaliser", 2.5 + number},
                  {"start_loss", 0.3 * (1 + number)},
                  {"steps", 4.0 + number},
                  {"mass", 1.0 / (1 + number)}};
    return made;
}

}  // namespace

std::vector<std::string> names_of(const std::string& sort,
                                  const std::function<bool(const std::string&)>& has) {
    std::vector<std::string> names;
    for (const auto* signature : test::builtins().registry().all())
        if (signature->sort == sort && has(signature->name)) names.push_back(signature->name);
    EXPECT_FALSE(names.empty()) << sort;
    return names;
}

core::Call example(const std::string& name, const std::string& sort) {
    const auto key = sort + "/" + name;
    const auto found = needed().find(key);
    try {
        return test::call(test::builtins(), name, found != needed().end() ? found->second : test::Arguments{},
                          sort);
    } catch (const std::invalid_argument& error) {
        ADD_FAILURE() << key << ": " << error.what() << "; give it one in " << __FILE__;
        return {};
    }
}

core::Model entering() {
    auto made = model(floats(2257, "entering"), 0);
    made.buffers = set(floats(61, "buffers"), "running_mean");
    made.version = 4;
    return made;
}

core::Values updates(const core::Model& base, std::int64_t round, bool spoilt) {
    const auto sent = std::make_shared<const core::Model>(base);
    core::Values all;
    for (int number = 0; number < 7; ++number)
        all.push_back(core::Update{client(base, round, number, spoilt), sent});
    return all;
}

void add(Digest& digest, const core::Result<core::Value>& result) {
    if (result)
        digest.add(*result);
    else
        digest.add(result.error().message);
}

std::span<const core::Value> part(const core::Values& values, std::size_t begin, std::size_t end) {
    return std::span(values).subspan(begin, end - begin);
}

}  // namespace trama::portable
