// What docs/privacy.md says that its schemes give is what `trama check` says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/page.hpp"
#include "support/process.hpp"

namespace trama::docs {
namespace {

TEST(PrivacyPage, ShowsWhatCheckSays) {
    const auto page = read("docs/privacy.md");
    const test::TemporaryFolder folder;
    int schemes = 0;
    for (const auto& block : page.blocks) {
        if (!block.is("trama")) continue;
        const auto checked = test::trama({"check", folder.write("shown.trama", block.text)});
        const auto at = checked.out.find("privacy: epsilon ");
        ASSERT_NE(at, std::string::npos) << checked.out << checked.err;
        EXPECT_THAT(page.text, testing::HasSubstr("\n" + checked.out.substr(at)));
        ++schemes;
    }
    EXPECT_EQ(schemes, 2);
}

}  // namespace
}  // namespace trama::docs
