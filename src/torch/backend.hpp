#pragma once

#include "torch/helpers.hpp"
#include "torch/optimizer.hpp"
#include "torch/workspace.hpp"
#include "trama/learn/backend.hpp"

namespace trama::torch {

/// The tensor backend on libtorch.
class TorchBackend final : public learn::Backend {
  public:
    TorchBackend();

    core::Result<learn::Trained> train(const learn::TrainTask& task) override;
    core::Result<learn::Evaluated> evaluate(const learn::EvaluateTask& task) override;
    core::Result<void> save_script(const core::Model& model, const learn::Net& net,
                                   const learn::Dataset* data, const std::filesystem::path& path) override;
    core::Result<core::ParameterSet> load_script(const std::filesystem::path& path) override;
    core::Result<learn::Net> open_script(const std::filesystem::path& path) override;
    std::string fingerprint() const override;
    bool fast_blas() const override;

  private:
    Stepper stepper_;
    WorkspacePool workspaces_;
    Helpers helpers_;
};

}  // namespace trama::torch
