#include <regex>

#include <gtest/gtest.h>

#include "support.hpp"

namespace trama::test {
namespace {

TEST(Library, FingerprintNamesLibtorchItsLibrariesAndKernels) {
    const std::string fingerprint = backend().fingerprint();
    EXPECT_TRUE(std::regex_match(
        fingerprint, std::regex("libtorch [0-9]+\\.[0-9]+[^,]*, (oneDNN [0-9.]+|no oneDNN), [^,]+, [^,]+")))
        << fingerprint;
    if (backend().fast_blas()) {
        EXPECT_EQ(fingerprint.find("BLAS lib"), std::string::npos) << fingerprint;
    }
}

TEST(Library, OtherInterfaceVersionsAreRefused) {
    ASSERT_TRUE(learn::load_backend().has_value());
    EXPECT_FALSE(learn::load_backend("/nowhere/trama_torch.so").has_value());
}

}  // namespace
}  // namespace trama::test
