#include <utility>

#include "lang/check/elaborate.hpp"
#include "lang/signature/written.hpp"

// Blocks, pipes, copies, placement.

namespace trama::lang {
namespace {

/// The names in the body of a `def` that is never expanded.
void mark_used(const ast::Expr& expr, const FileScope& file) {
    const auto mark = [&](const std::string& name) {
        if (const auto found = file.names.find(name); found != file.names.end()) found->second->used = true;
    };
    const auto go = [&](const ast::ExprPtr& inner) {
        if (inner) mark_used(*inner, file);
    };
    if (const auto* reference = expr.as<ast::Reference>()) mark(reference->name);
    if (const auto* call = expr.as<ast::Call>()) {
        mark(call->function.text);
        for (const ast::Arg& argument : call->arguments)
            go(argument.value);
        go(call->body);
    }
    if (const auto* pipe = expr.as<ast::Pipe>()) {
        for (const auto& stage : pipe->stages)
            go(stage);
    }
    if (const auto* distribute = expr.as<ast::Distribute>()) {
        for (const auto& branch : distribute->branches)
            go(branch);
        go(distribute->copies);
    }
    if (const auto* place = expr.as<ast::Place>()) go(place->inner), go(place->site);
    if (const auto* list = expr.as<ast::ListExpr>()) {
        for (const auto& element : list->elements)
            go(element);
    }
    if (const auto* index = expr.as<ast::Index>()) go(index->list), go(index->index);
    if (const auto* unary = expr.as<ast::Unary>()) go(unary->operand);
    if (const auto* parens = expr.as<ast::Parens>()) go(parens->inner);
    if (const auto* binary = expr.as<ast::Binary>()) go(binary->left), go(binary->right);
}

}  // namespace

TreePtr Elaborator::make(decltype(Tree::node) node, const Where& where) {
    if (++nodes_ > options_.expanded_nodes) {
        findings_.error("T0802", where,
                        "after the expansion of `def` this scheme has more than " +
                            std::to_string(options_.expanded_nodes) + " blocks",
                        "copies are written `[| D |]^n`: they cost nothing here");
        throw LimitReached{};
    }
    auto tree = std::make_shared<Tree>();
    tree->node = std::move(node);
    tree->where = where;
    return tree;
}

TreePtr Elaborator::scheme_of(const ast::ExprPtr& expr, const ScopePtr& scope) {
    return as_scheme(evaluate(expr, scope), {expr->span, scope->expansion});
}

TreePtr Elaborator::as_scheme(Value value, const Where& where) {
    if (value.kind == Value::Kind::scheme) return std::move(value.tree);
    if (value.kind == Value::Kind::constant) {
        std::string hint;
        if (const core::Call* call = value.constant.call()) {
            const Signature* signature = registry_.find(*call);
            if (signature != nullptr && signature->sort == "rule") {
                hint = "a rule stands in a block that folds: `reduce(" +
                       written(value.constant, registry_, false) + ")`";
            }
        }
        findings_.error("T0105", where, describe(value.constant, registry_) + " is a value, not a block",
                        std::move(hint));
    }
    return broken(where);
}

TreePtr Elaborator::block(const Signature& signature, const Use& use, const ScopePtr& scope) {
    BlockTree made;
    made.signature = &signature;
    made.function = use.name_span;
    const ast::ExprPtr body = use.call == nullptr ? nullptr : use.call->body;
    const std::string name = "`" + signature.name + "`";
    const auto outer = metrics_;
    bool ok = true;
    if (signature.body) {
        if (body) {
            made.body = scheme_of(body, scope);
            enter_metrics(*made.body);
        } else {
            findings_.error("T0214", use.where, name + " needs a body",
                            "for example `" + signature.name + "(...) { broadcast >> ... }`");
            metrics_ = nullptr;
            ok = false;
        }
    } else if (body) {
        findings_.error("T0214", {use.call->body_span, scope->expansion}, name + " takes no body");
        ok = false;
    }
    Bound bound = bind(signature, use, scope);
    metrics_ = outer;
    if (!bound.ok) ok = false;
    // A block with wrong arguments still has its type: what stands around it is checked as well.
    if (!ok && (signature.body && !made.body)) return broken(use.where);
    made.call = std::move(bound.call);
    made.per_copy = std::move(bound.per_copy);
    made.samples = std::move(bound.samples);
    made.given = std::move(bound.given);
    made.inner = std::move(bound.inner);
    return make(std::move(made), use.where);
}

TreePtr Elaborator::pipe(const ast::Pipe& pipe, const ScopePtr& scope, const Where& where) {
    SequenceTree sequence;
    for (const ast::ExprPtr& stage : pipe.stages) {
        TreePtr tree = scheme_of(stage, scope);
        if (auto* inner = tree->as<SequenceTree>()) {
            sequence.stages.insert(sequence.stages.end(), inner->stages.begin(), inner->stages.end());
        } else {
            sequence.stages.push_back(std::move(tree));
        }
    }
    return make(std::move(sequence), where);
}

TreePtr Elaborator::copies(const ast::Distribute& distribute, const ScopePtr& scope, const Where& where) {
    CopiesTree made;
    made.side_by_side = distribute.branches.size() > 1;
    made.count = static_cast<std::int64_t>(distribute.branches.size());
    made.count_span = distribute.brackets;
    ScopePtr inside = scope;
    if (distribute.copies) {
        const Where at{distribute.copies->span, scope->expansion};
        made.count_span = distribute.copies->span;
        auto outer = std::exchange(used_, {});
        const auto counted_copies = whole(distribute.copies, scope, "the number of copies");
        bool known = counted_copies.has_value();
        const std::int64_t count = known ? *counted_copies : 0;
        if (!used_.empty() && values_.empty()) {
            findings_.error(
                "T0217", at,
                "the number of copies cannot depend on the copy `" + (*used_.begin())->name + "`",
                "all copies have the same shape; write different ones side by side: `[| a, b |]`");
            known = false;
        }
        used_ = std::move(outer);
        if (known && count < 1) {
            findings_.error("T0310", at, "a distribute has at least one copy, not " + std::to_string(count));
            known = false;
        }
        if (known && made.side_by_side) {
            findings_
                .error("T0310", at, "programs side by side are not copied", "nest them: `[| [| a, b |] |]^n`")
                .related.push_back(
                    {distribute.brackets, core::counted(made.count, "program") + " side by side"});
            known = false;
        }
        made.count = known ? count : 0;
        if (distribute.index) {
            auto index = std::make_shared<IndexVariable>();
            index->name = index->unique = distribute.index->text;
            index->count = made.count;
            for (const Scope* at = scope.get(); at != nullptr; at = at->outer.get()) {
                if (at->index && at->index->unique == index->unique) index->unique += "'";
            }
            auto named = std::make_shared<Scope>();
            named->file = scope->file;
            named->outer = scope;
            named->index = index;
            named->expansion = scope->expansion;
            named->active = scope->active;
            made.index = index->unique;
            index_names_.insert(index->name);
            inside = std::move(named);
        }
    }
    for (const ast::ExprPtr& branch : distribute.branches)
        made.branches.push_back(scheme_of(branch, inside));
    if (made.branches.empty()) made.branches.push_back(broken(where));  // the parser has said so
    return make(std::move(made), where);
}

TreePtr Elaborator::placed(const ast::Place& place, const ScopePtr& scope, const Where& where) {
    TreePtr inner = scheme_of(place.inner, scope);
    const Where at{place.site->span, scope->expansion};
    auto outer = std::exchange(used_, {});
    Value site = evaluate(place.site, scope);
    const bool per_copy = !used_.empty() && values_.empty();
    used_ = std::move(outer);
    if (site.kind == Value::Kind::broken) return inner;
    const core::Call* call = site.kind == Value::Kind::constant ? site.constant.call() : nullptr;
    const Signature* signature = call == nullptr ? nullptr : registry_.find(*call);
    if (per_copy) {
        findings_.error("T0217", at, "the site of a block cannot depend on the copy",
                        "a group does that: `[| D |]^n @ workers` puts copy i at member i");
        return inner;
    }
    if (signature == nullptr || (signature->sort != "site" && signature->sort != "group")) {
        findings_.error(
            "T0505", at,
            "a block is placed at a site or a group of sites, not at " +
                (site.kind == Value::Kind::scheme ? "a block" : describe(site.constant, registry_)),
            "for example `edge = site(\"edge-1\")` and `D @ edge`");
        return inner;
    }
    return make(PlacedTree{std::move(inner), std::move(site.constant)}, where);
}

TreePtr Elaborator::scheme() {
    const FileScope& root = program_.root();
    const auto found = root.names.find("scheme");
    if (found == root.names.end()) {
        if (!root.complete) return nullptr;
        const std::size_t end = root.source->text().size();
        std::vector<std::string> names;
        for (const auto& [name, definition] : root.names)
            names.push_back(name);
        findings_.error(
            "T0104", {{root.source, end, end}, nullptr}, "nothing is called `scheme`: this file runs nothing",
            did_you_mean("scheme", names).empty()
                ? "say what runs, for example `scheme = init(net) >> feedback(rounds: 20) { ... }`"
                : did_you_mean("scheme", names));
        return nullptr;
    }
    Definition& definition = *found->second;
    const Where where{definition.name.span, nullptr};
    if (definition.is_def) {
        findings_.error("T0104", where, "`scheme` is a binding, not a `def`", "write `scheme = ...`");
        return nullptr;
    }
    definition.used = true;
    auto scope = std::make_shared<Scope>();
    scope->file = definition.file;
    scope->active = std::make_shared<const Active>(Active{&definition, nullptr});
    return scheme_of(definition.value, scope);
}

void Elaborator::check_unused(bool warn) {
    std::vector<Definition*> unused;
    for (const auto& definition : program_.definitions) {
        if (definition->file == &program_.root() && !definition->used && definition->name.text != "scheme") {
            unused.push_back(definition.get());
        }
    }
    unused_ = true;
    for (Definition* definition : unused) {
        if (definition->is_def) {
            mark_used(*definition->value, *definition->file);
            continue;
        }
        auto scope = std::make_shared<Scope>();
        scope->file = definition->file;
        scope->active = std::make_shared<const Active>(Active{definition, nullptr});
        evaluate(definition->value, scope);
    }
    unused_ = false;
    for (const Definition* definition : unused) {
        if (definition->used || !warn) continue;  // by another one that is not used
        findings_.add(Severity::warning, "T0901", {definition->name.span, nullptr},
                      "`" + definition->name.text + "` is not used");
    }
}

std::map<std::string, core::Constant> Elaborator::constants() {
    std::map<std::string, core::Constant> constants;
    const Findings::Silence silence(findings_);
    unused_ = true;
    for (const auto& [name, definition] : program_.root().names) {
        if (definition->is_def || name == "scheme") continue;
        auto scope = std::make_shared<Scope>();
        scope->file = definition->file;
        scope->active = std::make_shared<const Active>(Active{definition, nullptr});
        const std::size_t before = findings_.errors();
        Value value =
            definition->constant ? Value::of(*definition->constant) : evaluate(definition->value, scope);
        if (value.kind == Value::Kind::constant && before == findings_.errors()) {
            constants.emplace(name, std::move(value.constant));
        } else if (const auto* word = definition->value->as<ast::Reference>();
                   word != nullptr && value.kind == Value::Kind::broken) {
            constants.emplace(name, core::Constant{core::Symbol{word->name}});
        }
    }
    unused_ = false;
    return constants;
}

}  // namespace trama::lang
