#pragma once

#include <optional>

#include "trama/engine/engine.hpp"
#include "trama/learn/backend.hpp"

/// Runs of the built-in functions without libtorch.
namespace trama::test {

/// Every parameter moves a little, as the client's data and its random stream say.
class SmallTrainer final : public learn::Backend {
  public:
    core::Result<learn::Trained> train(const learn::TrainTask& task) override;
    core::Result<learn::Evaluated> evaluate(const learn::EvaluateTask& task) override;
    core::Result<void> save_script(const core::Model& model, const learn::Net& net,
                                   const learn::Dataset* data, const std::filesystem::path& path) override;
    core::Result<core::ParameterSet> load_script(const std::filesystem::path& path) override;
    std::string fingerprint() const override { return "small"; }
    bool fast_blas() const override { return true; }
};

/// Nothing where it has not ended after a minute: then it is stopped.
std::optional<core::Result<engine::Outcome>> run_in_time(engine::Engine& engine,
                                                         const network::Network& network,
                                                         learn::Resources& resources,
                                                         measure::Observer& observer,
                                                         const engine::RunOptions& how);

}  // namespace trama::test
