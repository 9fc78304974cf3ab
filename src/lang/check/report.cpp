#include <algorithm>
#include <set>

#include "lang/check/passes.hpp"

// What the finished tree says about itself: its size, what is not deterministic, what cannot run.

namespace trama::lang {
namespace {

double streams(const Type& type) {
    return type.kind == Type::Kind::bundle ? static_cast<double>(type.width) * streams(*type.inner) : 1;
}

/// Actors of a tree, about: a double, since widths multiply without bound.
double actors(Tree& tree) {
    if (auto* block = tree.as<BlockTree>()) {
        double count = 1;
        if (block->signature->loop) count = streams(tree.in);
        if (block->signature->weighs) count = 2 * streams(tree.in);  // one that sends, one that collects
        if (block->inner) count += actors(*block->inner);
        if (block->body) count += 1 + actors(*block->body);
        return count;
    }
    double count = 0;
    if (auto* sequence = tree.as<SequenceTree>()) {
        for (const TreePtr& stage : sequence->stages)
            count += actors(*stage);
    } else if (auto* copies = tree.as<CopiesTree>()) {
        for (const TreePtr& branch : copies->branches)
            count += actors(*branch);
        if (!copies->side_by_side) count *= static_cast<double>(copies->count);
    } else if (auto* placed = tree.as<PlacedTree>()) {
        count = actors(*placed->inner);
    }
    return count;
}

/// The distribute with the most copies on the way to the most actors.
Tree* largest(Tree& root) {
    Tree* found = nullptr;
    std::int64_t most = 0;
    walk(root, [&](Tree& tree) {
        const auto* copies = tree.as<CopiesTree>();
        if (copies != nullptr && copies->count > most) {
            most = copies->count;
            found = &tree;
        }
    });
    return found;
}

}  // namespace

void check_size(Tree& root, const CheckOptions& options, Findings& findings) {
    const double count = actors(root);
    if (count <= static_cast<double>(options.limits.max_actors)) return;
    Tree* tree = largest(root);
    const Where where =
        tree == nullptr ? root.where : Where{tree->as<CopiesTree>()->count_span, tree->where.expansion};
    const std::string number =
        count < 1e15 ? "about " + std::to_string(static_cast<std::int64_t>(count)) : "more than 10^15";
    findings.error(
        "T0801", where,
        "this scheme has " + number + " actors; the limit is " + std::to_string(options.limits.max_actors),
        "`--max-actors` raises the limit; each actor takes some hundred bytes");
}

std::vector<Nondeterminism> nondeterminism(Tree& root) {
    std::vector<Nondeterminism> all;
    walk(root, [&](Tree& tree) {
        const auto* block = tree.as<BlockTree>();
        if (block == nullptr || block->signature->nondeterministic.empty()) return;
        const auto& conditions = block->signature->nondeterministic_if;
        if (!conditions.empty() && !has_any(*block, conditions)) return;
        all.push_back({block->signature->name, block->signature->nondeterministic, block->function});
    });
    return all;
}

std::vector<std::string> missing_runtimes(Tree& root, const Registry& registry, Findings& findings) {
    std::vector<std::string> names;
    std::set<std::string> seen;
    const auto report = [&](const std::string& name, const Where& where) {
        if (!seen.insert(name).second) return;
        names.push_back(name);
        findings.add(Severity::note, "T0902", where, "nothing in this build runs `" + name + "` yet",
                     "`trama check` and `trama show` work, `trama run` does not");
    };
    const auto value = [&](const auto& self, const core::Constant& constant, const Where& where) -> void {
        if (const auto* list = constant.as<core::List>()) {
            for (const core::Constant& element : *list)
                self(self, element, where);
        }
        const core::Call* call = constant.call();
        const Signature* signature = call == nullptr ? nullptr : registry.find(*call);
        if (signature == nullptr) return;
        if (!signature->runs) report(signature->name, where);
        for (const core::Argument& argument : call->arguments)
            self(self, argument.value, where);
    };
    walk(root, [&](Tree& tree) {
        const auto* block = tree.as<BlockTree>();
        if (block == nullptr) return;
        const Where where = function_place(tree, *block);
        const Signature& signature = *block->signature;
        if (!signature.runs) {
            report(signature.name, where);
            return;
        }
        for (const std::string& parameter : signature.not_running) {
            if (block->was_given(parameter)) {
                report(signature.name + "(" + parameter + ":)", block->given.find(parameter)->second);
            }
        }
        const auto place_of = [&](const std::string& parameter) {
            const auto given = block->given.find(parameter);
            return given == block->given.end() ? where : given->second;
        };
        for (const core::Argument& argument : block->call.arguments)
            value(value, argument.value, place_of(argument.parameter));
        for (const core::Argument& argument : block->samples)
            value(value, argument.value, place_of(argument.parameter));
    });
    return names;
}

NodePtr finish(Tree& root) {
    auto node = std::make_shared<Node>();
    node->in = root.in;
    node->out = root.out;
    node->span = root.where.span;
    if (auto* block = root.as<BlockTree>()) {
        Block made;
        made.signature = block->signature;
        made.call = block->call;
        made.per_copy = block->per_copy;
        made.name = block->name;
        made.occurrence = block->occurrence;
        if (block->body) made.body = finish(*block->body);
        if (block->inner) made.inner = finish(*block->inner);
        made.loop = block->loop;
        made.inflight = block->inflight;
        node->node = std::move(made);
    } else if (auto* sequence = root.as<SequenceTree>()) {
        Sequence made;
        for (const TreePtr& stage : sequence->stages)
            made.stages.push_back(finish(*stage));
        node->node = std::move(made);
    } else if (auto* copies = root.as<CopiesTree>()) {
        Copies made;
        for (const TreePtr& branch : copies->branches)
            made.branches.push_back(finish(*branch));
        made.count = copies->count;
        made.side_by_side = copies->side_by_side;
        made.index = copies->index;
        node->node = std::move(made);
    } else if (auto* placed = root.as<PlacedTree>()) {
        node->node = Placed{finish(*placed->inner), placed->site};
    }
    return node;
}

}  // namespace trama::lang
