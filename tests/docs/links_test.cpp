// Links, pictures and files that pages name are there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "docs/page.hpp"
#include "support/process.hpp"

namespace trama::docs {
namespace {

namespace fs = std::filesystem;

/// Why a link of a page leads nowhere; empty when it leads somewhere, or out of here.
std::string fault(const Page& page, const std::string& link) {
    if (link.find("://") != std::string::npos || link.starts_with("mailto:")) return {};
    const auto sign = link.find('#');
    const auto file = link.substr(0, sign);
    const auto target =
        file.empty() ? fs::path(page.name) : (fs::path(page.name).parent_path() / file).lexically_normal();
    if (!fs::exists(root() / target)) return "there is no " + target.string();
    if (sign == std::string::npos) return {};
    const auto anchor = link.substr(sign + 1);
    if (read(target.string()).anchors.contains(anchor)) return {};
    return target.string() + " has no heading #" + anchor;
}

class Links : public testing::TestWithParam<std::string> {};

TEST_P(Links, LeadSomewhere) {
    const auto page = read(GetParam());
    ASSERT_FALSE(page.text.empty());
    for (const auto& link : page.links())
        EXPECT_EQ(fault(page, link), "") << link;
}

TEST_P(Links, FilesThatAreNamedAreThere) {
    static const std::regex file(
        R"((src|include|tests|docs|examples|scripts|cmake|data|bench|editors|\.ci)/[\w./-]*)");
    for (const auto& code : read(GetParam()).code) {
        // What the reader is to make is not there.
        if (!std::regex_match(code, file) || code.find("capped_mean") != std::string::npos) continue;
        if (code.starts_with("data/mnist")) continue;  // not part of this repository
        EXPECT_TRUE(fs::exists(root() / code)) << code;
    }
}

INSTANTIATE_TEST_SUITE_P(Pages, Links, testing::ValuesIn(pages()),
                         [](const auto& info) { return name_of(info.param); });

TEST(Link, FaultsAreFound) {
    const auto page = parse("docs/x.md", "# Here\n");
    EXPECT_EQ(fault(page, "tutorial.md"), "");
    EXPECT_EQ(fault(page, "../README.md#exit-codes"), "");
    EXPECT_EQ(fault(page, "gone.md"), "there is no docs/gone.md");
    EXPECT_EQ(fault(page, "reference.md#gone"), "docs/reference.md has no heading #gone");
    EXPECT_EQ(fault(page, "https://example.org/gone"), "");
}

TEST(Readme, LeadsToEveryPage) {
    const auto links = read("README.md").links();
    for (const auto& name : pages()) {
        if (name != "README.md") {
            EXPECT_THAT(links, testing::Contains(name));
        }
    }
}

/// The words in the boxes of a picture: what `label="..."` says, and names without a label.
std::set<std::string> labels_of(const std::string& dot) {
    static const std::regex label("label=\"([^\"]*)\"");
    std::set<std::string> all;
    for (std::sregex_iterator at(dot.begin(), dot.end(), label), end; at != end; ++at) {
        auto text = (*at)[1].str();
        for (std::size_t line = 0; (line = text.find("\\n")) != std::string::npos;)
            text.replace(line, 2, "\n");
        for (const auto& line : split(text, '\n'))
            all.insert(line);
    }
    return all;
}

std::set<std::string> texts_of(const std::string& svg) {
    static const std::regex text("<text[^>]*>([^<]*)</text>");
    std::set<std::string> all;
    for (std::sregex_iterator at(svg.begin(), svg.end(), text), end; at != end; ++at) {
        auto found = std::regex_replace((*at)[1].str(), std::regex("&#160;"), " ");
        all.insert(std::regex_replace(found, std::regex("&#45;"), "-"));
    }
    return all;
}

TEST(Pictures, OfInternalsIsDrawnFromItsSource) {
    const auto labels = labels_of(test::read_file(root() / "docs/images/token.dot"));
    const auto texts = texts_of(test::read_file(root() / "docs/images/token.svg"));
    EXPECT_GE(labels.size(), 20U);
    for (const auto& label : labels)
        EXPECT_THAT(texts, testing::Contains(label))
            << "dot -Tsvg docs/images/token.dot -o docs/images/token.svg";
}

TEST(Pictures, OfTheReadmeShowsItsScheme) {
    const auto page = read("README.md");
    const auto scheme =
        std::ranges::find_if(page.blocks, [](const Block& block) { return block.is("trama"); });
    ASSERT_NE(scheme, page.blocks.end());
    const auto shown = test::trama(test::Start{.arguments = {"show", "--dot", "-"}, .input = scheme->text});
    ASSERT_EQ(shown.code, 0) << shown.err;
    const auto labels = labels_of(shown.out);
    const auto texts = texts_of(test::read_file(root() / "docs/images/fedavg.svg"));
    EXPECT_EQ(labels, texts) << "trama show --svg --out docs/images/fedavg.svg FILE";
}

}  // namespace
}  // namespace trama::docs
