#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lang/check/findings.hpp"
#include "trama/lang/scheme.hpp"

namespace trama::lang {

struct FileScope;

/// A top-level name: `name = value` or `def name(...) = value`.
struct Definition {
    ast::Name name;
    bool is_def = false;
    std::vector<ast::Name> parameters;
    ast::ExprPtr value;
    const FileScope* file = nullptr;
    bool used = false;
    bool ambiguous = false;  ///< there is another one of that name (reported)
    std::shared_ptr<const core::Constant>
        constant;  ///< its value once evaluated, if it is one without conditions
};

/// The names that one file sees: its own and those of the files it imports.
struct FileScope {
    SourcePtr source;
    std::string path;  ///< as found: the root's path, or relative to the same place
    std::string
        folder;  ///< where its paths start, relative to the root file's folder; empty for the same folder
    std::map<std::string, Definition*, std::less<>> names;
    std::vector<Span> errors;  ///< what the parser did not understand
    bool complete = true;      ///< false: syntax errors or a missing import may have hidden names
};

/// A file with everything it imports.
struct Program {
    std::vector<std::unique_ptr<FileScope>> files;  ///< the root first
    std::vector<std::unique_ptr<Definition>>
        definitions;  ///< imported ones before those of the importing file
    const FileScope& root() const { return *files.front(); }
    std::vector<SourcePtr> sources() const;
    /// One statement a line, imports first: what the scheme's hash is made from.
    std::string canonical() const;
};

Program load(const SourcePtr& source, const CheckOptions& options, Findings& findings);

/// The path that a relative one in a file in `folder` means.
std::string join_path(const std::string& folder, const std::string& path);
std::string parent_folder(const std::string& path);

}  // namespace trama::lang
