#include "core/portable.hpp"

#include <bit>
#include <cstring>

#include "core/little_endian.hpp"

namespace trama::core {
namespace {

template <class T>
bool any_nan(std::span<const std::byte> bytes) {
    bool found = false;
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
        T value;
        std::memcpy(&value, bytes.data() + at, sizeof value);
        found |= value != value;
    }
    return found;
}

template <class T>
void unify_nans(std::span<std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
        T value;
        std::memcpy(&value, bytes.data() + at, sizeof value);
        value = one_nan(value);
        std::memcpy(bytes.data() + at, &value, sizeof value);
    }
}

bool holds_nan(const ParameterSet& set, const Entry& entry) {
    const auto bytes = set.bytes().subspan(entry.offset, entry.bytes());
    if (entry.type == DType::f32) return any_nan<float>(bytes);
    return entry.type == DType::f64 && any_nan<double>(bytes);
}

}  // namespace

std::span<const std::byte> portable_bytes(const ParameterSet& set, std::vector<std::byte>& changed) {
    const auto& entries = set.layout().entries();
    bool same = std::endian::native == std::endian::little;
    for (const auto& entry : entries)
        same = same && !holds_nan(set, entry);
    if (same) return set.bytes();
    changed.assign(set.bytes().begin(), set.bytes().end());
    for (const auto& entry : entries) {
        const auto bytes = std::span(changed).subspan(entry.offset, entry.bytes());
        if (entry.type == DType::f32) unify_nans<float>(bytes);
        if (entry.type == DType::f64) unify_nans<double>(bytes);
        swap_to_little_endian(bytes, size_of(entry.type));
    }
    return changed;
}

}  // namespace trama::core
