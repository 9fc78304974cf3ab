#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trama/core/error.hpp"

namespace trama::core {

enum class DType : std::uint8_t { f32, f64, i64, u8 };

std::size_t size_of(DType type);
std::string_view to_text(DType type);  ///< safetensors names: F32, F64, I64, U8

/// One named tensor: row-major, at `offset` bytes from the start of the buffer.
struct Entry {
    std::string name;
    DType type = DType::f32;
    std::vector<std::int64_t> shape;
    std::size_t offset = 0;

    std::int64_t elements() const;
    std::size_t bytes() const;
    friend bool operator==(const Entry&, const Entry&) = default;
};

/// Where each tensor of a set lies. Entries keep the order in which they were given and are packed without
/// gaps per type, so that a set of one type is one plain array (`floats()` spans all of it).
class Layout {
  public:
    Layout() = default;
    explicit Layout(std::vector<Entry> entries);  ///< offsets are computed; names must be unique (throws)

    const std::vector<Entry>& entries() const { return entries_; }
    const Entry* find(std::string_view name) const;
    std::size_t bytes() const { return bytes_; }
    /// True when every entry is of that type (or there is none).
    bool all(DType type) const;
    friend bool operator==(const Layout& a, const Layout& b) { return a.entries_ == b.entries_; }

  private:
    std::vector<Entry> entries_;
    std::size_t bytes_ = 0;
    unsigned types_ = 0;  // bit set of the types that occur
};

class ParameterSet;

/// The one writable owner of a buffer (64-byte aligned, uninitialised). Move-only; `freeze` gives it up to an
/// immutable, shareable ParameterSet without a copy.
class ParameterBuffer {
  public:
    explicit ParameterBuffer(std::shared_ptr<const Layout> layout);
    ParameterBuffer(ParameterBuffer&&) noexcept = default;
    ParameterBuffer& operator=(ParameterBuffer&&) noexcept = default;

    const std::shared_ptr<const Layout>& layout() const { return layout_; }
    std::span<std::byte> bytes();
    std::span<float> floats();    ///< the whole buffer; precondition: all f32
    std::span<double> doubles();  ///< the whole buffer; precondition: all f64
    std::span<float> floats(const Entry& entry);
    ParameterSet freeze() &&;

  private:
    std::shared_ptr<const Layout> layout_;
    std::shared_ptr<std::byte[]> data_;
};

/// Named tensors in one contiguous immutable buffer. Copying shares the buffer; nothing writes to it after
/// `freeze`.
class ParameterSet {
  public:
    ParameterSet();  ///< empty layout, no bytes

    const Layout& layout() const { return *layout_; }
    const std::shared_ptr<const Layout>& shared_layout() const { return layout_; }
    std::span<const std::byte> bytes() const;
    std::span<const float> floats() const;    ///< the whole buffer; precondition: all f32
    std::span<const double> doubles() const;  ///< the whole buffer; precondition: all f64
    std::span<const float> floats(const Entry& entry) const;
    bool empty() const { return layout_->bytes() == 0; }

    /// A writable copy: the only place where a model-sized buffer is copied; counted by `buffer_copies`.
    ParameterBuffer copy() const;

    /// Same layout and same bytes.
    friend bool operator==(const ParameterSet& a, const ParameterSet& b);

  private:
    friend class ParameterBuffer;
    std::shared_ptr<const Layout> layout_;
    std::shared_ptr<const std::byte[]> data_;
};

/// A set that is part of another one there, its names with that prefix.
struct Prefixed {
    std::string prefix;
    const ParameterSet* set = nullptr;
};
/// One set of all tensors, in order; copies them. Names must be unique (throws).
ParameterSet join(std::span<const Prefixed> sets);
/// The tensors whose names begin with the prefix, without it; copies them.
ParameterSet part_of(const ParameterSet& joined, std::string_view prefix);

/// How many buffers this process has copied and allocated so far (tests and `summary.json`).
struct BufferCounts {
    std::uint64_t copies = 0;
    std::uint64_t allocations = 0;
};
BufferCounts buffer_counts();

}  // namespace trama::core
