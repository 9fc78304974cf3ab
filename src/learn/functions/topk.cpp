#include <algorithm>
#include <bit>

#include "../arguments.hpp"
#include "../on_delta.hpp"

namespace trama::learn {

namespace {

/// The size of a float as a number that orders as it does.
std::uint32_t size_of(float value) {
    return std::bit_cast<std::uint32_t>(value) & 0x7fffffffU;
}

class TopK final : public Compressor {
  public:
    explicit TopK(const core::Call& call) : Compressor("topk", truth(call, "error_feedback")), keep_(call) {}

  protected:
    core::Delta compress(const Work& work) const override {
        const auto all = work.all;
        const auto count = keep_.of(all.size());
        core::Delta sent;
        sent.elements = all.size();
        core::Delta::Sparse kept;
        core::Delta::Floats values;
        if (count > 0) {
            std::vector<std::uint32_t> sizes(all.size());
            std::ranges::transform(all, sizes.begin(), size_of);
            const auto last = sizes.begin() + static_cast<std::ptrdiff_t>(count) - 1;
            std::ranges::nth_element(sizes, last, std::greater<>());
            const auto least = *last;
            // Of those that are just as large as the least that is kept, the first ones are.
            auto ties = count - static_cast<std::size_t>(std::ranges::count_if(
                                    sizes, [&](std::uint32_t size) { return size > least; }));
            for (std::size_t i = 0; i < all.size(); ++i) {
                const auto size = size_of(all[i]);
                if (size < least || (size == least && ties == 0)) continue;
                if (size == least) --ties;
                kept.indices.push_back(static_cast<std::uint32_t>(i));
                values.values.push_back(all[i]);
            }
        }
        sent.shape = std::move(kept);
        sent.values = std::move(values);
        return sent;
    }

  private:
    Share keep_;
};

}  // namespace

void add_topk(Library& library) {
    library.add_function(
        compressing(
            "topk", "topk(1%)",
            "Sends the largest entries of the delta only; of equal ones the first. What rounds values "
            "may follow: `topk(1%) >> quantize(bits: 8)` keeps the places and rounds the values.",
            "Aji and Heafield, Sparse Communication for Distributed Gradient Descent, EMNLP 2017")
            .takes(Share::parameter())
            .takes(Compressor::error_feedback())
            .owns_parts(),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const TopK>(call);
        });
}

}  // namespace trama::learn
