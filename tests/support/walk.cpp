#include "support/walk.hpp"

#include <chrono>
#include <thread>

#include "trama/measure/observer.hpp"

namespace trama::test {
namespace {

class Walk final : public learn::Function {
  public:
    explicit Walk(bool slow) : slow_(slow) {}

    core::Result<core::Value> apply(const learn::Context& context, core::State& state,
                                    const core::Value& input) const override {
        if (slow_) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        auto stream = context.stream("walk");
        auto model = *input.model();
        auto drift = state.sets.contains("drift") ? state.sets["drift"].copy()
                                                  : core::ParameterBuffer(model.params.shared_layout());
        auto params = model.params.copy();
        for (std::size_t i = 0; i < params.floats().size(); ++i) {
            if (state.empty()) drift.floats()[i] = 0;
            drift.floats()[i] += static_cast<float>(stream.normal());
            params.floats()[i] += 0.1F * drift.floats()[i];
        }
        model.metrics["drift"] = {drift.floats()[0], 3};
        context.observer.measured({context.actor.path, context.round}, model.metrics, 0.0);
        state.sets["drift"] = std::move(drift).freeze();
        state.numbers["rounds"] += 1;
        model.params = std::move(params).freeze();
        model.weight = 1 + static_cast<double>(context.actor.rank);
        return core::Value(core::Update{std::move(model), input.shared_model()});
    }

  private:
    bool slow_;
};

}  // namespace

void add_walk(learn::Library& library, const std::string& name, bool slow) {
    lang::Signature signature;
    signature.name = name;
    signature.sort = "block";
    signature.type = "Model -> Update";
    signature.group = "Mine";
    signature.doc = "For this test.";
    signature.metrics = {"drift"};
    library.add_function(
        signature,
        [slow](const core::Call&, learn::Resources&) -> core::Result<std::shared_ptr<const learn::Function>> {
            return std::make_shared<const Walk>(slow);
        });
}

}  // namespace trama::test
