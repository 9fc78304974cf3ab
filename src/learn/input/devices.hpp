#pragma once

#include <cstdint>

#include "trama/learn/dataset.hpp"

namespace trama::learn {

/// The synthetic data of FedProx (Li et al., Federated Optimization in Heterogeneous Networks, MLSys 2020,
/// section 5.1): device k labels its samples by its own model, argmax(W x + b), where the entries of W and b
/// are normal around u_k, u_k normal with variance `alpha`; feature j of x is normal around v_kj with
/// variance j^-1.2, v_kj normal around B_k with variance 1, B_k normal with variance `beta`.
struct DeviceOptions {
    double alpha = 1, beta = 1;
    std::int64_t devices = 30;
    std::int64_t samples = 1000;  ///< of all devices; theirs are as 50 + a log-normal number (4, 2)
    std::int64_t features = 60, classes = 10;
    double test = 0.2;  ///< share of each device's samples
    std::uint64_t seed = 0;
};

/// Samples of each device in training and test, in order of devices.
struct DeviceCounts {
    std::vector<std::int64_t> train, test;
};

/// Precondition: at least two samples per device.
DeviceCounts device_counts(const DeviceOptions& options);

/// Devices are the natural parts.
Dataset device_data(const DeviceOptions& options);

}  // namespace trama::learn
