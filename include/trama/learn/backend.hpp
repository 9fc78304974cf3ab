#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "trama/core/model.hpp"
#include "trama/core/random.hpp"
#include "trama/learn/dataset.hpp"
#include "trama/learn/net.hpp"

namespace trama::learn {

/// What is added to the gradient of every step: correction + pull × (w − anchor).
struct Adjustment {
    std::span<const float> correction;  ///< laid out like the parameters; empty: none
    double pull = 0;
    std::span<const float> anchor;  ///< empty: the parameters that training starts from
};

/// Local training of one client in one round.
struct TrainTask {
    const core::Model* model = nullptr;
    const Net* net = nullptr;
    const Dataset* data = nullptr;
    std::span<const std::uint32_t> part;    ///< sample numbers in `data->train`; not empty
    const core::Call* optimizer = nullptr;  ///< sgd(...), adam(...), adamw(...) or rmsprop(...)
    double lr = 0;  ///< the optimizer's rate in this round (schedules are resolved by the caller)
    /// The rate of each step instead of `lr`. Steps count from 1, and go on from those in `memory`.
    std::function<double(std::int64_t step)> rate;
    std::int64_t batch = 64;                  ///< a last short batch is used, not dropped
    double epochs = 1;                        ///< 0.5: the first half of the batches
    std::optional<std::int64_t> max_batches;  ///< steps at most
    core::Stream* shuffle = nullptr;          ///< one permutation of the part per epoch
    core::Stream* augment = nullptr;          ///< augments every batch as the data set says; null: not at all
    Adjustment adjustment;
    double clip_norm = 0;        ///< greatest Euclidean norm of a gradient, after the adjustment; 0: none
    double label_smoothing = 0;  ///< share of the target that all classes have alike
    bool flip_labels = false;    ///< trains on classes − 1 − label: what a poisoned client does
    /// First-order MAML: each step takes two batches, moves by this rate along the gradient of the first, and
    /// takes the gradient of the second there for the step from where it was. A batch without a second one
    /// serves for both. 0: none.
    double inner_rate = 0;
    core::State* memory = nullptr;  ///< the optimizer's moments and steps go on from here and are left here
    /// Every batch is cut into so many contiguous pieces, side by side where there are threads: each has a
    /// gradient of its own, with its own statistics in batch normalisation, and their mean by samples makes
    /// the step.
    std::int64_t shards = 1;
    std::stop_token stop;
};

struct Trained {
    core::ParameterSet params, buffers;
    double loss = 0;     ///< mean over the samples seen, before each step (with an inner rate: after it)
    double samples = 0;  ///< seen, counting epochs
    std::int64_t steps = 0;
    double rates = 0;    ///< the sum of the rates of all steps
    bool finite = true;  ///< false: a loss or parameter became NaN or infinite
};

struct EvaluateTask {
    const core::Model* model = nullptr;
    const Net* net = nullptr;
    const Dataset* data = nullptr;
    Split split = Split::test;
    std::span<const std::uint32_t> part;  ///< empty: the whole split
    std::int64_t batch = 1000;
    std::int64_t shards = 1;  ///< contiguous pieces of the part, side by side where there are threads
    std::stop_token stop;
};

struct Evaluated {
    double loss = 0;      ///< mean
    double accuracy = 0;  ///< share of right answers; NaN for regression
    double samples = 0;
};

/// What a run needs from a tensor library. One per process, loaded as a module and never unloaded; every
/// function may be called from many threads at once and computes with exactly one BLAS and one torch thread
/// unless told otherwise.
class Backend {
  public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    virtual core::Result<Trained> train(const TrainTask& task) = 0;
    virtual core::Result<Evaluated> evaluate(const EvaluateTask& task) = 0;

    /// Writes TorchScript that takes raw samples (normalisation inside) and gives logits; attribute `labels`
    /// names the classes. Atomic. Errors: kind `data`.
    virtual core::Result<void> save_script(const core::Model& model, const Net& net, const Dataset* data,
                                           const std::filesystem::path& path) = 0;
    /// The named tensors of a TorchScript file made by `save_script`, as they were in the model.
    virtual core::Result<core::ParameterSet> load_script(const std::filesystem::path& path) = 0;

    /// A net that somebody made elsewhere: TorchScript with one tensor in and one out, samples to logits. Its
    /// parameters and buffers as they are in the file are the net's `start`. Errors: kind `data`, `where` is
    /// the file: no TorchScript, other inputs or outputs, no parameters or such that are not float32,
    /// operations that draw random numbers.
    virtual core::Result<Net> open_script(const std::filesystem::path& path) {
        return core::fail(core::ErrorKind::run, "this backend opens no TorchScript", path.string());
    }

    /// Libraries, versions, BLAS core and instruction set, one line: "libtorch 1.13.1, OpenBLAS 0.3.21
    /// Haswell, AVX2".
    virtual std::string fingerprint() const = 0;
    /// False when libtorch runs on the reference BLAS (about ten times slower): the run warns.
    virtual bool fast_blas() const = 0;
};

/// Where the module is: $TRAMA_MODULES, else `trama/` beside libtrama_core.
std::filesystem::path default_module(const std::string& name);

/// Sets the environment variables that numeric libraries read when they start: one BLAS and one OpenMP thread
/// per actor. `load_backend` does it too; a program that has threads by then calls it first thing in `main`,
/// because setting a variable is not thread-safe.
void prepare_environment();

/// Loads `trama_torch` once. The process keeps one BLAS and one OpenMP thread per actor: set before libtorch
/// starts. Errors: kind `run` (missing, wrong version), with what to install.
core::Result<Backend*> load_backend(const std::filesystem::path& module = default_module("torch"));

/// What a module exports as `extern "C" trama_backend(int)`; null when the interface version differs.
inline constexpr int backend_version = 3;
using BackendEntry = Backend* (*)(int version);

}  // namespace trama::learn
