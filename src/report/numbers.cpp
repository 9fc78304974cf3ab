#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "trama/report/text.hpp"

namespace trama::report {

std::string seconds(double value) {
    if (!(value >= 0)) return "?";
    if (value < 0.0995) return fmt::format("{:.{}f} ms", value * 1000, value < 0.00995 ? 1 : 0);
    if (value < 9.95) return fmt::format("{:.{}f} s", value, value < 0.995 ? 2 : 1);
    if (value < 59.5) return fmt::format("{:.0f} s", value);
    const auto whole = static_cast<std::uint64_t>(std::llround(value));
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

std::string bytes(std::uint64_t value) {
    if (value < 1000) return fmt::format("{} B", value);
    static constexpr std::array<const char*, 5> units{"kB", "MB", "GB", "TB", "PB"};
    double scaled = static_cast<double>(value) / 1000;
    std::size_t unit = 0;
    while (scaled >= 999.5 && unit + 1 < units.size()) {
        scaled /= 1000;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", scaled, scaled < 9.95 ? 1 : 0, units[unit]);
}

std::string number(double value) {
    if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    const double size = std::fabs(value);
    if (size != 0 && (size < 1e-3 || size >= 1e6)) return fmt::format("{:.2e}", value);
    if (size >= 1000) return fmt::format("{:.1f}", value);
    return fmt::format("{:.4f}", value);
}

std::string share(double value) {
    return fmt::format("{:.1f} %", value * 100);
}

std::string bar(double part, std::size_t size, bool utf8) {
    const auto full = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * static_cast<double>(size));
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        if (utf8)
            text += i < full ? "━" : "─";
        else
            text += i < full ? "=" : ".";
    }
    return text;
}

}  // namespace trama::report
