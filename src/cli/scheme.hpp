#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "trama/core/error.hpp"
#include "trama/lang/scheme.hpp"
#include "trama/learn/library.hpp"
#include "trama/run/run.hpp"

namespace trama::cli {

/// A scheme file, read and checked.
struct Loaded {
    std::unique_ptr<learn::Library> library =
        std::make_unique<learn::Library>();  ///< with all that is built in
    lang::SourcePtr source;
    lang::CheckResult checked;
};

/// Options that every command with a scheme takes: `--set`, `--max-actors`.
Option set_option();
Option max_actors_option();

/// `--set` and `--max-actors` as a run takes them. Errors: kind `usage`.
core::Result<run::Options> scheme_options(const Arguments& arguments);

/// Reads and checks a file (`-`: standard input). Errors: `usage`, or `data` when it cannot be read.
core::Result<Loaded> load(const std::string& path, const run::Options& options);

/// Prints findings on standard error; notes only where `notes` says so.
void print_findings(const std::vector<lang::Diagnostic>& findings, bool notes = true);

/// 0, 3 (the scheme is wrong) or 4 (only files or data are).
int exit_code_of(const std::vector<lang::Diagnostic>& findings);

/// Prints an error on standard error, as everything does, and gives its exit code.
int print_error(const core::Error& error);
int print_error(const core::Error& error, int exit_code);

/// To standard output, as it is.
void print(const std::string& text);

/// The same text, or its ASCII spelling where the locale of standard output is not UTF-8.
std::string for_stdout(const std::string& text);

}  // namespace trama::cli
