#include <fmt/format.h>

#include "core/portable.hpp"
#include "trama/learn/describe.hpp"
#include "trama/learn/library.hpp"

namespace trama::learn {

namespace {

class Report final : public Function {
  public:
    core::Result<core::Value> apply(const Context& context, core::State&,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        const auto* model = input.model();
        if (model == nullptr)
            throw std::invalid_argument(fmt::format("report takes a Model, not {}", input.type()));
        std::string text;
        for (const auto& [name, metric] : model->metrics)
            text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", name, core::one_nan(metric.value));
        return core::Value(core::Event{"report", context.actor.path, std::move(text)});
    }
};

}  // namespace

void add_report(Library& library) {
    library.add_function(
        Describe("report", "block", "M -> Event")
            .in("Streams")
            .says("Makes an Event of what the model's metrics say, for a `control_room`.")
            .like("[| test(data, part: own) >> report |]^4 >> gather(lost: event) >> control_room"),
        [](const core::Call&, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const Report>();
        });
}

}  // namespace trama::learn
