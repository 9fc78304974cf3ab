#include "krum.hpp"

#include <algorithm>
#include <numeric>

#include "distances.hpp"

namespace trama::learn {

std::vector<KrumScore> krum_scores(std::span<const double> distances, std::size_t count,
                                   std::span<const std::size_t> among, std::size_t neighbours) {
    std::vector<KrumScore> scores;
    std::vector<double> near;
    for (const auto one : among) {
        near.clear();
        for (const auto other : among)
            if (other != one) near.push_back(distances[one * count + other]);
        std::ranges::sort(near);
        const auto last = near.begin() + static_cast<std::ptrdiff_t>(std::min(near.size(), neighbours));
        const double score = std::accumulate(near.begin(), last, 0.0);
        scores.emplace_back(score, std::accumulate(last, near.end(), score));
    }
    return scores;
}

std::vector<std::size_t> krum_order(const Folded& folded, std::int64_t f) {
    const auto count = folded.models.size();
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto scores = krum_scores(pairwise_squared_distances(folded.params()), count, order,
                                    count - static_cast<std::size_t>(f) - 2);
    std::ranges::sort(order, {}, [&](std::size_t one) { return std::pair(scores[one], one); });
    return order;
}

core::Value mean_of(const Folded& folded, std::vector<std::size_t> chosen) {
    std::ranges::sort(chosen);
    std::vector<std::span<const float>> params, buffers;
    for (const auto one : chosen) {
        params.push_back(folded.models[one]->params.floats());
        buffers.push_back(folded.models[one]->buffers.floats());
    }
    const Weights weights{std::vector<double>(chosen.size(), 1.0), static_cast<double>(chosen.size())};
    const auto& like = *folded.models.front();
    return folded.result(mean(params, weights, like.params.shared_layout()),
                         mean(buffers, weights, like.buffers.shared_layout()));
}

}  // namespace trama::learn
