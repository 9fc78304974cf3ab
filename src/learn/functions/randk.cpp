#include "../arguments.hpp"
#include "../on_delta.hpp"
#include "trama/core/random.hpp"

namespace trama::learn {

namespace {

/// Every set of `count` of `elements` is as likely as any other (Bentley and Floyd, "Programming Pearls: A
/// Sample of Brilliance", CACM 30, 1987).
std::vector<bool> choice(core::Stream& stream, std::size_t count, std::size_t elements) {
    std::vector<bool> chosen(elements);
    for (auto last = elements - count; last < elements; ++last) {
        const auto drawn = stream.below(last + 1);
        chosen[chosen[drawn] ? last : drawn] = true;
    }
    return chosen;
}

class RandK final : public Compressor {
  public:
    explicit RandK(const core::Call& call)
        : Compressor("randk", truth(call, "error_feedback")), keep_(call) {}

  protected:
    core::Delta compress(const Work& work) const override {
        const auto all = work.all;
        const auto count = keep_.of(all.size());
        auto stream = work.context.stream("randk");
        const auto chosen = choice(stream, count, all.size());
        // With feedback nothing may be scaled: the error would grow by n/k each time an entry is sent.
        const double scale =
            feeds_back() ? 1.0 : static_cast<double>(all.size()) / static_cast<double>(count);
        core::Delta::Sparse kept;
        core::Delta::Floats values;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!chosen[i]) continue;
            kept.indices.push_back(static_cast<std::uint32_t>(i));
            values.values.push_back(static_cast<float>(scale * all[i]));
        }
        core::Delta sent;
        sent.elements = all.size();
        sent.shape = std::move(kept);
        sent.values = std::move(values);
        return sent;
    }

  private:
    Share keep_;
};

}  // namespace

void add_randk(Library& library) {
    library.add_function(
        compressing("randk", "randk(1%)",
                    "Sends random entries of the delta. Without error feedback they are scaled by all over "
                    "sent, so that the mean is right; with it they are sent as they are, and the others come "
                    "later.",
                    "Stich, Cordonnier and Jaggi, Sparsified SGD with Memory, NeurIPS 2018")
            .takes(Share::parameter())
            .takes(Compressor::error_feedback())
            .owns_parts(),
        [](const core::Call& call, Resources&) -> core::Result<std::shared_ptr<const Function>> {
            return std::make_shared<const RandK>(call);
        });
}

}  // namespace trama::learn
