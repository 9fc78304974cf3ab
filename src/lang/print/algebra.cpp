#include <array>
#include <cctype>
#include <utility>

#include "lang/print/arguments.hpp"
#include "lang/signature/written.hpp"
#include "trama/lang/scheme.hpp"

// The notation of RISC-pb²l (Aldinucci et al., "Design patterns percolating to parallel programming framework
// implementation", International Journal of Parallel Programming 2014).

namespace trama::lang {
namespace {

std::string superscript(std::int64_t number) {
    static constexpr std::array<const char*, 10> digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text;
    for (const char c : std::to_string(number))
        text += digits.at(static_cast<std::size_t>(c - '0'));
    return text;
}

class Algebra {
  public:
    Algebra(const Registry& registry, bool utf8) : registry_(registry), utf8_(utf8) {}

    std::string of(const Node& node) const {
        if (const auto* block = node.as<Block>()) return of_block(*block);
        if (const auto* sequence = node.as<Sequence>()) {
            std::string text;
            for (const NodePtr& stage : sequence->stages)
                text += (text.empty() ? "" : " • ") + of(*stage);
            return text;
        }
        if (const auto* copies = node.as<Copies>()) {
            std::string text;
            for (const NodePtr& branch : copies->branches)
                text += (text.empty() ? "" : ", ") + of(*branch);
            text = "[|" + text + "|]";
            if (copies->side_by_side) return text;
            return text + (utf8_ ? superscript(copies->count) : "^" + std::to_string(copies->count));
        }
        const auto* placed = node.as<Placed>();
        const std::string inner = of(*placed->inner);
        return (placed->inner->as<Sequence>() != nullptr ? "(" + inner + ")" : inner) + " @ " +
               written(placed->site, registry_, true);
    }

    std::string ascii(std::string text) const {
        if (utf8_) return text;
        static constexpr std::array<std::pair<const char*, const char*>, 5> spellings{
            {{"◁▷", "<|>"}, {"◁", "<|"}, {"▷", "|>"}, {"←", "<-"}, {"•", "."}}};
        for (const auto& [sign, spelling] : spellings) {
            for (auto at = text.find(sign); at != std::string::npos; at = text.find(sign)) {
                text.replace(at, std::string_view(sign).size(), spelling);
            }
        }
        return text;
    }

  private:
    std::string of_block(const Block& block) const {
        const std::string& pattern = block.signature->algebra;
        if (pattern.empty()) {
            std::string function = "((" + display_name(block) + "))";
            if (block.signature->expands_to != "together") return function;
            return "▷Gatherall • " + function + " • ◁Scatter";
        }
        std::string text;
        std::vector<std::string> used;
        for (std::size_t i = 0; i < pattern.size(); ++i) {
            if (pattern[i] != '%') {
                text += pattern[i];
                continue;
            }
            std::string name;
            while (i + 1 < pattern.size() &&
                   (std::isalnum(static_cast<unsigned char>(pattern[i + 1])) != 0 || pattern[i + 1] == '_')) {
                name += pattern[++i];
            }
            used.push_back(name);
            text += argument(block, name);
        }
        return text + (pattern.find("%arguments") == std::string::npos ? rest(block, used) : "");
    }

    std::string argument(const Block& block, const std::string& name) const {
        if (name == "body") return block.body ? of(*block.body) : "";
        if (name == "arguments") return list(block, {});
        if (const core::Constant* value = block.call.find(name)) {
            const core::Call* call = value->call();
            return call == nullptr ? core::to_text(*value) : call->function;
        }
        for (const PerCopy& one : block.per_copy) {
            if (one.parameter == name) return one.text;
        }
        for (const Parameter& parameter : block.signature->parameters) {
            if (parameter.name == name && parameter.type.starts_with("block ") && block.inner) {
                const auto* inner = block.inner->as<Block>();
                return inner != nullptr && inner->signature->algebra.empty() ? display_name(*inner)
                                                                             : of(*block.inner);
            }
        }
        return {};
    }

    std::string list(const Block& block, const std::vector<std::string>& but) const {
        std::string text;
        for (const Shown& shown : shown_arguments(block, registry_)) {
            bool skip = false;
            for (const std::string& name : but)
                skip = skip || name == shown.parameter->name;
            if (!skip) text += (text.empty() ? "" : ", ") + shown.parameter->name + ": " + shown.text;
        }
        return text;
    }

    std::string rest(const Block& block, const std::vector<std::string>& used) const {
        const std::string text = list(block, used);
        return text.empty() ? text : "_{" + text + "}";
    }

    const Registry& registry_;
    bool utf8_;
};

}  // namespace

std::string print_algebra(const Scheme& scheme, bool utf8) {
    const Algebra algebra(*scheme.registry, utf8);
    return algebra.ascii(algebra.of(*scheme.root)) + "\n";
}

}  // namespace trama::lang
