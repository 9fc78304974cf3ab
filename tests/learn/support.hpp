#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "trama/learn/library.hpp"

namespace trama::test {

using Arguments = std::vector<std::pair<std::string, core::Constant>>;

core::Constant number(std::int64_t value);
core::Constant number(int value);
core::Constant number(double value);
core::Constant text(std::string value);
core::Constant symbol(std::string name);
core::Constant numbers(std::initializer_list<std::int64_t> values);
core::Constant value(core::Call call);

/// A call as the checker makes it: these arguments, defaults for the others, in the order of the signature.
core::Call call(const learn::Library& library, const std::string& function, const Arguments& arguments = {},
                const std::string& sort = {});

const learn::Library& builtins();

/// Adds one to every parameter in four steps; remembers what it was asked. An optimizer's memory counts them.
class FakeBackend final : public learn::Backend {
  public:
    core::Result<learn::Trained> train(const learn::TrainTask& task) override;
    core::Result<learn::Evaluated> evaluate(const learn::EvaluateTask& task) override;
    core::Result<void> save_script(const core::Model&, const learn::Net&, const learn::Dataset*,
                                   const std::filesystem::path&) override {
        return {};
    }
    core::Result<core::ParameterSet> load_script(const std::filesystem::path&) override { return script; }
    std::string fingerprint() const override { return "fake"; }
    bool fast_blas() const override { return true; }

    struct Asked {
        std::vector<std::uint32_t> part;
        double lr = 0, epochs = 0;
        std::int64_t batch = 0;
        std::uint64_t first_random = 0;
        learn::Split split = learn::Split::train;
        std::vector<float> params, correction, anchor;
        double pull = 0, clip_norm = 0, label_smoothing = 0, inner_rate = 0;
        bool flip_labels = false;
        std::optional<std::int64_t> max_batches;
        std::vector<double> rates;               ///< of four steps, when they differ
        std::optional<core::State> memory = {};  ///< as it came
    };
    std::vector<Asked> asked;
    double loss = 0.5, accuracy = 0.75;
    bool finite = true;
    core::ParameterSet script;
    std::function<void()> during;  ///< called while it works

  private:
    std::mutex mutex_;
};

/// Remembers metrics and warnings.
class Notes final : public measure::Observer {
  public:
    void measured(const measure::Place& place, const core::Metrics& metrics, double seconds) override;
    void warn(std::string_view message, std::string_view where) override;
    std::vector<std::pair<std::string, core::Metrics>> metrics;
    std::vector<std::string> warnings;

  private:
    std::mutex mutex_;
};

/// One actor that fires functions and rules.
struct Bench {
    explicit Bench(std::filesystem::path folder = {});
    learn::Context context();
    core::Result<core::Value> fire(const core::Call& call, const core::Value& input = {});
    core::Result<core::Value> fire(const core::Call& call, core::State& state, const core::Value& input);

    FakeBackend backend;
    Notes notes;
    network::Actor actor;
    core::Round round{3};
    std::uint64_t seed = 7;
    std::stop_source stop;
    learn::Resources resources;
};

/// A model with these parameters (one tensor "w") and weight.
core::Model model(const std::vector<float>& parameters, double weight = 1);

/// A folder of its own, gone at the end.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path write(const std::string& name, const std::string& bytes) const;
    std::filesystem::path path;
};

std::string gzip(const std::string& bytes);

}  // namespace trama::test
