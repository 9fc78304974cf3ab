#include "run/machine.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string_view>
#include <thread>

namespace trama::run {
namespace {

/// The value of the first line that begins with one of the keys, in files of `key : value` or `key=value`
/// lines.
std::string look_up(const char* file, std::initializer_list<std::string_view> keys) {
    std::ifstream in(file);
    std::string line;
    while (std::getline(in, line)) {
        for (const auto key : keys) {
            if (!line.starts_with(key)) continue;
            const auto separator = line.find_first_of(":=");
            if (separator == std::string::npos ||
                line.find_last_not_of(" \t", separator - 1) + 1 != key.size())
                continue;
            const auto begin = line.find_first_not_of(" \t\"", separator + 1);
            if (begin == std::string::npos) continue;
            return line.substr(begin, line.find_last_not_of(" \t\"") + 1 - begin);
        }
    }
    return {};
}

}  // namespace

Machine machine() {
    Machine out;
    utsname names{};
    if (uname(&names) == 0) {
        out.architecture = names.machine;
        out.system = std::string(names.sysname) + " " + names.release;
    }
    // x86 has "model name", ARM and RISC-V kernels tell "Model", "uarch" or "isa".
    out.cpu = look_up("/proc/cpuinfo", {"model name", "Model", "uarch", "isa"});
    if (out.cpu.empty()) out.cpu = out.architecture;
    const std::string distribution = look_up("/etc/os-release", {"PRETTY_NAME"});
    if (!distribution.empty()) out.system = distribution + ", " + out.system;
    out.cores = usable_cores();
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long size = sysconf(_SC_PAGE_SIZE);
    if (pages > 0 && size > 0)
        out.memory = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
    return out;
}

unsigned usable_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return std::max(1U, static_cast<unsigned>(CPU_COUNT(&set)));
    return std::max(1U, std::thread::hardware_concurrency());
}

std::uint64_t peak_memory() {
    const std::string line = look_up("/proc/self/status", {"VmHWM"});
    if (line.empty()) return 0;
    return std::stoull(line) * 1024;  // the kernel writes kB and means KiB
}

}  // namespace trama::run
