#include <map>
#include <optional>
#include <set>

#include "lang/check/passes.hpp"

// Nets against the data that they meet.

namespace trama::lang {
namespace {

struct Model {
    const core::Call* net = nullptr;  ///< null: not known
};

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (const std::int64_t extent : shape)
        text += (text.empty() ? "" : " × ") + std::to_string(extent);
    return text;
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
    std::int64_t all = 1;
    for (const std::int64_t extent : shape) {
        if (__builtin_mul_overflow(all, extent, &all)) return -1;
    }
    return all;
}

class Data {
  public:
    Data(const Registry& registry, const CheckOptions& options, const Elaborator& elaborator,
         Findings& findings)
        : registry_(registry), options_(options), elaborator_(elaborator), findings_(findings) {}

    Model go(Tree& tree, Model model) {
        if (auto* block = tree.as<BlockTree>()) return go_block(tree, *block, model);
        if (auto* placed = tree.as<PlacedTree>()) return go(*placed->inner, model);
        if (auto* sequence = tree.as<SequenceTree>()) {
            for (const TreePtr& stage : sequence->stages)
                model = go(*stage, model);
        } else if (auto* copies = tree.as<CopiesTree>()) {
            Model all;
            for (const TreePtr& branch : copies->branches) {
                const Model one = go(*branch, model);
                if (branch == copies->branches.front()) all = one;
                if (all.net != nullptr && (one.net == nullptr || !(*one.net == *all.net))) all.net = nullptr;
            }
            return all;
        }
        return model;
    }

  private:
    Model go_block(Tree& tree, BlockTree& block, Model model) {
        if (tree.in.kind == Type::Kind::nothing) model.net = nullptr;
        const core::Call* data = nullptr;
        for (const core::Argument& argument : block.call.arguments) {
            const core::Call* call = argument.value.call();
            const Signature* signature = call == nullptr ? nullptr : registry_.find(*call);
            if (signature == nullptr) continue;
            if (signature->sort == "net") {
                model.net = call;
                facts(*call, options_.probe_net);
            }
            if (signature->sort == "data") {
                data = call;
                facts(*call, options_.probe_data);
            }
        }
        if (data != nullptr && model.net != nullptr) compare(*model.net, *data, block);
        if (block.inner) model = go(*block.inner, model);
        if (!block.body) return model;
        const Model inside = go(*block.body, model);
        return block.signature->loop ? inside : model;
    }

    Where place_of(const core::Call& call) const {
        const auto found = elaborator_.call_places().find(core::to_text(call));
        return found == elaborator_.call_places().end() ? Where{} : found->second;
    }

    /// What the probe says, asked once; a failure is reported once.
    const std::optional<ShapeFacts>& facts(const core::Call& call, const DataProbe& probe) {
        const std::string text = core::to_text(call);
        const auto found = facts_.find(text);
        if (found != facts_.end()) return found->second;
        auto& slot = facts_[text];
        if (!probe || elaborator_.has_bad_file(call)) return slot;
        auto probed = probe(call);
        if (probed) {
            slot = std::move(*probed);
            return slot;
        }
        const core::Error& error = probed.error();
        const bool of_data = error.kind == core::ErrorKind::data;
        std::string message = error.message;
        if (!error.where.empty() && message.find(error.where) == std::string::npos)
            message = error.where + ": " + message;
        findings_.error(of_data ? "T0604" : "T0607", place_of(call), message, error.hint).data = of_data;
        return slot;
    }

    void compare(const core::Call& net, const core::Call& data, const BlockTree& block) {
        if (!compared_.emplace(core::to_text(net), core::to_text(data)).second) return;
        const auto& a = facts(net, options_.probe_net);
        const auto& b = facts(data, options_.probe_data);
        if (!a || !b) return;
        const auto report = [&](const std::string& code, const std::string& message, const std::string& hint,
                                const std::string& of_data) {
            auto& finding = findings_.error(code, place_of(net), message);
            finding.related.push_back({place_of(data).span, of_data});
            finding.related.push_back({block.function, "they meet here"});
            finding.hint = hint;
        };
        const std::int64_t takes = product(a->input), has = product(b->input);
        if (!a->input.empty() && !b->input.empty() && takes != has) {
            const std::string shape = b->input.size() > 1 ? " (" + shape_text(b->input) + ")" : "";
            report("T0605",
                   "this net takes samples of " + std::to_string(takes) + " numbers, but the data have " +
                       std::to_string(has) + shape,
                   "its first size must be " + std::to_string(has),
                   "samples of " + std::to_string(has) + " numbers" + shape);
        } else if (a->classes > 0 && b->classes > 0 && a->classes != b->classes) {
            report("T0606",
                   "this net has " + core::counted(a->classes, "output") + ", but the data have " +
                       std::to_string(b->classes) + " classes",
                   "it must have one output for each class", std::to_string(b->classes) + " classes");
        }
    }

    const Registry& registry_;
    const CheckOptions& options_;
    const Elaborator& elaborator_;
    Findings& findings_;
    std::map<std::string, std::optional<ShapeFacts>> facts_;
    std::set<std::pair<std::string, std::string>> compared_;
};

}  // namespace

void check_data(Tree& root, const Registry& registry, const CheckOptions& options,
                const Elaborator& elaborator, Findings& findings) {
    Data(registry, options, elaborator, findings).go(root, Model{});
}

}  // namespace trama::lang
