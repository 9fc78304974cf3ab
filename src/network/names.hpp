#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trama::network {

/// Gives the members of one scope names that are unique in it: "client", "client.2". Copies of one part of a
/// scheme count alike, so that names say where an actor stands in the scheme, not which copy it is.
class Names {
  public:
    std::string next(std::string_view label) {
        const auto known = std::ranges::find(counts_, label, &Count::first);
        if (known == counts_.end()) {
            counts_.emplace_back(label, 1);
            return std::string(label);
        }
        // `client.2` may be the name of a value of the user's only with a point in it, which names have not.
        return std::string(label) + '.' + std::to_string(++known->second);
    }

    /// What the copies of this scope ("[0]", "[1]", ...) have used up so far.
    Names& copies() {
        if (!copies_) copies_ = std::make_unique<Names>();
        return *copies_;
    }

    Names clone() const {
        Names other;
        other.counts_ = counts_;
        if (copies_) other.copies_ = std::make_unique<Names>(copies_->clone());
        return other;
    }

    /// Takes over what a copy has used.
    void merge(const Names& copy) {
        for (const auto& [label, count] : copy.counts_) {
            const auto known = std::ranges::find(counts_, label, &Count::first);
            if (known == counts_.end()) {
                counts_.emplace_back(label, count);
            } else {
                known->second = std::max(known->second, count);
            }
        }
        if (copy.copies_) copies().merge(*copy.copies_);
    }

  private:
    using Count = std::pair<std::string, int>;
    std::vector<Count> counts_;
    std::unique_ptr<Names> copies_;
};

}  // namespace trama::network
