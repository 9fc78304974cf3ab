#include "trama/core/hash.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/little_endian.hpp"
#include "core/portable.hpp"

namespace trama::core {

struct Sha256::State {
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL gives no SHA-256");
    }
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::add(std::span<const std::byte> bytes) {
    if (!state_) {
        throw std::logic_error("a SHA-256 is added to after its end");
    }
    if (EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) != 1) {
        throw std::runtime_error("SHA-256 failed");
    }
    return *this;
}

Sha256& Sha256::add(std::string_view text) {
    return add(std::as_bytes(std::span(text)));
}

std::array<std::byte, 32> Sha256::digest() {
    std::array<std::byte, 32> result{};
    if (!state_) {
        throw std::logic_error("a SHA-256 is ended twice");
    }
    if (EVP_DigestFinal_ex(state_->context.get(), reinterpret_cast<unsigned char*>(result.data()), nullptr) !=
        1) {
        throw std::runtime_error("SHA-256 failed");
    }
    state_.reset();
    return result;
}

std::string Sha256::hex() {
    std::string text;
    for (const auto byte : digest()) {
        text += fmt::format("{:02x}", static_cast<unsigned>(byte));
    }
    return text;
}

std::string sha256(std::string_view text) {
    return Sha256().add(text).hex();
}

std::string model_hash(const Model& model) {
    Sha256 hash;
    const auto add_number = [&](std::uint64_t number) { hash.add(to_little_endian(number)); };
    const auto add_text = [&](std::string_view text) {
        add_number(text.size());
        hash.add(text);
    };
    const auto add_set = [&](const std::string& prefix, const ParameterSet& set) {
        std::vector<const Entry*> entries;
        for (const auto& entry : set.layout().entries()) {
            entries.push_back(&entry);
        }
        std::ranges::sort(entries, {}, &Entry::name);
        std::vector<std::byte> changed;
        const auto bytes = portable_bytes(set, changed);
        for (const auto* entry : entries) {
            add_text(prefix + entry->name);
            add_text(to_text(entry->type));
            add_number(entry->shape.size());
            for (const auto extent : entry->shape) {
                add_number(static_cast<std::uint64_t>(extent));
            }
            hash.add(bytes.subspan(entry->offset, entry->bytes()));
        }
    };
    add_set("", model.params);
    add_set("", model.buffers);
    for (const auto& [name, set] : model.extra) {
        add_set(name + ".", set);
    }
    return hash.hex();
}

}  // namespace trama::core
