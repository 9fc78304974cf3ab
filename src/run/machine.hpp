#pragma once

#include <cstdint>
#include <string>

namespace trama::run {

/// The computer that a run happened on, as far as its numbers may depend on it.
struct Machine {
    std::string cpu;           ///< "AMD EPYC 7B13"; the instruction set's name where the system tells no more
    std::string architecture;  ///< "x86_64"
    std::string system;        ///< "Debian GNU/Linux 12 (bookworm), Linux 6.1.0"
    unsigned cores = 1;        ///< that this process may use
    std::uint64_t memory = 0;  ///< bytes
};
Machine machine();

/// Cores that this process may use (its affinity mask), at least 1.
unsigned usable_cores();

/// The most memory that this process has had resident so far, in bytes; 0 when the system does not say.
std::uint64_t peak_memory();

}  // namespace trama::run
