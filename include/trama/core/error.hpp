#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace trama::core {

/// What a caller can do about an error; it decides the exit code (see `exit_code`).
enum class ErrorKind {
    usage,        ///< the command line is wrong: exit 2
    scheme,       ///< the scheme is wrong: exit 3
    data,         ///< the scheme is right, files or data are not: exit 4
    run,          ///< the run failed: exit 5
    interrupted,  ///< the user stopped it: exit 130
};

/// An error that can happen in good weather: a file is bad, a peer is gone, a number diverged.
/// Bugs are exceptions instead, caught only where an actor or `main` ends.
struct Error {
    ErrorKind kind = ErrorKind::run;
    std::string message;  ///< one sentence without a full stop: what failed, with the actual values
    std::string where;    ///< file, actor path and round, ...; may be empty
    std::string hint;     ///< what the user can do; may be empty
};

template <class T>
using Result = tl::expected<T, Error>;

/// The process exit code of an error: 2, 3, 4, 5 or 130.
int exit_code(ErrorKind kind);

inline tl::unexpected<Error> fail(ErrorKind kind, std::string message, std::string where = {},
                                  std::string hint = {}) {
    return tl::unexpected<Error>(Error{kind, std::move(message), std::move(where), std::move(hint)});
}

}  // namespace trama::core
