#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "trama/engine/devices.hpp"
#include "trama/learn/net.hpp"

namespace trama::engine {

/// Multiply-adds of one sample on its way forward: of linear and convolutional layers and of an lstm; all
/// others count nothing. A net that came as a file counts one for each parameter.
double multiply_adds(const learn::Net& net);

/// How much `train` and `test` have to do in one firing, for all actors of a network.
class Workload {
  public:
    /// Errors: those of the data sets and nets.
    static core::Result<Workload> of(const network::Network& network, learn::Resources& resources);

    bool counts(const network::Actor& actor) const;
    /// Precondition: `counts(actor)`.
    double seconds(const network::Actor& actor, const DeviceClass& device) const;

  private:
    struct Task {
        bool trains = false;
        double epochs = 1;
        double most = 0;  ///< samples; 0: as many as there are
        bool all = false;
        std::int64_t part = -1, parts = 0;
    };
    std::unordered_map<const core::Call*, Task> tasks_;
    std::vector<std::uint32_t> samples_;  ///< of each actor's part
    std::vector<double> multiply_adds_;   ///< of the net of each `init`
    std::vector<std::uint32_t> init_;     ///< of each actor: the one whose model comes to it
};

}  // namespace trama::engine
