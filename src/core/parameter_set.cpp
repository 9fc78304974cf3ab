#include "trama/core/parameter_set.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <unordered_set>

#include <fmt/format.h>
#include <sys/mman.h>

namespace trama::core {
namespace {

constexpr std::size_t small_alignment = 64;
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t largest_buffer = std::numeric_limits<std::ptrdiff_t>::max();

// Counting is all that these do, so no other memory operation is ordered by them.
std::atomic<std::uint64_t> copies{0};
std::atomic<std::uint64_t> allocations{0};

std::shared_ptr<std::byte[]> allocate(std::size_t bytes) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    const bool huge = bytes >= 2 * huge_page;
    const std::align_val_t alignment{huge ? huge_page : small_alignment};
    auto* memory = static_cast<std::byte*>(::operator new(std::max<std::size_t>(bytes, 1), alignment));
    if (huge) {
        // The first write to each of many small pages can cost more than all the arithmetic on a model.
        // Advice only: where it is not taken, everything works as before.
        ::madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
    }
    return {memory, [alignment](std::byte* pointer) { ::operator delete(pointer, alignment); }};
}

unsigned bit(DType type) {
    return 1U << static_cast<unsigned>(type);
}

std::size_t checked_bytes(const Entry& entry) {
    std::size_t bytes = size_of(entry.type);
    bool overflow = false;
    for (const auto extent : entry.shape) {
        if (extent < 0) {
            throw std::invalid_argument(fmt::format("tensor `{}` has the extent {}", entry.name, extent));
        }
        overflow = overflow || (extent > 0 && bytes > largest_buffer / static_cast<std::size_t>(extent));
        bytes = overflow ? 0 : bytes * static_cast<std::size_t>(extent);
        if (extent == 0) {
            return 0;
        }
    }
    if (overflow) {
        throw std::invalid_argument(fmt::format("tensor `{}` is larger than memory", entry.name));
    }
    return bytes;
}

template <class T, class Byte>
auto typed(const Layout& layout, Byte* data, DType type) {
    if (!layout.all(type)) {
        throw std::logic_error(
            fmt::format("a parameter set is read as {} but holds other types", to_text(type)));
    }
    return std::span<T>(reinterpret_cast<T*>(data), layout.bytes() / sizeof(T));
}

template <class T, class Byte>
auto slice(const Layout& layout, Byte* data, const Entry& entry) {
    if (entry.type != DType::f32) {
        throw std::logic_error(
            fmt::format("tensor `{}` of type {} is read as F32", entry.name, to_text(entry.type)));
    }
    if (entry.offset > layout.bytes() || entry.bytes() > layout.bytes() - entry.offset) {
        throw std::logic_error(fmt::format("tensor `{}` is not of this parameter set", entry.name));
    }
    return std::span<T>(reinterpret_cast<T*>(data + entry.offset),
                        static_cast<std::size_t>(entry.elements()));
}

}  // namespace

std::size_t size_of(DType type) {
    switch (type) {
        case DType::f32:
            return 4;
        case DType::f64:
        case DType::i64:
            return 8;
        case DType::u8:
            return 1;
    }
    throw std::logic_error("unknown tensor type");
}

std::string_view to_text(DType type) {
    switch (type) {
        case DType::f32:
            return "F32";
        case DType::f64:
            return "F64";
        case DType::i64:
            return "I64";
        case DType::u8:
            return "U8";
    }
    throw std::logic_error("unknown tensor type");
}

std::int64_t Entry::elements() const {
    if (std::ranges::find(shape, 0) != shape.end()) {
        return 0;  // whatever the other extents are: their product may not fit
    }
    std::int64_t product = 1;
    for (const auto extent : shape) {
        product *= extent;
    }
    return product;
}

std::size_t Entry::bytes() const {
    return static_cast<std::size_t>(elements()) * size_of(type);
}

Layout::Layout(std::vector<Entry> entries) : entries_(std::move(entries)) {
    std::unordered_set<std::string_view> names;
    for (const auto& entry : entries_) {
        if (!names.insert(entry.name).second) {
            throw std::invalid_argument(fmt::format("two tensors are called `{}`", entry.name));
        }
        types_ |= bit(entry.type);
    }
    // Wide types first: then every tensor is aligned without gaps.
    for (const auto type : {DType::f64, DType::i64, DType::f32, DType::u8}) {
        for (auto& entry : entries_) {
            if (entry.type == type) {
                const auto bytes = checked_bytes(entry);
                if (bytes > largest_buffer - bytes_) {
                    throw std::invalid_argument(fmt::format("tensor `{}` is larger than memory", entry.name));
                }
                entry.offset = bytes_;
                bytes_ += bytes;
            }
        }
    }
}

const Entry* Layout::find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found == entries_.end() ? nullptr : &*found;
}

bool Layout::all(DType type) const {
    return (types_ & ~bit(type)) == 0;
}

ParameterBuffer::ParameterBuffer(std::shared_ptr<const Layout> layout) : layout_(std::move(layout)) {
    if (!layout_) {
        throw std::invalid_argument("a parameter buffer needs a layout");
    }
    data_ = allocate(layout_->bytes());
}

std::span<std::byte> ParameterBuffer::bytes() {
    return {data_.get(), layout_->bytes()};
}

std::span<float> ParameterBuffer::floats() {
    return typed<float>(*layout_, data_.get(), DType::f32);
}

std::span<double> ParameterBuffer::doubles() {
    return typed<double>(*layout_, data_.get(), DType::f64);
}

std::span<float> ParameterBuffer::floats(const Entry& entry) {
    return slice<float>(*layout_, data_.get(), entry);
}

ParameterSet ParameterBuffer::freeze() && {
    ParameterSet set;
    set.layout_ = std::move(layout_);
    set.data_ = std::move(data_);
    return set;
}

ParameterSet::ParameterSet() {
    static const auto empty_layout = std::make_shared<const Layout>();
    layout_ = empty_layout;
}

std::span<const std::byte> ParameterSet::bytes() const {
    return {data_.get(), layout_->bytes()};
}

std::span<const float> ParameterSet::floats() const {
    return typed<const float>(*layout_, data_.get(), DType::f32);
}

std::span<const double> ParameterSet::doubles() const {
    return typed<const double>(*layout_, data_.get(), DType::f64);
}

std::span<const float> ParameterSet::floats(const Entry& entry) const {
    return slice<const float>(*layout_, data_.get(), entry);
}

ParameterBuffer ParameterSet::copy() const {
    ParameterBuffer buffer(layout_);
    copies.fetch_add(1, std::memory_order_relaxed);
    if (!empty()) {
        std::memcpy(buffer.bytes().data(), data_.get(), layout_->bytes());
    }
    return buffer;
}

bool operator==(const ParameterSet& a, const ParameterSet& b) {
    if (a.layout_ != b.layout_ && *a.layout_ != *b.layout_) {
        return false;
    }
    return a.data_ == b.data_ || a.empty() ||
           std::memcmp(a.data_.get(), b.data_.get(), a.layout_->bytes()) == 0;
}

namespace {

struct Piece {
    const ParameterSet* set;
    const Entry* entry;
};

ParameterSet copied(std::vector<Entry> entries, const std::vector<Piece>& pieces) {
    ParameterBuffer buffer(std::make_shared<const Layout>(std::move(entries)));
    const auto& placed = buffer.layout()->entries();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const auto& [set, entry] = pieces[i];
        if (entry->bytes() == 0) continue;
        std::memcpy(buffer.bytes().data() + placed[i].offset, set->bytes().data() + entry->offset,
                    entry->bytes());
    }
    return std::move(buffer).freeze();
}

}  // namespace

ParameterSet join(std::span<const Prefixed> sets) {
    std::vector<Entry> entries;
    std::vector<Piece> pieces;
    for (const auto& [prefix, set] : sets) {
        for (const auto& entry : set->layout().entries()) {
            entries.push_back(entry);
            entries.back().name = prefix + entry.name;
            pieces.push_back({set, &entry});
        }
    }
    return copied(std::move(entries), pieces);
}

ParameterSet part_of(const ParameterSet& joined, std::string_view prefix) {
    std::vector<Entry> entries;
    std::vector<Piece> pieces;
    for (const auto& entry : joined.layout().entries()) {
        if (!entry.name.starts_with(prefix)) continue;
        entries.push_back(entry);
        entries.back().name.erase(0, prefix.size());
        pieces.push_back({&joined, &entry});
    }
    return copied(std::move(entries), pieces);
}

BufferCounts buffer_counts() {
    return {copies.load(std::memory_order_relaxed), allocations.load(std::memory_order_relaxed)};
}

}  // namespace trama::core
