#include <cmath>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../local_work.hpp"
#include "trama/learn/describe.hpp"

namespace trama::learn {

namespace {

class Test final : public Function {
  public:
    Test(const core::Call& call, std::shared_ptr<const Dataset> data, PartChoice part, Resources& resources)
        : data_(std::move(data)),
          split_(word(call, "split") == "train" ? Split::train : Split::test),
          batch_(integer(call, "batch")),
          stop_on_nan_(word(call, "on_nan") == "stop"),
          part_(part),
          resources_(resources) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        const auto* model = input.model();
        if (model == nullptr)
            throw std::invalid_argument(fmt::format("test takes a Model, not {}", input.type()));
        auto part = part_.choose(context.actor, *data_, split_, resources_);
        if (!part) return tl::unexpected(part.error());
        auto seen = part_.sees(context.actor, *data_, split_, resources_);
        if (!seen) return tl::unexpected(seen.error());
        auto net = net_for(*model, *data_, resources_);
        if (!net) return tl::unexpected(net.error());
        auto backend = resources_.backend();
        if (!backend) return tl::unexpected(backend.error());

        EvaluateTask task;
        task.model = model;
        task.net = net->get();
        task.data = *seen;
        task.split = split_;
        task.part = *part;
        task.batch = batch_;
        task.shards = context.actor.threads;
        task.stop = context.stop;
        auto started = measure::Clock::now();
        auto evaluated = (*backend)->evaluate(task);
        if (context.stop.stop_requested()) return input;
        if (!evaluated) return tl::unexpected(evaluated.error());
        if (stop_on_nan_ && !std::isfinite(evaluated->loss)) {
            return tl::unexpected(
                diverged(context, "the model has", evaluated->loss,
                         "lower the learning rate, or go on regardless with `on_nan: continue`"));
        }
        core::Metrics measured{{"loss", {evaluated->loss, evaluated->samples}}};
        if (!std::isnan(evaluated->accuracy))
            measured["accuracy"] = {evaluated->accuracy, evaluated->samples};
        context.observer.measured({context.actor.path, context.round}, measured,
                                  std::chrono::duration<double>(measure::Clock::now() - started).count());
        return with_metrics(input, measured);
    }

  private:
    std::shared_ptr<const Dataset> data_;
    Split split_;
    std::int64_t batch_;
    bool stop_on_nan_;
    PartChoice part_;
    Resources& resources_;
};

core::Result<std::shared_ptr<const Function>> make_test(const core::Call& call, Resources& resources) {
    auto part = PartChoice::read(call);
    if (!part) return tl::unexpected(part.error());
    const auto* source = argument(call, "data").call();
    if (source == nullptr) throw std::invalid_argument("test: `data` must be a data set");
    auto data = resources.data(*source);
    if (!data) return tl::unexpected(data.error());
    if (word(call, "split") == "test" && (*data)->test.count == 0) {
        return core::fail(
            core::ErrorKind::data, fmt::format("`{}` has no test samples", (*data)->name), {},
            "hold some out with its `test:` argument, or test on the training samples with `split: train`");
    }
    return std::make_shared<const Test>(call, std::move(*data), *part, resources);
}

}  // namespace

void add_test(Library& library) {
    library.add_function(
        Describe("test", "block", "M -> M")
            .in("Learning")
            .says("Measures loss and accuracy of the model on test samples, and passes it on with these "
                  "metrics; for regression "
                  "the loss is the mean squared error, and there is no accuracy.")
            .like("broadcast >> [| client |]^4 >> reduce(fedavg) >> test(data)")
            .takes(Param("data", "data", "The data set."))
            .takes(Param("part", "one_of(all, own) | int",
                         "`all`: the whole split; `own`: the copy's part of it, cut by the data set's "
                         "partition; a number (from 0): "
                         "that one of `parts`.")
                       .or_else("all")
                       .at_least(0))
            .takes(Param("parts", "int",
                         "Into how many parts the split is cut; as many as copies when left out.")
                       .or_nothing()
                       .at_least(1))
            .takes(Param("split", "one_of(test, train)",
                         "The samples held out for testing, or those for training.")
                       .or_else("test"))
            .takes(Param("batch", "int",
                         "Samples computed at once; the result does not depend on what they mean, only on "
                         "rounding.")
                       .or_else("1000")
                       .at_least(1))
            .takes(Param("on_nan", "one_of(stop, continue)",
                         "What happens when the loss is no finite number: end the run, or go on.")
                       .or_else("stop"))
            .measures({"loss", "accuracy"}, {"loss"})
            .owns_parts()
            .in_shards(),
        make_test);
}

}  // namespace trama::learn
