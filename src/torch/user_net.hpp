#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "torch/tensors.hpp"
#include "trama/core/error.hpp"
#include "trama/core/model.hpp"
#include "trama/learn/dataset.hpp"
#include "trama/learn/net.hpp"

namespace trama::torch {

/// A TorchScript file. Errors: kind `data`, `where` is the file.
core::Result<::torch::jit::Module> open_module(const std::filesystem::path& path);

/// See learn::Backend::open_script.
core::Result<learn::Net> open_script(const std::filesystem::path& path);

/// The script behind `model("net.pt")`: as it was read, shared by all who train it. Parameters that are
/// frozen in the file travel as buffers; buffers that are not float32 (counters) begin in each call as the
/// file has them.
class UserNet final : public learn::Script {
  public:
    UserNet(const ::torch::jit::Module& module, std::string path, std::vector<std::string> params,
            std::vector<std::string> buffers);

    /// How many numbers it gives for a sample of that data set; tried once for each shape. Errors: kind
    /// `scheme`, with what libtorch says.
    core::Result<std::int64_t> outputs(const learn::Dataset& data) const;

    /// The script with the numbers of that model in it.
    void save(const core::Model& model, std::ostream& out) const;

  private:
    friend class BoundNet;
    core::Result<std::int64_t> try_on(const learn::Dataset& data) const;

    ::torch::jit::Module module_;
    std::string path_;
    std::vector<std::string> params_, buffers_;  ///< names, in layout order
    mutable std::mutex mutex_;
    mutable std::map<learn::Shape, core::Result<std::int64_t>> tried_;
};

/// Precondition: the net has a script.
std::shared_ptr<const UserNet> user_net(const learn::Net& net);

/// A copy of the script for one worker, whose parameters and buffers lie where the tensors do.
class BoundNet {
  public:
    BoundNet(const UserNet& net, const Tensors& params, const Tensors& buffers);

    /// Samples to rows of numbers. Training updates the buffers.
    at::Tensor operator()(const at::Tensor& samples, bool training);
    const ::torch::jit::Module& module() const { return module_; }

  private:
    ::torch::jit::Module module_;
    const std::vector<std::string>& names_;  ///< of the buffers
    Tensors buffers_;
    bool trains_ = true;
};

}  // namespace trama::torch
