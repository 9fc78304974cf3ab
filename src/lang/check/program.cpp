#include "lang/check/program.hpp"

#include <filesystem>
#include <utility>

namespace trama::lang {
namespace {

class Loader {
  public:
    Loader(Program& program, const CheckOptions& options, Findings& findings)
        : program_(program), options_(options), findings_(findings) {}

    FileScope* file(const SourcePtr& source, std::string path, std::string folder) {
        FileScope& scope = *program_.files.emplace_back(std::make_unique<FileScope>());
        scope.source = source;
        scope.path = std::move(path);
        scope.folder = std::move(folder);
        loaded_[scope.path] = &scope;
        active_.push_back(&scope);
        ParseResult parsed = parse(source, options_.limits);
        if (has_errors(parsed.diagnostics)) scope.complete = false;
        for (const Diagnostic& diagnostic : parsed.diagnostics)
            scope.errors.push_back(diagnostic.span);
        findings_.take(std::move(parsed.diagnostics));
        for (const ast::Statement& statement : parsed.file.statements) {
            if (const auto* binding = std::get_if<ast::Binding>(&statement.node)) {
                define(scope, binding->name, binding->value);
            } else if (const auto* definition = std::get_if<ast::Definition>(&statement.node)) {
                if (Definition* made = define(scope, definition->name, definition->value)) {
                    made->is_def = true;
                    made->parameters = definition->parameters;
                    check_parameters(*made);
                }
            } else if (const auto* import = std::get_if<ast::Import>(&statement.node)) {
                this->import(scope, *import);
            }
        }
        active_.pop_back();
        return &scope;
    }

  private:
    Definition* define(FileScope& scope, const ast::Name& name, const ast::ExprPtr& value) {
        if (name.text.empty()) return nullptr;
        auto made = std::make_unique<Definition>();
        made->name = name;
        made->value = value;
        made->file = &scope;
        Definition* definition = made.get();
        if (!enter(scope, *definition, {name.span, nullptr})) return nullptr;
        program_.definitions.push_back(std::move(made));
        return definition;
    }

    bool enter(FileScope& scope, Definition& definition, const Where& where) {
        const auto [found, fresh] = scope.names.emplace(definition.name.text, &definition);
        if (fresh || found->second == &definition) return true;
        found->second->ambiguous = true;
        auto& finding = findings_.error("T0102", where, "`" + definition.name.text + "` is defined twice");
        finding.related.push_back({found->second->name.span, "the first time here"});
        if (found->second->file != definition.file) {
            finding.related.push_back({definition.name.span, "and here"});
            if (where.span.begin == definition.name.span.begin &&
                where.span.source == definition.name.span.source) {
                finding.related.pop_back();
            }
        }
        finding.hint = "each name has one meaning: rename one of them";
        return false;
    }

    void check_parameters(const Definition& definition) {
        std::map<std::string, Span> seen;
        for (const ast::Name& name : definition.parameters) {
            const auto [found, fresh] = seen.emplace(name.text, name.span);
            if (fresh) continue;
            auto& finding =
                findings_.error("T0102", {name.span, nullptr},
                                "`" + definition.name.text + "` has the parameter `" + name.text + "` twice");
            finding.related.push_back({found->second, "the first time here"});
        }
    }

    void import(FileScope& scope, const ast::Import& import) {
        const Where where{import.path_span, nullptr};
        const std::string path = join_path(parent_folder(scope.path), import.path);
        const auto found = loaded_.find(path);
        FileScope* imported = found == loaded_.end() ? nullptr : found->second;
        for (const FileScope* at : active_) {
            if (imported == nullptr || at != imported) continue;
            findings_.error("T0704", where,
                            at == &scope
                                ? "`" + import.path + "` imports itself"
                                : "`" + import.path + "` is being imported already: it imports this file",
                            "move what both need into a third file");
            scope.complete = false;
            return;
        }
        if (imported == nullptr) {
            if (active_.size() >= options_.limits.depth) {
                findings_.error(
                    "T0803", where,
                    "imports nest deeper than " + std::to_string(options_.limits.depth) + " files");
                scope.complete = false;
                return;
            }
            const auto source = options_.read ? options_.read(path) : read_source(path);
            if (!source) {
                auto& finding =
                    findings_.error("T0703", where, "cannot import `" + path + "`: " + source.error().message,
                                    "paths are relative to the file that imports");
                finding.data = true;
                scope.complete = false;
                return;
            }
            imported = file(*source, path, join_path(scope.folder, parent_folder(import.path)));
        }
        if (!imported->complete) scope.complete = false;
        for (const auto& [name, definition] : imported->names) {
            if (name != "scheme") enter(scope, *definition, where);
        }
    }

    Program& program_;
    const CheckOptions& options_;
    Findings& findings_;
    std::map<std::string, FileScope*> loaded_;
    std::vector<const FileScope*> active_;
};

}  // namespace

std::vector<SourcePtr> Program::sources() const {
    std::vector<SourcePtr> all;
    for (const auto& file : files)
        all.push_back(file->source);
    return all;
}

std::string Program::canonical() const {
    std::string text;
    for (const auto& definition : definitions) {
        if (definition->file != &root() && definition->name.text == "scheme") continue;
        if (definition->is_def) text += "def ";
        text += definition->name.text;
        if (!definition->parameters.empty()) {
            text += "(";
            for (std::size_t i = 0; i < definition->parameters.size(); ++i) {
                text += (i > 0 ? ", " : "") + definition->parameters[i].text;
            }
            text += ")";
        }
        text += " = " + format(*definition->value) + "\n";
    }
    return text;
}

Program load(const SourcePtr& source, const CheckOptions& options, Findings& findings) {
    Program program;
    Loader(program, options, findings).file(source, source->path(), "");
    return program;
}

std::string join_path(const std::string& folder, const std::string& path) {
    const auto joined = (std::filesystem::path(folder) / path).lexically_normal().string();
    return joined == "." ? std::string() : joined;
}

std::string parent_folder(const std::string& path) {
    return std::filesystem::path(path).parent_path().string();
}

}  // namespace trama::lang
