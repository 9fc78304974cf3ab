#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "../arguments.hpp"
#include "../local/method.hpp"
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
    std::optional<std::int64_t> max_batches;
    double proximal = 0, max_gradient_norm = 0, label_smoothing = 0;
    bool keep = false;
    PartChoice part;
    bool stop_on_nan = true;
    bool tests_own_model = false;
    std::string algorithm;  ///< when it starts from the server's model only
    std::vector<Method> methods;
};

constexpr const char* memory = "optimizer ";

/// Marked by an attack that flips labels.
bool is_poisoned(const core::Model& model) {
    const auto found = model.facts.find("label_flip");
    return found != model.facts.end() && found->second == 1;
}

class Train final : public Function {
  public:
    Train(TrainOptions options, Resources& resources) : options_(std::move(options)), resources_(resources) {}

    core::Result<core::Value> apply(const Context& context, core::State& state,
                                    const core::Value& input) const override {
        if (input.is_skip()) return input;
        auto received = input.shared_model();
        if (!received) throw std::invalid_argument(fmt::format("train takes a Model, not {}", input.type()));
        if (input.update() != nullptr && !options_.algorithm.empty()) {
            return core::fail(core::ErrorKind::scheme,
                              fmt::format("`algorithm: {}` trains from the model that the server sends, and "
                                          "here comes a client's Update",
                                          options_.algorithm),
                              context.place(), "train once between the server and its rule");
        }
        const auto& data = *options_.data;
        auto part = part_of(context, Split::train);
        if (!part) return tl::unexpected(part.error());
        auto seen = options_.part.sees(context.actor, data, Split::train, resources_);
        if (!seen) return tl::unexpected(seen.error());
        auto net = net_for(*received, data, resources_);
        if (!net) return tl::unexpected(net.error());
        auto backend = resources_.backend();
        if (!backend) return tl::unexpected(backend.error());
        if (options_.batch && static_cast<std::int64_t>(part->size()) < *options_.batch &&
            !warned_.exchange(true)) {
            warn_of_short_parts(context);
        }

        LocalRun run{.context = context,
                     .backend = **backend,
                     .data = **seen,
                     .received = received,
                     .net = *net,
                     .state = state,
                     .start = *received};
        if (is_poisoned(*received) && data.classes == 0) {
            return core::fail(
                core::ErrorKind::scheme,
                fmt::format("`{}` has no labels that an attack could flip (regression)", data.name),
                context.place(), "attack(sign_flip, ...) works on any update");
        }
        auto shuffle = context.stream("shuffle");
        auto remembered = taken_out(run.state, memory);
        run.task = task_of(run, *part);
        run.task.shuffle = &shuffle;
        auto augment = context.stream("augment");
        if (data.augmentation.any()) run.task.augment = &augment;
        run.task.memory = options_.keep ? &remembered : nullptr;
        auto started = measure::Clock::now();
        auto trained = train(run);
        if (context.stop.stop_requested()) return input;
        if (!trained) return tl::unexpected(trained.error());
        put_back(run.state, memory, std::move(remembered));
        if (auto tested = test_own_model(run); !tested) return tl::unexpected(tested.error());
        if (context.stop.stop_requested()) return input;

        context.observer.measured({context.actor.path, context.round}, run.measured,
                                  std::chrono::duration<double>(measure::Clock::now() - started).count());
        for (const auto& [name, metric] : run.measured)
            run.result.metrics.insert_or_assign(name, metric);
        state = std::move(run.state);
        core::Update update;
        update.result = std::move(run.result);
        // Training twice in a row makes one update: its delta counts from where the first began.
        update.base = input.update() != nullptr ? input.update()->base : received;
        return update;
    }

  private:
    /// The sample numbers of this copy; those of the whole split when it works on all of it.
    core::Result<Part> part_of(const Context& context, Split split) const {
        auto part = options_.part.choose(context.actor, *options_.data, split, resources_);
        if (!part) return tl::unexpected(part.error());
        if (!part->empty()) return Part(part->begin(), part->end());
        const auto& samples = split == Split::train ? options_.data->train : options_.data->test;
        Part whole(static_cast<std::size_t>(samples.count));
        std::iota(whole.begin(), whole.end(), 0U);
        return whole;
    }

    TrainTask task_of(const LocalRun& run, std::span<const std::uint32_t> part) const {
        TrainTask task;
        task.net = run.net.get();
        task.data = &run.data;
        task.part = part;
        task.optimizer = options_.optimizer.get();
        task.lr = scheduled(options_.lr, run.context.round, 1);
        if (counts_steps(options_.lr)) {
            task.rate = [this, &run](std::int64_t step) {
                return scheduled(options_.lr, run.context.round, step);
            };
        }
        task.batch = options_.batch.value_or(static_cast<std::int64_t>(part.size()));
        task.epochs = options_.epochs;
        task.max_batches = options_.max_batches;
        task.adjustment.pull = options_.proximal;
        task.clip_norm = options_.max_gradient_norm;
        task.label_smoothing = options_.label_smoothing;
        task.flip_labels = is_poisoned(*run.received);
        task.shards = run.context.actor.threads;
        task.stop = run.context.stop;
        return task;
    }

    core::Result<void> train(LocalRun& run) const {
        for (const auto& method : options_.methods)
            if (auto ready = method->before(run); !ready) return ready;
        run.task.model = &run.start;
        auto trained = run.backend.train(run.task);
        if (!trained) return tl::unexpected(trained.error());
        run.trained = std::move(*trained);

        run.result = *run.received;
        run.result.params = run.trained.params;
        run.result.buffers = run.trained.buffers;
        run.result.weight = static_cast<double>(run.task.part.size());
        run.result.facts = {{"steps", static_cast<double>(run.trained.steps)}};
        if (const auto mass = run.received->facts.find("mass"); mass != run.received->facts.end())
            run.result.facts.insert(*mass);  // of `fold(push_sum)`: training does not change it
        if (auto norm = normaliser(run.task, run.trained.steps, run.task.lr))
            run.result.facts["normaliser"] = *norm;
        run.measured["train_loss"] = {run.trained.loss, run.trained.samples};
        run.personal = run.result;
        for (const auto& method : options_.methods)
            if (auto done = method->after(run); !done) return done;
        if (options_.stop_on_nan && (!run.trained.finite || !std::isfinite(run.trained.loss))) {
            return tl::unexpected(diverged(
                run.context, "training", run.trained.loss,
                fmt::format("lower the learning rate (now {}), or go on regardless with `on_nan: continue`",
                            run.task.lr)));
        }
        return {};
    }

    /// Measures the client's own model on its part of the test samples.
    core::Result<void> test_own_model(LocalRun& run) const {
        if (!options_.tests_own_model) return {};
        auto part = part_of(run.context, Split::test);
        if (!part) return tl::unexpected(part.error());
        auto seen = options_.part.sees(run.context.actor, *options_.data, Split::test, resources_);
        if (!seen) return tl::unexpected(seen.error());
        EvaluateTask task;
        task.model = &run.personal;
        task.net = run.net.get();
        task.data = *seen;
        task.part = *part;
        task.shards = run.task.shards;
        task.stop = run.context.stop;
        auto evaluated = run.backend.evaluate(task);
        if (!evaluated) return tl::unexpected(evaluated.error());
        run.measured["personal_loss"] = {evaluated->loss, evaluated->samples};
        if (!std::isnan(evaluated->accuracy))
            run.measured["personal_accuracy"] = {evaluated->accuracy, evaluated->samples};
        return {};
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

bool is_ditto(const core::Constant& personal) {
    return personal.call() != nullptr && personal.call()->function == "ditto";
}

/// What the client computes beside the gradient; checks that it fits the optimizer and what stays personal.
core::Result<void> read_algorithm(const core::Call& call, TrainOptions& options) {
    const auto algorithm = word(call, "algorithm");
    const auto& optimizer = *options.optimizer;
    if (algorithm == "plain") return {};
    if (algorithm == "q_fedavg") {
        options.methods.push_back(q_fedavg());
        return {};
    }
    options.algorithm = algorithm;
    if (given(call, "personal") && !is_ditto(argument(call, "personal"))) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`algorithm: {}` corrects the training of the whole model: of what "
                                      "`personal:` can say, only ditto(...) goes with it",
                                      algorithm));
    }
    if (algorithm == "feddyn") {
        options.methods.push_back(feddyn(given(call, "feddyn_alpha") ? real(call, "feddyn_alpha") : 0.01));
        return {};
    }
    if (optimizer.function != "sgd" || real(optimizer, "momentum") != 0) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`algorithm: {}` is for sgd without momentum, not for {}", algorithm,
                                      core::to_text(optimizer)),
                          {}, "it estimates the gradient from the steps made");
    }
    options.methods.push_back(algorithm == "scaffold" ? scaffold() : gradient_tracking());
    return {};
}

void read_personal(const core::Call& call, TrainOptions& options) {
    if (!given(call, "personal")) return;
    const auto& personal = argument(call, "personal");
    if (const auto* patterns = personal.as<core::List>()) {
        std::vector<std::string> names;
        for (const auto& pattern : *patterns)
            if (const auto* name = pattern.as<std::string>()) names.push_back(*name);
        options.methods.push_back(personal_layers(std::move(names)));
    } else if (is_ditto(personal)) {
        options.methods.push_back(ditto(real(*personal.call(), "lambda"), options.keep));
    } else if (const auto* method = personal.call(); method != nullptr && method->function == "per_fedavg") {
        options.methods.push_back(per_fedavg(real(*method, "alpha")));
    } else {
        options.methods.push_back(personal_norm());
    }
}

core::Result<std::shared_ptr<const Dataset>> read_data(const core::Call& call, Resources& resources) {
    const auto* source = argument(call, "data").call();
    if (source == nullptr) throw std::invalid_argument("train: `data` must be a data set");
    auto data = resources.data(*source);
    if (!data) return data;
    if (given(call, "test") && (*data)->test.count == 0) {
        return core::fail(core::ErrorKind::data, fmt::format("`{}` has no test samples", (*data)->name), {},
                          "hold some out with its `test:` argument, or leave `test: own` out");
    }
    if (given(call, "label_smoothing") && (*data)->classes == 0) {
        return core::fail(core::ErrorKind::scheme,
                          fmt::format("`label_smoothing` is for classes, and `{}` has targets (regression)",
                                      (*data)->name));
    }
    return data;
}

core::Result<std::shared_ptr<const Function>> make_train(const core::Call& call, Resources& resources) {
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
    if (given(call, "max_batches")) options.max_batches = integer(call, "max_batches");
    if (given(call, "proximal")) options.proximal = real(call, "proximal");
    if (given(call, "max_grad_norm")) options.max_gradient_norm = real(call, "max_grad_norm");
    if (given(call, "label_smoothing")) options.label_smoothing = real(call, "label_smoothing");
    options.keep = given(call, "keep") && truth(call, "keep");
    options.stop_on_nan = word(call, "on_nan") == "stop";
    options.tests_own_model = given(call, "test");
    auto part = PartChoice::read(call);
    if (!part) return tl::unexpected(part.error());
    options.part = *part;
    if (auto read = read_algorithm(call, options); !read) return tl::unexpected(read.error());
    read_personal(call, options);
    auto data = read_data(call, resources);
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
                  "The optimizer starts afresh in every round, unless it is kept.")
            .like("client = train(data, optimizer: adam(lr: 0.001), batch: 64, epochs: 1)")
            .after("McMahan et al., Communication-Efficient Learning of Deep Networks from Decentralized "
                   "Data, AISTATS 2017")
            .takes(Param("data", "data",
                         "The data set; its training split is cut into as many parts as there are copies."))
            .takes(Param("optimizer", "optimizer",
                         "sgd(...), adam(...), adamw(...) or rmsprop(...), with the "
                         "learning rate."))
            .takes(Param("batch", "int | one_of(full)",
                         "Samples per step; a last short batch is used. `full`: the whole part at once.")
                       .or_else("64")
                       .at_least(1))
            .takes(Param("epochs", "real", "Passes over the part; 0.5 is the first half of the batches.")
                       .or_else("1")
                       .above(0))
            .takes(Param("max_batches", "int", "Steps at most in a round, however large the part is.")
                       .or_nothing()
                       .at_least(1))
            .takes(Param("keep", "bool",
                         "The optimizer's moments, and the steps that a schedule counts, go on from round to "
                         "round.")
                       .or_nothing())
            .takes(Param("proximal", "real",
                         "FedProx: adds proximal/2 · |w − received|² to the loss (Li et al., Federated "
                         "Optimization in Heterogeneous Networks, MLSys 2020).")
                       .or_nothing()
                       .at_least(0))
            .takes(Param("max_grad_norm", "real",
                         "Scales the gradient of a step down to this Euclidean norm if it is longer.")
                       .or_nothing()
                       .above(0))
            .takes(Param("label_smoothing", "real", "Share of the target that all classes have alike.")
                       .or_nothing()
                       .at_least(0)
                       .below(1))
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
            .takes(Param("algorithm", "one_of(plain, scaffold, feddyn, q_fedavg, gradient_tracking)",
                         "What the client computes beside the gradient, for rules that need it. "
                         "`gradient_tracking` is for peers that fold by `gossip`: they reach the optimum of "
                         "all data although each has its own (Liu et al., Decentralized Gradient Tracking "
                         "with Local Steps, 2024).")
                       .or_else("plain"))
            .takes(Param("feddyn_alpha", "real",
                         "Strength of the regulariser of `algorithm: feddyn`, the same as the rule's; 0.01 "
                         "when left out.")
                       .or_nothing()
                       .above(0))
            .takes(Param("personal", "list(string) | one_of(norm) | personalisation",
                         "What is the client's own: parameters with names like `layers.5.*` (FedPer), those "
                         "of layers that normalise (`norm`, FedBN), or a method such as ditto(...).")
                       .or_nothing())
            .takes(Param("test", "one_of(own)",
                         "`own`: measures the client's own model (that which it has trained, if nothing is "
                         "personal) on its part of the test samples after training.")
                       .or_nothing())
            .measures({"train_loss", "personal_loss", "personal_accuracy"}, {"train_loss", "personal_loss"})
            .owns_parts()
            .in_shards()
            .algorithm_in("algorithm"),
        make_train);
}

}  // namespace trama::learn
