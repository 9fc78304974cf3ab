#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trama/learn/library.hpp"

namespace trama::learn {

/// One client's training in one round, as the methods below see and change it.
struct LocalRun {
    const Context& context;
    Backend& backend;
    const Dataset& data;
    std::shared_ptr<const core::Model> received;
    std::shared_ptr<const Net> net;
    core::State state;  ///< what the client remembers; kept when the round ends well
    core::Model start;  ///< what training starts from: `received`, unless a method changes it
    std::vector<float> correction = {};  ///< what `task.adjustment` points to
    TrainTask task = {};
    Trained trained = {};  ///< set after training
    core::Model result =
        {};  ///< what the Update carries: trained parameters, unless a method takes some back
    core::Model personal = {};  ///< the client's own model: the trained one, unless a method makes another
    core::Metrics measured = {};
};

/// What a client computes beside plain local training: an algorithm's client side, or personalisation. One
/// object serves all copies, on many threads; what it remembers is in `LocalRun::state`.
class LocalMethod {
  public:
    LocalMethod() = default;
    LocalMethod(const LocalMethod&) = delete;
    LocalMethod& operator=(const LocalMethod&) = delete;
    virtual ~LocalMethod() = default;
    virtual core::Result<void> before(LocalRun& /*run*/) const { return {}; }
    virtual core::Result<void> after(LocalRun& /*run*/) const { return {}; }
};

using Method = std::unique_ptr<const LocalMethod>;

/// Control variates against the drift of clients (option II of the paper). Reads the server's from
/// `received->extra["control"]` (absent: zeros), keeps its own in the state, and leaves the change of it in
/// `result.extra["control"]`. Karimireddy et al., SCAFFOLD: Stochastic Controlled Averaging for Federated
/// Learning, ICML 2020.
Method scaffold();

/// The dynamic regulariser: loss − ⟨g, w⟩ + alpha/2 |w − x|², and then g ← g − alpha (w − x). Acar et al.,
/// Federated Learning Based on Dynamic Regularization, ICLR 2021.
Method feddyn(double alpha);

/// Gradient tracking with local steps (K-GT): sends the mean direction of its steps as
/// `result.extra["tracker"]`, reads the neighbours' mean of it from `received->extra["tracker"]`, and
/// corrects its gradients by the difference. Between peers; the weights must be doubly stochastic. Liu, Lin,
/// Koloskova and Stich, Decentralized Gradient Tracking with Local Steps, Optimization Methods and Software
/// 2024.
Method gradient_tracking();

/// Tells the server the loss of the received model on the client's whole part, as the fact "start_loss". Li
/// et al., Fair Resource Allocation in Federated Learning, ICLR 2020.
Method q_fedavg();

/// Tensors whose names match a pattern (`head.*`) stay at the client; the Update carries the values that
/// came. Arivazhagan et al., Federated Learning with Personalization Layers, 2019.
Method personal_layers(std::vector<std::string> patterns);

/// Likewise all tensors of layers that normalise. Li et al., FedBN: Federated Learning on Non-IID Features
/// via Local Batch Normalization, ICLR 2021.
Method personal_norm();

/// A model of the client's own, trained beside the common one and pulled towards the received one by lambda.
/// Li et al., Ditto: Fair and Robust Federated Learning Through Personalization, ICML 2021.
Method ditto(double lambda, bool keep);

/// First-order MAML: the common model is trained to be good after one step of rate alpha on a client's part;
/// the client's own model is the received one after that step. Fallah, Mokhtari and Ozdaglar, Personalized
/// Federated Learning with Theoretical Guarantees, NeurIPS 2020.
Method per_fedavg(double alpha);

/// The part of a state that is kept under a prefix, and back.
core::State taken_out(core::State& state, std::string_view prefix);
void put_back(core::State& state, std::string_view prefix, core::State part);

/// How far a gradient of ones would have moved each parameter from the start, in units of `unit`: ‖a‖₁ of
/// Wang et al., Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization, NeurIPS
/// 2020. To be called after training. None for optimizers other than sgd, and for momentum that comes from an
/// earlier round.
std::optional<double> normaliser(const TrainTask& task, std::int64_t steps, double unit);

}  // namespace trama::learn
