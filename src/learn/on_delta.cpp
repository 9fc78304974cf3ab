#include "on_delta.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "arguments.hpp"
#include "core/portable.hpp"

namespace trama::learn {

const core::Update& update_in(const core::Value& input, std::string_view block) {
    const auto* update = input.update();
    if (update == nullptr || update->base == nullptr)
        throw std::invalid_argument(fmt::format("{} takes an Update, not {}", block, input.type()));
    return *update;
}

core::Result<core::Delta> delta_of(const core::Update& update) {
    const auto& layout = update.result.params.layout();
    if (!layout.all(core::DType::f32) || !(layout == update.base->params.layout())) {
        return core::fail(core::ErrorKind::run,
                          "only F32 tensors have a delta, and this net has others or changed its own");
    }
    if (update.encoded) return core::decode(update.encoded->bytes);
    const auto result = update.result.params.floats();
    const auto base = update.base->params.floats();
    core::Delta::Floats plain;
    plain.values.reserve(result.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
        plain.values.push_back(result[i] - base[i]);
        if (!std::isfinite(plain.values.back())) {
            return core::fail(
                core::ErrorKind::run,
                fmt::format("the delta has the value {} at element {}, which is no finite number",
                            core::one_nan(plain.values.back()), i),
                {}, "lower the learning rate");
        }
    }
    core::Delta delta;
    delta.elements = plain.values.size();
    delta.values = std::move(plain);
    return delta;
}

core::Result<core::Update> with_delta(const core::Update& update, const core::Delta& delta) {
    auto params = core::add(update.base->params, delta);
    if (!params) return tl::unexpected(params.error());
    auto made = update;
    made.result.params = std::move(*params);
    made.encoded = std::make_shared<const core::Encoded>(core::encode(delta));
    return made;
}

lang::Parameter Share::parameter() {
    return Param("keep", "fraction | int", "Which share is sent (`1%`), or how many entries (`1000`).")
        .above(0);
}

Share::Share(const core::Call& call) {
    const auto& keep = argument(call, "keep");
    if (keep.as<std::int64_t>() != nullptr) {
        number_ = integer(call, "keep");
    } else {
        share_ = real(call, "keep");
    }
}

std::size_t Share::of(std::size_t elements) const {
    const auto wanted =
        number_ > 0 ? static_cast<std::size_t>(number_)
                    : static_cast<std::size_t>(std::floor(share_ * static_cast<double>(elements) + 0.5));
    return std::min(std::max<std::size_t>(wanted, 1), elements);
}

lang::Parameter Compressor::error_feedback() {
    return Param("error_feedback", "bool",
                 "Adds what was lost to the next round's delta (a state of the client).")
        .or_else("true");
}

core::Result<core::Value> Compressor::apply(const Context& context, core::State& state,
                                            const core::Value& input) const {
    if (input.is_skip()) return input;
    const auto& update = update_in(input, name_);
    const auto delta = delta_of(update);
    if (!delta) return tl::unexpected(delta.error());
    auto all = delta->dense();
    if (error_feedback_) {
        if (const auto lost = state.sets.find("error"); lost != state.sets.end())
            std::ranges::transform(all, lost->second.floats(), all.begin(), std::plus<>());
    }
    const auto& layout = update.base->params.shared_layout();
    const auto sent = compress({context, state, *layout, *delta, all});
    if (error_feedback_) {
        core::ParameterBuffer lost(layout);
        std::ranges::transform(all, sent.dense(), lost.floats().begin(), std::minus<>());
        state.sets.insert_or_assign("error", std::move(lost).freeze());
    }
    auto made = with_delta(update, sent);
    if (!made) return tl::unexpected(made.error());
    return core::Value(std::move(*made));
}

Describe on_delta(std::string name, std::string group, std::string example, std::string doc,
                  std::string paper) {
    return Describe(std::move(name), "block", "Update -> Update")
        .in(std::move(group))
        .says(std::move(doc))
        .like("broadcast >> [| client >> " + std::move(example) + " |]^100 >> reduce(fedavg)")
        .after(std::move(paper));
}

Describe compressing(std::string name, std::string example, std::string doc, std::string paper) {
    return on_delta(std::move(name), "Compression", std::move(example), std::move(doc), std::move(paper))
        .loses();
}

}  // namespace trama::learn
