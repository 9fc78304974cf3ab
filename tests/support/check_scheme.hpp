#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "trama/lang/scheme.hpp"
#include "trama/learn/library.hpp"

namespace trama::test {

/// Checks texts against the built-in functions, the way the program does.
class Checker {
  public:
    Checker() { learn::add_builtins(library); }

    lang::CheckResult operator()(std::string text) const {
        lang::CheckOptions with = options;
        with.probe_data = [this](const core::Call& call) { return library.probe_data(call); };
        with.probe_net = [this](const core::Call& call) { return library.probe_net(call); };
        source = std::make_shared<const lang::Source>("scheme.trama", std::move(text));
        return lang::check(source, library.registry(), with);
    }

    learn::Library library;
    lang::CheckOptions options;
    mutable lang::SourcePtr source;
};

inline bool has_code(const std::vector<lang::Diagnostic>& diagnostics, const std::string& code) {
    for (const lang::Diagnostic& diagnostic : diagnostics) {
        if (diagnostic.code == code) return true;
    }
    return false;
}

/// The blocks of a scheme in pre-order.
inline void collect_blocks(const lang::Node& node, std::vector<const lang::Block*>& blocks) {
    if (const auto* block = node.as<lang::Block>()) {
        blocks.push_back(block);
        if (block->inner) collect_blocks(*block->inner, blocks);
        if (block->body) collect_blocks(*block->body, blocks);
    } else if (const auto* sequence = node.as<lang::Sequence>()) {
        for (const auto& stage : sequence->stages)
            collect_blocks(*stage, blocks);
    } else if (const auto* copies = node.as<lang::Copies>()) {
        for (const auto& branch : copies->branches)
            collect_blocks(*branch, blocks);
    } else if (const auto* placed = node.as<lang::Placed>()) {
        collect_blocks(*placed->inner, blocks);
    }
}

}  // namespace trama::test
