#pragma once

#include <memory>
#include <string>

#include "trama/lang/source.hpp"

namespace trama::lang {

/// A `def` that is being expanded, and by which call; `outer` is the expansion that this call stands in.
struct Expansion {
    std::string name;
    Span call;
    std::shared_ptr<const Expansion> outer;
};
using ExpansionPtr = std::shared_ptr<const Expansion>;

/// A piece of text, and how the checker came there.
struct Where {
    Span span;
    ExpansionPtr expansion;
};

}  // namespace trama::lang
