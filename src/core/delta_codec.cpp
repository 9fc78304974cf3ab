#include <bit>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "trama/core/delta.hpp"

/// version (1 byte), shape (1), coding of the values (1), elements (varint), then
///   Sparse:  how many (varint), the first index, and each gap less one (varints)
///   LowRank: how many tensors (varint), rows, columns and rank of each (varints)
/// and the values:
///   Floats, Halves, Bfloats: 4 or 2 bytes each
///   Levels: bits (1), bucket (varint), a scale (4) per bucket, the codes packed from the lowest bit
///   Signs:  scale (4), a bit each from the lowest, 1 for minus
/// A varint has 7 bits a byte, the lowest first; unused bits at the end are 0.
namespace trama::core {
namespace {

constexpr std::uint8_t version = 1;

class Writer {
  public:
    void byte(std::size_t value) { bytes.push_back(static_cast<std::byte>(value)); }
    void varint(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7)
            byte((value & 0x7fU) | 0x80U);
        byte(value);
    }
    void half(std::uint16_t value) {
        byte(value & 0xffU);
        byte(value >> 8U);
    }
    void real(float value) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        half(static_cast<std::uint16_t>(bits & 0xffffU));
        half(static_cast<std::uint16_t>(bits >> 16));
    }
    void pack(std::uint32_t value, unsigned width) {
        held_ |= std::uint64_t{value} << used_;
        for (used_ += width; used_ >= 8; used_ -= 8, held_ >>= 8)
            byte(held_ & 0xffU);
    }
    void flush() {
        if (used_ > 0) byte(held_ & 0xffU);
        held_ = used_ = 0;
    }
    std::vector<std::byte> bytes;

  private:
    std::uint64_t held_ = 0;
    unsigned used_ = 0;
};

/// Reads until something is wrong; from then on all reads give 0 and `good` is false.
class ByteReader {
  public:
    explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
    bool good() const { return good_; }
    std::size_t left() const { return bytes_.size() - at_; }
    void require(bool holds) { good_ = good_ && holds; }

    std::uint8_t byte() {
        require(left() > 0);
        return good_ ? static_cast<std::uint8_t>(bytes_[at_++]) : std::uint8_t{0};
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; good_; shift += 7) {
            const std::uint64_t part = byte();
            // One way to write each number: no more than 64 bits, no empty byte at the end.
            require(shift < 63 || (shift == 63 && part <= 1));
            if (!good_) break;
            value |= (part & 0x7fU) << shift;
            if (part < 0x80) {
                require(part != 0 || shift == 0);
                break;
            }
        }
        return good_ ? value : 0;
    }
    std::uint16_t half() {
        const unsigned low = byte();
        return static_cast<std::uint16_t>(low | unsigned{byte()} << 8U);
    }
    float real() {
        const std::uint32_t low = half();
        return std::bit_cast<float>(low | std::uint32_t{half()} << 16);
    }
    std::uint32_t unpack(unsigned width) {
        for (; good_ && used_ < width; used_ += 8)
            held_ |= std::uint64_t{byte()} << used_;
        if (!good_) return 0;
        const auto value = static_cast<std::uint32_t>(held_ & ((std::uint64_t{1} << width) - 1));
        held_ >>= width;
        used_ -= width;
        return value;
    }
    void end_of_bits() {
        require(held_ == 0);
        used_ = 0;
    }
    /// There are that many things of at least `bits` bits each: checked before memory is taken for them.
    void expect(std::uint64_t count, unsigned bits) { require(count <= std::uint64_t{left()} * 8 / bits); }

  private:
    std::span<const std::byte> bytes_;
    std::size_t at_ = 0;
    std::uint64_t held_ = 0;
    unsigned used_ = 0;
    bool good_ = true;
};

void require_fit(bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(fmt::format("an encoded delta with {}", what));
}

void write(Writer& out, const Delta::Dense&, const Delta&) {
    out.bytes.reserve(16);
}

void write(Writer& out, const Delta::Sparse& sparse, const Delta& delta) {
    require_fit(delta.elements <= std::uint64_t{1} << 32, "more elements than an index can name");
    out.varint(sparse.indices.size());
    std::uint64_t next = 0;  // the least index that may come
    for (const auto index : sparse.indices) {
        require_fit(index >= next && index < delta.elements, "indices that do not ascend, or beyond the end");
        out.varint(index - next);
        next = std::uint64_t{index} + 1;
    }
}

void write(Writer& out, const Delta::LowRank& low, const Delta& delta) {
    out.varint(low.tensors.size());
    std::uint64_t elements = 0;
    for (const auto& tensor : low.tensors) {
        out.varint(tensor.rows);
        out.varint(tensor.columns);
        out.varint(tensor.rank);
        elements += tensor.elements();
    }
    require_fit(elements == delta.elements, "other tensors than elements");
}

std::size_t write(Writer& out, const Delta::Floats& plain) {
    for (const auto value : plain.values)
        out.real(value);
    return plain.values.size();
}

std::size_t write(Writer& out, const std::vector<std::uint16_t>& bits) {
    for (const auto value : bits)
        out.half(value);
    return bits.size();
}

std::size_t write(Writer& out, const Delta::Halves& halves) {
    return write(out, halves.bits);
}

std::size_t write(Writer& out, const Delta::Bfloats& bfloats) {
    return write(out, bfloats.bits);
}

std::size_t write(Writer& out, const Delta::Levels& levels) {
    require_fit(levels.bits >= 2 && levels.bits <= 16 && levels.bucket > 0, "levels of no width");
    const auto count = levels.codes.size();
    require_fit(levels.scales.size() == count / levels.bucket + (count % levels.bucket != 0 ? 1 : 0),
                "not one scale per bucket");
    out.byte(levels.bits);
    out.varint(levels.bucket);
    for (const auto scale : levels.scales)
        out.real(scale);
    for (const auto code : levels.codes) {
        require_fit(code <= 2 * levels.steps(), "a code beyond its levels");
        out.pack(code, levels.bits);
    }
    out.flush();
    return count;
}

std::size_t write(Writer& out, const Delta::Signs& signs) {
    out.real(signs.scale);
    for (const bool negative : signs.negative)
        out.pack(negative ? 1 : 0, 1);
    out.flush();
    return signs.negative.size();
}

Delta::Sparse read_sparse(ByteReader& in, std::uint64_t elements) {
    const auto count = in.varint();
    in.expect(count, 8);
    in.require(count <= elements && elements <= std::uint64_t{1} << 32);
    Delta::Sparse sparse;
    if (!in.good()) return sparse;
    sparse.indices.reserve(count);
    std::uint64_t next = 0;
    for (std::uint64_t i = 0; i < count && in.good(); ++i) {
        const auto gap = in.varint();
        in.require(gap < elements - next);
        sparse.indices.push_back(static_cast<std::uint32_t>(next + gap));
        next += gap + 1;
    }
    return sparse;
}

Delta::LowRank read_low_rank(ByteReader& in, std::uint64_t elements) {
    const auto count = in.varint();
    in.expect(count, 24);
    Delta::LowRank low;
    std::uint64_t left = elements;
    std::uint64_t values = 0;
    for (std::uint64_t i = 0; i < count && in.good(); ++i) {
        Delta::Factors tensor;
        tensor.rows = in.varint();
        tensor.columns = in.varint();
        tensor.rank = in.varint();
        // Products below are checked by division, so that none overflows.
        constexpr std::uint64_t most = std::uint64_t{1} << 40;
        in.require(tensor.rows < most && tensor.columns < most && tensor.rank < most);
        in.require(tensor.rows == 0 || tensor.columns <= left / tensor.rows);
        in.require(tensor.rank == 0 || tensor.rows + tensor.columns <= most / tensor.rank);
        if (!in.good()) break;
        left -= tensor.elements();
        values += tensor.values();
        in.expect(values, 1);
        low.tensors.push_back(tensor);
    }
    in.require(left == 0);
    return low;
}

std::vector<std::uint16_t> read_halves(ByteReader& in, std::uint64_t count) {
    in.expect(count, 16);
    std::vector<std::uint16_t> bits;
    for (std::uint64_t i = 0; i < count && in.good(); ++i)
        bits.push_back(in.half());
    return bits;
}

Delta::Floats read_floats(ByteReader& in, std::uint64_t count) {
    in.expect(count, 32);
    Delta::Floats plain;
    for (std::uint64_t i = 0; i < count && in.good(); ++i)
        plain.values.push_back(in.real());
    return plain;
}

Delta::Levels read_levels(ByteReader& in, std::uint64_t count) {
    Delta::Levels levels;
    levels.bits = in.byte();
    levels.bucket = in.varint();
    in.require(levels.bits >= 2 && levels.bits <= 16 && levels.bucket > 0);
    if (!in.good()) return levels;
    in.expect(count, levels.bits);
    const auto buckets = count / levels.bucket + (count % levels.bucket != 0 ? 1 : 0);
    for (std::uint64_t i = 0; i < buckets && in.good(); ++i)
        levels.scales.push_back(in.real());
    in.expect(count, levels.bits);
    for (std::uint64_t i = 0; i < count && in.good(); ++i) {
        levels.codes.push_back(static_cast<std::uint16_t>(in.unpack(levels.bits)));
        in.require(levels.codes.back() <= 2 * levels.steps());
    }
    in.end_of_bits();
    return levels;
}

Delta::Signs read_signs(ByteReader& in, std::uint64_t count) {
    Delta::Signs signs;
    signs.scale = in.real();
    in.expect(count, 1);
    for (std::uint64_t i = 0; i < count && in.good(); ++i)
        signs.negative.push_back(in.unpack(1) != 0);
    in.end_of_bits();
    return signs;
}

}  // namespace

Encoded encode(const Delta& delta) {
    Writer out;
    out.byte(version);
    out.byte(delta.shape.index());
    out.byte(delta.values.index());
    out.varint(delta.elements);
    std::visit([&](const auto& shape) { write(out, shape, delta); }, delta.shape);
    const auto written = std::visit([&](const auto& values) { return write(out, values); }, delta.values);
    require_fit(written == delta.count(), "another number of values than its shape has");
    return {std::move(out.bytes)};
}

Result<Delta> decode(std::span<const std::byte> bytes) {
    ByteReader in(bytes);
    const auto written_by = in.byte();
    if (in.good() && written_by != version) {
        return fail(ErrorKind::run, fmt::format("an encoded delta of version {}, and this build reads {}",
                                                written_by, version));
    }
    const auto shape = in.byte();
    const auto values = in.byte();
    Delta delta;
    delta.elements = in.varint();
    in.require(shape <= 2 && values <= 4);
    if (shape == 1) delta.shape = read_sparse(in, delta.elements);
    if (shape == 2) delta.shape = read_low_rank(in, delta.elements);
    const auto count = in.good() ? delta.count() : 0;
    if (values == 0) delta.values = read_floats(in, count);
    if (values == 1) delta.values = Delta::Halves{read_halves(in, count)};
    if (values == 2) delta.values = Delta::Bfloats{read_halves(in, count)};
    if (values == 3) delta.values = read_levels(in, count);
    if (values == 4) delta.values = read_signs(in, count);
    if (!in.good() || in.left() != 0) {
        return fail(ErrorKind::run,
                    fmt::format("these {} bytes are no encoded delta: cut short or damaged", bytes.size()));
    }
    return delta;
}

}  // namespace trama::core
