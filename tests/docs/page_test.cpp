// What the other tests of this folder rest on: how a page is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "docs/page.hpp"

namespace trama::docs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Page, BlocksAndWhatIsAroundThem) {
    const auto page = parse("x.md",
                            "# A page: `code`, and more\n"
                            "See [here](y.md#part) and ![this](z.svg), not `[there](gone.md)`.\n"
                            "```trama fragment\n"
                            "a = 1\n"
                            "# [no](link)\n"
                            "```\n"
                            "## Part\n"
                            "## Part\n"
                            "| one | `two` |\n"
                            "```` ```cpp ```` is ``a ` b``\n");
    ASSERT_EQ(page.blocks.size(), 1U);
    EXPECT_THAT(page.blocks[0].info, ElementsAre("trama", "fragment"));
    EXPECT_EQ(page.blocks[0].text, "a = 1\n# [no](link)\n");
    EXPECT_EQ(page.blocks[0].line, 4U);
    EXPECT_THAT(page.links(), ElementsAre("y.md#part", "z.svg"));
    EXPECT_THAT(page.anchors, ElementsAre("a-page-code-and-more", "part", "part-1"));
    EXPECT_THAT(page.code, ElementsAre("code", "[there](gone.md)", "two", "```cpp", "a ` b"));
    EXPECT_THAT(page.row("one"), ElementsAre("one", "`two`"));
    EXPECT_THAT(page.row("two"), IsEmpty());
}

TEST(Page, Words) {
    EXPECT_THAT(words("trama run --set 'a=\"b c\"' x.trama  # what it does"),
                ElementsAre("trama", "run", "--set", "a=\"b c\"", "x.trama"));
    EXPECT_THAT(words("# nothing"), IsEmpty());
}

TEST(Page, ExcerptsAreFoundWhateverTheirIndentation) {
    const std::string code = "struct A {\n    int a;\n    int b;\n\n    int c;\n};\n";
    EXPECT_TRUE(occurs("int a;\nint b;\n", code));
    EXPECT_TRUE(occurs("struct A {\n  int a;\n  // ...\n  int c;\n};\n", code));
    EXPECT_FALSE(occurs("int a;\nint c;\n", code)) << "a line is left out";
    EXPECT_FALSE(occurs("int c;\n// ...\nint a;\n", code)) << "the order is another";
    EXPECT_FALSE(occurs("int a\n", code)) << "half a line";
    EXPECT_FALSE(occurs("\n", code));
}

}  // namespace
}  // namespace trama::docs
