#include <cmath>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../local_work.hpp"
#include "trama/learn/describe.hpp"

namespace trama::learn {

namespace {

struct TrainOptions {
    std::shared_ptr<const Dataset> data;
    std::shared_ptr<const core::Call> optimizer;
    core::Constant lr;
    std::optional<std::int64_t> batch;  ///< none: the whole part
    double epochs = 1;
    PartChoice part;
    bool stop_on_nan = true;
};

class Train final : public Function {
  public:
    Train(TrainOptions options, Resources& resources) : options_(std::move(options)), resources_(resources) {}

    core::Result<core::Value> apply(const Context& context, core::State&,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        auto start_from = input.shared_model();
        if (!start_from)
            throw std::invalid_argument(fmt::format("train takes a Model, not {}", input.type()));
        const auto& data = *options_.data;

        auto part = options_.part.choose(context.actor, data, Split::train, resources_);
        if (!part) return tl::unexpected(part.error());
        auto seen = options_.part.sees(context.actor, data, Split::train, resources_);
        if (!seen) return tl::unexpected(seen.error());
        Part whole;
        if (part->empty()) {
            whole.resize(static_cast<std::size_t>(data.train.count));
            for (std::size_t i = 0; i < whole.size(); ++i)
                whole[i] = static_cast<std::uint32_t>(i);
            *part = whole;
        }
        auto net = net_for(*start_from, data, resources_);
        if (!net) return tl::unexpected(net.error());
        auto backend = resources_.backend();
        if (!backend) return tl::unexpected(backend.error());

        auto samples = static_cast<std::int64_t>(part->size());
        if (options_.batch && samples < *options_.batch && !warned_.exchange(true))
            warn_of_short_parts(context);

        auto shuffle = context.stream("shuffle");
        auto augment = context.stream("augment");
        TrainTask task;
        task.model = start_from.get();
        task.net = net->get();
        task.data = *seen;
        task.part = *part;
        task.optimizer = options_.optimizer.get();
        task.lr = scheduled(options_.lr, context.round);
        task.batch = options_.batch.value_or(samples);
        task.epochs = options_.epochs;
        task.shuffle = &shuffle;
        if (data.augmentation.any()) task.augment = &augment;
        task.stop = context.stop;
        auto started = measure::Clock::now();
        auto trained = (*backend)->train(task);
        if (context.stop.stop_requested()) return input;
        if (!trained) return tl::unexpected(trained.error());
        if (options_.stop_on_nan && (!trained->finite || !std::isfinite(trained->loss))) {
            return tl::unexpected(diverged(
                context, "training", trained->loss,
                fmt::format("lower the learning rate (now {}), or go on regardless with `on_nan: continue`",
                            task.lr)));
        }
        return update_of(context, input, start_from, std::move(*trained), samples, started);
    }

  private:
    static core::Value update_of(const Context& context, const core::Value& input,
                                 const std::shared_ptr<const core::Model>& start_from, Trained&& trained,
                                 std::int64_t samples, measure::Clock::time_point started) {
        core::Metrics measured{{"train_loss", {trained.loss, trained.samples}}};
        context.observer.measured({context.actor.path, context.round}, measured,
                                  std::chrono::duration<double>(measure::Clock::now() - started).count());
        core::Update update;
        update.result = *start_from;
        update.result.params = std::move(trained.params);
        update.result.buffers = std::move(trained.buffers);
        update.result.weight = static_cast<double>(samples);
        update.result.metrics.insert_or_assign("train_loss", measured["train_loss"]);
        // Training twice in a row makes one update: its delta counts from where the first began.
        update.base = input.update() != nullptr ? input.update()->base : start_from;
        return update;
    }

    void warn_of_short_parts(const Context& context) const {
        std::int64_t parts = options_.part.count(context.actor), few = 0, least = *options_.batch;
        for (std::int64_t rank = 0; rank < parts && !options_.part.all; ++rank) {
            auto part = resources_.part(*options_.data, Split::train, rank, parts);
            auto size = part ? static_cast<std::int64_t>(part->size()) : 0;
            if (size < *options_.batch) ++few;
            least = std::min(least, size);
        }
        if (options_.part.all) few = 1, least = options_.data->train.count;
        context.observer.warn(
            fmt::format("{} of {} parts of `{}` {} fewer samples than one batch of {} (the smallest has {}): "
                        "each trains on one short batch",
                        few, parts, options_.data->name, few == 1 ? "has" : "have", *options_.batch, least),
            context.actor.name);
    }

    TrainOptions options_;
    Resources& resources_;
    mutable std::atomic<bool> warned_{false};
};

core::Result<std::shared_ptr<const Function>> make_train(const core::Call& call, Resources& resources) {
    auto algorithm = word(call, "algorithm");
    if (algorithm != "plain") {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("this build cannot train with `algorithm: {}`", algorithm), {},
                          "only `algorithm: plain` runs");
    }
    TrainOptions options;
    const auto* optimizer = argument(call, "optimizer").call();
    if (optimizer == nullptr) throw std::invalid_argument("train: `optimizer` must be an optimizer");
    if (optimizer->function == "sgd" && truth(*optimizer, "nesterov") && real(*optimizer, "momentum") == 0) {
        return core::fail(core::ErrorKind::scheme, "sgd: Nesterov's momentum needs a momentum above 0", {},
                          "for example sgd(lr: 0.1, momentum: 0.9, nesterov: true)");
    }
    options.optimizer = std::make_shared<const core::Call>(*optimizer);
    options.lr = argument(*optimizer, "lr");
    if (const auto* batch = argument(call, "batch").as<std::int64_t>()) options.batch = *batch;
    options.epochs = real(call, "epochs");
    options.stop_on_nan = word(call, "on_nan") == "stop";
    auto part = PartChoice::read(call);
    if (!part) return tl::unexpected(part.error());
    options.part = *part;
    const auto* source = argument(call, "data").call();
    if (source == nullptr) throw std::invalid_argument("train: `data` must be a data set");
    auto data = resources.data(*source);
    if (!data) return tl::unexpected(data.error());
    options.data = std::move(*data);
    return std::make_shared<const Train>(std::move(options), resources);
}

}  // namespace

void add_train(Library& library) {
    library.add_function(
        Describe("train", "block", "Model -> Update")
            .in("Learning")
            .says("Trains the model on this client's own part of the data: `epochs` passes in batches, "
                  "shuffled anew in each. The "
                  "copies of one client (`[| client |]^4`) have one part each; the update weighs as many "
                  "samples as its part has. "
                  "The optimizer starts afresh in every round.")
            .like("client = train(data, optimizer: adam(lr: 0.001), batch: 64, epochs: 1)")
            .after("McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized "
                   "Data, AISTATS 2017")
            .takes(Param("data", "data",
                         "The data set; its training split is cut into as many parts as there are copies."))
            .takes(Param("optimizer", "optimizer", "sgd(...) or adam(...), with the learning rate."))
            .takes(Param("batch", "int | one_of(full)",
                         "Samples per step; a last short batch is used. `full`: the whole part at once.")
                       .or_else("64")
                       .at_least(1))
            .takes(Param("epochs", "real", "Passes over the part; 0.5 is the first half of the batches.")
                       .or_else("1")
                       .above(0))
            .takes(Param("part", "one_of(own, all) | int",
                         "`own`: the copy's part; `all`: the whole split in every copy; a number (from 0): "
                         "that one of `parts`.")
                       .or_else("own")
                       .at_least(0))
            .takes(Param("parts", "int",
                         "Into how many parts the data are cut; as many as copies when left out.")
                       .or_nothing()
                       .at_least(1))
            .takes(Param("on_nan", "one_of(stop, continue)",
                         "What happens when the loss or a parameter is no longer a finite number: end the "
                         "run, or go on.")
                       .or_else("stop"))
            .takes(Param("algorithm", "one_of(plain, scaffold, feddyn)",
                         "What the client computes beside the gradient, for rules that need it.")
                       .or_else("plain"))
            .measures({"train_loss"}, {"train_loss"})
            .owns_parts()
            .algorithm_in("algorithm"),
        make_train);
}

}  // namespace trama::learn
