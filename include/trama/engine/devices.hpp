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
    std::string source;  ///< where its numbers are from, or "assumed"
    /// Work: samples a second of training and of testing with this scheme's net. Where they are 0 they are
    /// estimated from floating-point operations a second, and testing else as a third of training's time.
    double train_rate = 0, test_rate = 0, flops = 0;
    double memory_rate = 0;  ///< bytes a second, for all other functions and rules; 0: they take no time
    double overhead = 0;     ///< seconds of each firing
    double memory = 0;       ///< bytes; 0: not known
    double watts_idle = 0, watts_busy = 0;
    double watts_radio = 0;   ///< on top, while its link sends or receives
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

/// Joules of one machine that works for `busy` out of `seconds` and whose link sends or receives for `radio`.
/// An estimate.
double joules(const DeviceClass& device, double busy, double radio, double seconds);

/// A devices file (TOML, docs/simulation.md): the classes, and which machines are of which.
class Devices {
  public:
    /// Errors: kind `data`, with file and line, and what would be right.
    static core::Result<Devices> read(const std::filesystem::path& file);
    /// Of text, `name` for messages.
    static core::Result<Devices> parse(std::string_view text, const std::string& name);
    /// A file, or the name of a class that comes with Trama: then all clients are of it, and the server is
    /// the x86 server.
    static core::Result<Devices> find(const std::string& file_or_class);
    /// The classes that come with Trama, by name.
    static std::vector<std::string> shipped();
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
    /// Actors of one site, and otherwise of one copy path, stand on one machine; those outside of any copy on
    /// the first, the server. Copy paths with others inside are edges, unless a function works on data there;
    /// all others are clients. A mix is drawn from the seed and the copy path.
    /// Errors: kind `data` (a list of another length, a class that is not there), or those of data sets.
    static core::Result<Machines> make(const network::Network& network, const Devices& devices,
                                       learn::Resources& resources, std::uint64_t seed);

    std::size_t count() const;
    std::size_t of(network::ActorId actor) const;
    std::string name(std::size_t machine) const;  ///< "server", "client[3]", "edge[1]", the name of a site
    const DeviceClass& device(std::size_t machine) const;
    /// Seconds of one firing of a function or a rule whose values are so many bytes in all: `train` and
    /// `test` by their samples, all others by their bytes. `actor` is one of the network's.
    double work(const network::Actor& actor, std::size_t bytes) const;
    /// The first moment from `at` on (seconds since the run began) at which the machine is there.
    double available(std::size_t machine, double at) const;

  private:
    struct Data;
    std::shared_ptr<const Data> data_;
};

}  // namespace trama::engine
