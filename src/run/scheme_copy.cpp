#include "run/scheme_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "run/paths.hpp"
#include "trama/lang/ast.hpp"

namespace trama::run {
namespace {

namespace fs = std::filesystem;
namespace ast = lang::ast;

struct Edit {
    std::size_t begin = 0, end = 0;
    std::string text;
};

std::string quoted(const std::string& text) {
    return core::to_text(core::Constant{text});
}

std::string apply(const std::string& text, std::vector<Edit> edits) {
    std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
    std::string out;
    std::size_t at = 0;
    for (const Edit& edit : edits) {
        if (edit.begin < at) continue;  // inside a value that --set replaced
        out.append(text, at, edit.begin - at).append(edit.text);
        at = edit.end;
    }
    return out.append(text, at);
}

/// Finds the string literals of a tree that stand for paths.
class Paths {
  public:
    Paths(const lang::Registry& registry, const std::set<fs::path>& paths, const fs::path& folder,
          std::vector<Edit>& edits)
        : registry_(registry), paths_(paths), folder_(folder), edits_(edits) {}

    /// `possible`: false where the signature says that a string is something else.
    void visit(const ast::ExprPtr& expr, bool possible = true) {
        if (!expr) return;
        if (const auto* literal = expr->as<ast::Literal>()) {
            if (!possible || literal->kind != ast::Literal::Kind::string) return;
            const auto path = resolve(folder_, literal->text);
            if (paths_.contains(path))
                edits_.push_back({expr->span.begin, expr->span.end, quoted(path.string())});
        } else if (const auto* call = expr->as<ast::Call>()) {
            const auto named = registry_.named(call->function.text);
            for (std::size_t i = 0; i < call->arguments.size(); ++i) {
                const auto possible_in = [&](const auto* signature) {
                    return may_be_path(*signature, call->arguments[i], i);
                };
                visit(call->arguments[i].value, named.empty() || std::ranges::any_of(named, possible_in));
            }
            visit(call->body);
        } else if (const auto* pipe = expr->as<ast::Pipe>()) {
            for (const auto& stage : pipe->stages)
                visit(stage);
        } else if (const auto* copies = expr->as<ast::Distribute>()) {
            for (const auto& branch : copies->branches)
                visit(branch);
            visit(copies->copies);
        } else if (const auto* place = expr->as<ast::Place>()) {
            visit(place->inner);
        } else if (const auto* list = expr->as<ast::ListExpr>()) {
            for (const auto& element : list->elements)
                visit(element, possible);
        } else if (const auto* index = expr->as<ast::Index>()) {
            visit(index->list, possible);
        } else if (const auto* parens = expr->as<ast::Parens>()) {
            visit(parens->inner, possible);
        }
    }

  private:
    static bool may_be_path(const lang::Signature& signature, const ast::Arg& argument,
                            std::size_t position) {
        const auto& all = signature.parameters;
        for (std::size_t i = 0; i < all.size(); ++i) {
            const bool meant = argument.name ? all[i].name == argument.name->text
                                             : i == position || (all[i].variadic && i < position);
            if (meant) return takes_path(all[i]);
        }
        return true;
    }

    const lang::Registry& registry_;
    const std::set<fs::path>& paths_;
    const fs::path& folder_;
    std::vector<Edit>& edits_;
};

}  // namespace

std::set<fs::path> paths_in(const network::Network& network, const lang::Registry& registry,
                            const fs::path& folder) {
    std::set<fs::path> paths;
    std::unordered_set<const core::Call*> seen;
    const auto add = [&](const std::shared_ptr<const core::Call>& call) {
        if (!call || !seen.insert(call.get()).second) return;
        for_each_path(*call, registry, [&](const std::string& path) { paths.insert(resolve(folder, path)); });
    };
    for (const auto& actor : network.actors) {
        add(actor.call);
        add(actor.block);
    }
    for (const auto& loop : network.loops)
        add(loop.call);
    return paths;
}

std::vector<CopiedFile> copy_scheme(const lang::Scheme& scheme, const lang::Registry& registry,
                                    const std::vector<std::pair<std::string, std::string>>& set,
                                    const std::set<fs::path>& paths) {
    const fs::path root = folder_of(*scheme.sources.front());
    std::map<fs::path, std::size_t> numbers;  // of the sources, by resolved path
    for (std::size_t i = 0; i < scheme.sources.size(); ++i)
        numbers.emplace(resolve({}, scheme.sources[i]->path()), i);
    const auto name_of = [&](std::size_t i) {
        const fs::path path(scheme.sources[i]->path());
        return i == 0 ? fs::path("scheme.trama")
                      : fs::path("imports") / fmt::format("{}-{}", i, path.filename().string());
    };

    std::vector<CopiedFile> copies;
    for (std::size_t i = 0; i < scheme.sources.size(); ++i) {
        const auto& source = scheme.sources[i];
        const fs::path folder = folder_of(*source);
        const ast::File file = lang::parse(source).file;
        std::vector<Edit> edits;
        Paths literals(registry, paths, folder, edits);
        for (const auto& statement : file.statements) {
            if (const auto* import = std::get_if<ast::Import>(&statement.node)) {
                const auto found = numbers.find(resolve(folder, import->path));
                if (found == numbers.end()) continue;
                const fs::path from = name_of(i).parent_path();
                edits.push_back(
                    {import->path_span.begin, import->path_span.end,
                     quoted(name_of(found->second).lexically_relative(from.empty() ? "." : from).string())});
            } else if (const auto* definition = std::get_if<ast::Definition>(&statement.node)) {
                literals.visit(definition->value);
            } else if (const auto* binding = std::get_if<ast::Binding>(&statement.node)) {
                const bool replaced = std::any_of(set.begin(), set.end(), [&](const auto& entry) {
                    return entry.first == binding->name.text;
                });
                const auto value = scheme.constants.find(binding->name.text);
                if (!replaced || value == scheme.constants.end()) {
                    literals.visit(binding->value);
                    continue;
                }
                const auto* text = value->second.as<std::string>();
                const auto path = text == nullptr ? fs::path() : resolve(root, *text);
                edits.push_back(
                    {binding->value->span.begin, binding->value->span.end,
                     paths.contains(path) ? quoted(path.string()) : core::to_text(value->second)});
            }
        }
        copies.push_back({name_of(i), apply(source->text(), std::move(edits))});
    }
    return copies;
}

}  // namespace trama::run
