#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "trama/core/error.hpp"
#include "trama/core/model.hpp"

namespace trama::core {

/// What an update changes, made smaller to travel: where its values stand (`shape`), and how each is written
/// (`values`). The two are independent, so that what chooses entries and what rounds them can follow each
/// other.
struct Delta {
    /// Every element has a value.
    struct Dense {
        friend bool operator==(const Dense&, const Dense&) = default;
    };
    /// Only these elements have one, the others are 0; ascending.
    struct Sparse {
        std::vector<std::uint32_t> indices;
        friend bool operator==(const Sparse&, const Sparse&) = default;
    };
    /// A tensor of rows × columns elements as P·Qᵀ: the values are P (rows × rank), then Q (columns × rank),
    /// both row-major. With rank 0 the values are its elements.
    struct Factors {
        std::uint64_t rows = 0, columns = 0, rank = 0;
        std::uint64_t elements() const { return rows * columns; }
        std::uint64_t values() const { return rank == 0 ? elements() : (rows + columns) * rank; }
        friend bool operator==(const Factors&, const Factors&) = default;
    };
    /// Tensor after tensor.
    struct LowRank {
        std::vector<Factors> tensors;
        friend bool operator==(const LowRank&, const LowRank&) = default;
    };

    struct Floats {
        std::vector<float> values;
    };
    struct Halves {  ///< IEEE binary16
        std::vector<std::uint16_t> bits;
    };
    struct Bfloats {  ///< bfloat16
        std::vector<std::uint16_t> bits;
    };
    /// Each bucket of neighbouring values has a scale; a value is scale × (code − s) / s with s = 2^(bits−1)
    /// − 1 and a code from 0 to 2s.
    struct Levels {
        unsigned bits = 8;         ///< 2 to 16
        std::uint64_t bucket = 1;  ///< values that share a scale; the last bucket may have fewer
        std::vector<float> scales;
        std::vector<std::uint16_t> codes;
        unsigned steps() const { return (1U << (bits - 1)) - 1; }  ///< s
    };
    struct Signs {  ///< ±scale
        float scale = 0;
        std::vector<bool> negative;
    };

    std::uint64_t elements = 0;  ///< of the whole delta; below 2^32 when Sparse
    std::variant<Dense, Sparse, LowRank> shape;
    std::variant<Floats, Halves, Bfloats, Levels, Signs> values;

    /// How many values the shape asks for.
    std::uint64_t count() const;
    /// The values as floats, in the order of the shape.
    std::vector<float> floats() const;
    /// All elements, the left out ones 0; products are summed in double and rounded once.
    std::vector<float> dense() const;
};

/// The bytes that travel: a version, the shape, the values; little-endian, whatever the machine. Indices are
/// written as gaps. Throws std::invalid_argument when shape and values do not fit each other.
Encoded encode(const Delta& delta);

/// The delta behind these bytes; each delta has one encoding, and nothing else is accepted. Never allocates
/// more than a small multiple of `bytes`. Errors: kind `run` (cut short, another version, not an encoding).
Result<Delta> decode(std::span<const std::byte> bytes);

/// base + delta, each element rounded once: what the receiver makes of an encoded update. Errors: kind `run`
/// when the delta has not as many elements as the base, or the base is not all F32.
Result<ParameterSet> add(const ParameterSet& base, const Delta& delta);

/// The update as if it had begun at that base: what it changes of its own one, added there; each element is
/// computed in double and rounded once. Buffers and all else stay. It is left as it is where the three are
/// not F32 laid out alike, or it has no base.
Update moved_to(const Update& update, const std::shared_ptr<const Model>& base);

}  // namespace trama::core
