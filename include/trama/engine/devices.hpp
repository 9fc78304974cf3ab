#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/learn/library.hpp"
#include "trama/network/network.hpp"

namespace trama::engine {

/// A class of devices. Every number has a source, or is assumed; see docs/simulation.md for the units.
struct DeviceClass {
    std::string name;
    /// Work: samples a second of training and of testing with this scheme's net, or, where those are 0,
    /// floating-point operations a second, from which they are estimated.
    double train_rate = 0, test_rate = 0, flops = 0;
    double memory_rate = 0;  ///< bytes a second, for all other functions and rules; 0: they take no time
    double overhead = 0;     ///< seconds of each firing
    double memory = 0;       ///< bytes; 0: not known
    double watts_idle = 0, watts_busy = 0;
    double up = 0, down = 0;  ///< bytes a second of its link; 0: they take no time
    double latency = 0;       ///< seconds one way, of its own link
    double jitter = 0;        ///< seconds: each message takes up to that much longer, uniformly
    double loss = 0;          ///< share of the messages that are sent again, each time two latencies later
    /// When it is there, in seconds of a day, ascending and disjoint; empty: always. Work that would begin
    /// while it is away begins when it is back.
    struct Hours {
        double from = 0, to = 0;
    };
    std::vector<Hours> available;
};

/// A devices file (TOML, docs/simulation.md): the classes, and which machines are of which.
class Devices {
  public:
    /// Errors: kind `data`, with file and line, and what would be right.
    static core::Result<Devices> read(const std::filesystem::path& file);
    /// Of text, `name` for messages.
    static core::Result<Devices> parse(std::string_view text, std::string name);
    /// Machines that take no time, so that all happens in the order of the network; what runs without a file.
    static Devices instant();

    struct Data;
    const Data& data() const { return *data_; }

  private:
    std::shared_ptr<const Data> data_;
};

/// The machines of one network: which actor stands on which, and how long everything takes there. Immutable.
class Machines {
  public:
    /// Actors of one copy path (or of one site) stand on one machine; those outside of any copy on the first.
    /// Errors: kind `data` (a list of another length, a class that is not there), or those of data sets.
    static core::Result<Machines> make(const network::Network& network, const Devices& devices,
                                       learn::Resources& resources, std::uint64_t seed);

    std::size_t count() const;
    std::size_t of(network::ActorId actor) const;
    const std::string& name(std::size_t machine) const;  ///< "server", "client[3]"
    const DeviceClass& device(std::size_t machine) const;
    /// Seconds of one firing of a function or a rule whose values are so many bytes in all.
    double work(const network::Actor& actor, std::size_t bytes) const;
    /// The first moment from `at` on (seconds since the run began) at which the machine is there.
    double available(std::size_t machine, double at) const;

  private:
    struct Data;
    std::shared_ptr<const Data> data_;
};

}  // namespace trama::engine
