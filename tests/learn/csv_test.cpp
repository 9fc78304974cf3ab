#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>

#include "support.hpp"

namespace trama {
namespace {

using test::Bench;
using test::Folder;
using testing::ElementsAre;
using testing::HasSubstr;

struct CsvFolder : Folder {
    core::Call call(const std::string& content, test::Arguments more = {}) const {
        more.insert(more.begin(), {"file", test::text(write("table.csv", content).string())});
        return test::call(test::builtins(), "csv", more);
    }
    core::Result<std::shared_ptr<const learn::Dataset>> read(const std::string& content,
                                                             test::Arguments more = {}) const {
        Bench bench;
        return bench.resources.data(call(content, std::move(more)));
    }
    std::string error(const std::string& content, test::Arguments more = {}) const {
        auto data = read(content, std::move(more));
        if (data) return "no error";
        EXPECT_EQ(data.error().kind, core::ErrorKind::data);
        EXPECT_THAT(data.error().message, HasSubstr((path / "table.csv").string()));
        return data.error().message.substr(data.error().message.find("` ") + 2);
    }
};

/// All rows, in no order: features, then the label.
std::multiset<std::vector<float>> rows(const learn::Dataset& data) {
    std::multiset<std::vector<float>> all;
    auto features = static_cast<std::size_t>(data.features());
    for (const auto* side : {&data.train, &data.test}) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(side->count); ++i) {
            std::vector<float> row(side->floats.begin() + static_cast<std::ptrdiff_t>(i * features),
                                   side->floats.begin() + static_cast<std::ptrdiff_t>((i + 1) * features));
            row.push_back(side->labels.empty() ? side->targets[i] : static_cast<float>(side->labels[i]));
            all.insert(row);
        }
    }
    return all;
}

TEST(Csv, HeaderAndWordsAsClasses) {
    CsvFolder folder;
    auto data =
        folder.read("height,width,kind\n1,2,pear\n3,4,apple\n5,6,pear\n", {{"label", test::text("kind")}});
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->shape, ElementsAre(2));
    EXPECT_EQ((*data)->classes, 2);
    EXPECT_THAT((*data)->class_names, ElementsAre("apple", "pear"));
    EXPECT_EQ(rows(**data), (std::multiset<std::vector<float>>{{1, 2, 1}, {3, 4, 0}, {5, 6, 1}}));
    EXPECT_EQ((*data)->test.count, 1);
}

TEST(Csv, NoHeaderIntegersAreClassesInTheOrderOfNumbers) {
    CsvFolder folder;
    auto data = folder.read("10,0.5,1\n9,1.5,2\n-1,2.5,3\n", {{"label", test::number(0)}});
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->class_names, ElementsAre("-1", "9", "10"));
    EXPECT_EQ(rows(**data), (std::multiset<std::vector<float>>{{0.5, 1, 2}, {1.5, 2, 1}, {2.5, 3, 0}}));
}

TEST(Csv, IntegersBeyondAnyNumberAreWords) {
    CsvFolder folder;
    const std::string nines(400, '9'), eights(401, '8');
    auto data = folder.read("1," + nines + "\n2," + eights + "\n3,7\n");
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->class_names, ElementsAre("7", eights, nines)) << "in the order of texts";
}

TEST(Csv, RealsAreTargets) {
    CsvFolder folder;
    auto data = folder.read("a,b,y\n1,2,0.5\n3,4,1e1\n5,6,-2\n7,8,+3\n");
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ((*data)->classes, 0);
    EXPECT_TRUE((*data)->class_names.empty());
    EXPECT_EQ(rows(**data),
              (std::multiset<std::vector<float>>{{1, 2, 0.5}, {3, 4, 10}, {5, 6, -2}, {7, 8, 3}}));
}

TEST(Csv, TaskOverridesWhatLabelsLookLike) {
    CsvFolder folder;
    EXPECT_EQ((*folder.read("1,2\n3,4\n5,6\n", {{"task", test::symbol("regression")}}))->classes, 0);
    EXPECT_EQ((*folder.read("1,0.5\n3,1.5\n5,0.5\n", {{"task", test::symbol("classification")}}))->classes,
              2);
    EXPECT_THAT(folder.error("1,2\n3,x\n", {{"task", test::symbol("regression")}}),
                HasSubstr("has the label `x` in line 2: regression needs finite numbers"));
}

TEST(Csv, QuotesLineEndsAndMarks) {
    CsvFolder folder;
    auto data = folder.read(
        "\xef\xbb\xbf\"a \"\"quoted\"\" name\",\"b\nc\",label\r\n\r\n \"1\" , 2 ,\"x, y\"\r\n3,\t4,z\r\n\n",
        {{"label", test::text("label")}});
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->class_names, ElementsAre("x, y", "z"));
    EXPECT_EQ(rows(**data), (std::multiset<std::vector<float>>{{1, 2, 0}, {3, 4, 1}}));
    EXPECT_TRUE(folder.read("1;a\n2;b", {{"separator", test::symbol("semicolon")}}));
    EXPECT_TRUE(folder.read("1\ta\n2\tb", {{"separator", test::symbol("tab")}}));
}

TEST(Csv, Gzip) {
    CsvFolder folder;
    std::string content = "1,2,a\n3,4,b\n5,6,a\n";
    auto plain = folder.read(content), packed = folder.read(test::gzip(content));
    ASSERT_TRUE(packed);
    EXPECT_EQ(rows(**plain), rows(**packed));
    EXPECT_THAT(folder.error(test::gzip(content).substr(0, 20)), HasSubstr("is cut short"));
}

TEST(Csv, TheTestRowsAreTheSameInEveryRunAndAboutTheShare) {
    CsvFolder folder;
    std::string content;
    for (int i = 0; i < 100; ++i)
        content += std::to_string(i) + "," + std::to_string(i % 3) + "\n";
    auto a = folder.read(content), b = folder.read(content);
    EXPECT_EQ((*a)->test.count, 20);
    EXPECT_EQ((*a)->train.count, 80);
    EXPECT_EQ((*a)->test.floats, (*b)->test.floats);
    EXPECT_TRUE(std::ranges::is_sorted((*a)->train.floats));  // order of the file
    EXPECT_EQ((*folder.read(content, {{"test", {core::Fraction{0}}}}))->test.count, 0);
    EXPECT_EQ((*folder.read(content, {{"test", {core::Fraction{0.999}}}}))->test.count, 99);
}

TEST(Csv, FeaturesAreStandardisedByTheTrainingRows) {
    CsvFolder folder;
    std::string content;
    for (int i = 0; i < 50; ++i)
        content += std::to_string(i * i) + ",7," + std::to_string(i % 2) + "\n";
    auto data = *folder.read(content);
    ASSERT_EQ(data->scale.size(), 2U);
    double sum = 0, square = 0;
    for (std::int64_t i = 0; i < data->train.count; ++i) {
        double seen =
            double{data->train.floats[2 * static_cast<std::size_t>(i)]} * data->scale[0] + data->shift[0];
        sum += seen;
        square += seen * seen;
        EXPECT_EQ(data->train.floats[2 * static_cast<std::size_t>(i) + 1] * data->scale[1] + data->shift[1],
                  0.0F);
    }
    auto count = static_cast<double>(data->train.count);
    EXPECT_NEAR(sum / count, 0, 1e-6);
    EXPECT_NEAR(square / count, 1, 1e-6);
}

TEST(Csv, WrongCells) {
    CsvFolder folder;
    EXPECT_EQ(folder.error("a,b,c\n1,2,x\n3,oops,y\n"),
              "has `oops` in line 3, column 1 `b`: that is not a number");
    EXPECT_EQ(folder.error("1,2,x\n3,,y\n"), "has nothing in line 2, column 1");
    EXPECT_EQ(folder.error("1,2,x\n3,4,\n"), "has nothing in line 2, column 2");
    EXPECT_EQ(folder.error("1,2,x\n3,4\n"), "has 2 fields in line 2, but 3 in its first line");
    EXPECT_EQ(folder.error("1,nan,x\n2,3,y\n"),
              "has `nan` in line 1, column 1: that is no finite 32-bit number");
    EXPECT_EQ(folder.error("1,1e300,x\n2,3,y\n"),
              "has `1e300` in line 1, column 1: that is no finite 32-bit number");
    EXPECT_EQ(folder.error("1,2,x\n\n\"3\n\",4,y\n").substr(0, 2), "ha");
    EXPECT_EQ(folder.error("1,2,\"x\n3,4,y\n"), "has a quote in line 1 that never ends");
    EXPECT_EQ(folder.error("1,2,\"x\"y\n"), "has text after a closing quote in line 1");
    EXPECT_EQ(folder.error("1,2,0.5\n3,4,inf\n"),
              "has the label `inf` in line 2: regression needs finite numbers");
}

TEST(Csv, WrongColumns) {
    CsvFolder folder;
    EXPECT_EQ(folder.error("a,b\n1,2\n3,4\n", {{"label", test::text("c")}}), "has no column `c`");
    EXPECT_EQ(folder.error("a,a\n1,2\n3,4\n", {{"label", test::text("a")}}), "has two columns `a`");
    EXPECT_EQ(folder.error("1,2\n3,4\n", {{"label", test::text("a")}}),
              "has no line of column names, so there is no column `a`");
    EXPECT_EQ(folder.error("1,2\n3,4\n", {{"label", test::number(2)}}),
              "has no column 2: it has 2, counted from 0");
    EXPECT_EQ(folder.error("1,2\n3,4\n", {{"label", test::number(-3)}}),
              "has no column -3: it has 2, counted from 0");
    EXPECT_EQ(folder.error("1;2\n3;4\n"), "has one column only; features and a label are needed");
}

TEST(Csv, TooLittle) {
    CsvFolder folder;
    EXPECT_EQ(folder.error(""), "is empty");
    EXPECT_EQ(folder.error("\n\n"), "is empty");
    EXPECT_EQ(folder.error("a,b\n"), "has column names but no rows");
    EXPECT_EQ(folder.error("1,2\n"), "has one row only");
    EXPECT_EQ(folder.error("1,x\n2,x\n"), "has one class only, `x`");
}

TEST(Csv, NumbersThatAreHardlyClasses) {
    CsvFolder folder;
    std::string content;
    for (int i = 0; i < 150; ++i)
        content += "1," + std::to_string(i) + "\n";
    EXPECT_EQ(folder.error(content), "has 150 different labels in 150 rows, which are hardly classes");
    EXPECT_TRUE(folder.read(content, {{"task", test::symbol("classification")}}));
}

TEST(Csv, ClassNamesMustBeText) {
    CsvFolder folder;
    EXPECT_THAT(folder.error("1,a\n2,\xff\xfe\n"), HasSubstr("has a label in line 2 that is not UTF-8"));
}

TEST(Csv, ProbeCountsColumns) {
    CsvFolder folder;
    auto facts = test::builtins().probe_data(folder.call("a,b,c\n1,2,x\nbad\n"));
    ASSERT_TRUE(facts) << facts.error().message;
    EXPECT_THAT(facts->input, ElementsAre(2));
    EXPECT_EQ(facts->classes, 0);
    EXPECT_FALSE(test::builtins().probe_data(folder.call("a,b,c\n1,x,x\n")));
    std::string large = "1,2,x\n";
    while (large.size() < (std::size_t{3} << 19))
        large += "1,2,x\n";
    EXPECT_TRUE(test::builtins().probe_data(folder.call(large)));
}

test::Arguments by(const std::string& column, const std::string& label) {
    return {{"label", test::text(label)},
            {"partition", test::value(test::call(test::builtins(), "by", {{"column", test::text(column)}}))}};
}

TEST(Csv, AColumnThatCutsItIsNoFeature) {
    CsvFolder folder;
    std::string table = "age,ward,ill\n";
    for (int i = 0; i < 40; ++i)
        table += std::to_string(i) + "," + std::to_string(9 + i % 3) + "," + (i < 20 ? "yes" : "no") + "\n";
    auto arguments = by("ward", "ill");
    Bench bench;
    auto call = folder.call(table, arguments);
    auto data = bench.resources.data(call);
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_THAT((*data)->shape, ElementsAre(1));
    EXPECT_THAT((*data)->group_names, ElementsAre("9", "10", "11")) << "in the order of numbers";
    EXPECT_THAT(test::builtins().probe_data(call)->input, ElementsAre(1));
    for (auto split : {learn::Split::train, learn::Split::test}) {
        const auto& side = split == learn::Split::train ? (*data)->train : (*data)->test;
        for (std::int64_t part = 0; part < 3; ++part) {
            const auto dealt_row = *bench.resources.part(**data, split, part, 3);
            for (auto row : dealt_row)
                EXPECT_EQ(static_cast<int>(side.floats[row]) % 3, part);
        }
    }
    auto more = bench.resources.part(**data, learn::Split::train, 0, 4);
    ASSERT_FALSE(more);
    EXPECT_THAT(more.error().message, HasSubstr("has 3 parts of its own"));
}

TEST(Csv, AColumnThatCannotCutIt) {
    CsvFolder folder;
    const std::string table = "age,ward,ill\n1,a,yes\n2,b,no\n";
    EXPECT_EQ(folder.error(table, by("town", "ill")), "has no column `town`");
    EXPECT_EQ(folder.error(table, by("ill", "ill")),
              "cannot be cut by `ill`: that is the column of its labels");
    EXPECT_EQ(folder.error("ward,ill\na,yes\nb,no\n", by("ward", "ill")),
              "has no features beside the label and `ward`");
    EXPECT_EQ(folder.error("age,ward,ill\n1,,yes\n2,b,no\n", by("ward", "ill")),
              "has nothing in line 2, column 1 `ward`");
}

TEST(Csv, MixedTypesAreSaidWithTheirPlace) {
    CsvFolder folder;
    EXPECT_EQ(folder.error("a,b,c\n1,2,x\n3,tall,y\n"),
              "has `tall` in line 3, column 1 `b`: that is not a number");
    EXPECT_EQ(folder.error("a,b\n1,2.5\n2,red\n", {{"task", test::symbol("regression")}}),
              "has the label `red` in line 3: regression needs finite numbers");
}

}  // namespace
}  // namespace trama
