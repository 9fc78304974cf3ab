#include <memory>

#include "golden/golden.hpp"
#include "support/same_tree.hpp"
#include "trama/lang/ast.hpp"

// golden/fmt: what `format` makes of a file.

namespace {

using trama::lang::format;
using trama::lang::parse;
using trama::lang::ParseResult;

std::string formatted(const trama::golden::Case& golden) {
    const ParseResult before = parse(golden.source());
    EXPECT_EQ(trama::lang::render(before.diagnostics), "");
    const std::string text = format(before.file);
    const ParseResult after = parse(std::make_shared<const trama::lang::Source>("formatted.trama", text));
    EXPECT_EQ(trama::lang::render(after.diagnostics), "") << text;
    EXPECT_TRUE(trama::test::same(before.file, after.file)) << text;
    EXPECT_EQ(before.file.comments.size(), after.file.comments.size());
    EXPECT_EQ(format(after.file), text) << "formatting again changes it";
    return text;
}

TRAMA_GOLDEN(fmt, formatted);

}  // namespace
