#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "trama/core/random.hpp"
#include "trama/learn/library.hpp"
#include "trama/network/network.hpp"

namespace trama::engine {

/// What a stream did when it took part last.
struct Report {
    double loss = std::numeric_limits<double>::infinity();  ///< until it is known
    double seconds = 0;                                     ///< from the choice to its answer; 0: unknown
};

/// Who takes part in a round: what `sample` and `available` are told in the scheme.
class Choice {
  public:
    /// Errors: kind `data` (a trace that cannot be read), or those of data sets.
    static core::Result<Choice> make(const network::Network& network, const network::Actor& actor,
                                     learn::Resources& resources);

    /// Whether it looks at what the streams did.
    bool wants_reports() const { return by_ == By::loss || by_ == By::speed; }
    /// By stream; only those that are `there` are chosen.
    std::vector<bool> operator()(const std::vector<bool>& there, const std::vector<Report>& reports,
                                 const core::Round& round, core::Stream& random) const;

  private:
    enum class By { uniform, samples, loss, speed, list, chance, trace };
    std::vector<std::size_t> draw(std::vector<std::size_t> from, std::size_t count,
                                  const std::vector<double>& weights, core::Stream& random) const;
    std::vector<std::size_t> choose(std::vector<std::size_t> from, const std::vector<Report>& reports,
                                    core::Stream& random) const;
    core::Result<void> read_trace(const std::filesystem::path& path, std::int64_t streams);

    By by_ = By::uniform;
    std::size_t count_ = 1;
    std::size_t candidates_ = 0;   ///< by loss: drawn before
    std::vector<double> weights_;  ///< samples of each stream
    double chance_ = 1;
    std::vector<std::vector<std::int64_t>> lists_;  ///< by round, from the beginning again behind the last
    struct Rounds {
        std::int64_t first = 0, last = 0;
    };
    std::vector<std::vector<Rounds>> trace_;  ///< by stream
    std::int64_t period_ = 0;                 ///< of the trace; 0: none
};

}  // namespace trama::engine
