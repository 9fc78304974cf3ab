#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "trama/engine/engine.hpp"

namespace trama::engine {

struct Entry {
    std::string_view name;
    std::unique_ptr<Engine> (*make)();
};

/// What this build has, by name: src/engine/register.cmake writes it.
std::span<const Entry> engines();

}  // namespace trama::engine
