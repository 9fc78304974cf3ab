// `trama data`: how a scheme's data are dealt to its clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <algorithm>

#include "support/process.hpp"

namespace trama::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string scheme(const std::string& data, const std::string& client, const std::string& copies) {
    return "data = " + data + "\nnet = mlp(64, 10)\nclient = " + client +
           "\nscheme = init(net) >> feedback(rounds: 1) {\n    broadcast >> [| client |]^" + copies +
           " >> reduce(fedavg) >> test(data)\n}\n";
}

const std::string train = "train(data, optimizer: sgd(lr: 0.1))";

Ended data(const std::string& text, std::vector<std::string> more = {}, std::string columns = "100") {
    more.insert(more.begin(), "data");
    more.emplace_back("-");
    return trama(Start{
        .arguments = more, .input = text, .environment = {{"COLUMNS", columns}, {"LC_ALL", "C.UTF-8"}}});
}

TEST(Data, ShowsEveryPartWithItsLabels) {
    const auto ended = data(scheme("digits(partition: shards(1))", train, "10"));
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out,
                testing::StartsWith("data = digits(partition: shards(k: 1))\n1438 train samples and"));
    EXPECT_THAT(ended.out, HasSubstr("in 10 parts; 10 classes"));
    EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\n'), 14);
    EXPECT_THAT(ended.out, HasSubstr("\n  part  train  test"));
}

TEST(Data, FitsTheTerminal) {
    for (const char* columns : {"40", "60", "100"}) {
        for (const char* parts : {"5", "300"}) {
            const auto ended =
                data(scheme("digits(partition: dirichlet(5.0))", train, "4"), {"--parts", parts}, columns);
            ASSERT_EQ(ended.code, 0) << ended.err;
            std::istringstream lines(ended.out);
            std::string line;
            std::getline(lines, line);  // the data set as written
            while (std::getline(lines, line))
                EXPECT_LE(line.size(), std::stoul(columns) + 20) << line;
        }
    }
}

TEST(Data, ManyPartsAreSummarised) {
    const auto ended = data(scheme("digits()", train, "4"), {"--parts", "200"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("median"));
    EXPECT_THAT(ended.out, HasSubstr("the smallest parts"));
    EXPECT_LT(std::count(ended.out.begin(), ended.out.end(), '\n'), 30);
}

TEST(Data, JsonHasAllNumbers) {
    const auto text = scheme("digits(partition: dirichlet(0.5))", train, "6");
    const auto ended = data(text, {"--json", "--seed", "3"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    const auto all = json::parse(ended.out);
    EXPECT_EQ(all["seed"], 3);
    ASSERT_EQ(all["data"].size(), 1U);
    const auto& one = all["data"][0];
    EXPECT_EQ(one["parts"], 6);
    EXPECT_EQ(one["classes"].size(), 10U);
    std::int64_t samples = 0, labels = 0;
    for (const auto& part : one["train"]) {
        samples += part["samples"].get<std::int64_t>();
        for (const auto& count : part["labels"])
            labels += count.get<std::int64_t>();
    }
    EXPECT_EQ(samples, 1438);
    EXPECT_EQ(labels, 1438);
    EXPECT_NE(json::parse(data(text, {"--json", "--seed", "4"}).out)["data"], all["data"]);
    EXPECT_EQ(json::parse(data(text, {"--json", "--parts", "9"}).out)["data"][0]["parts"], 9);
}

TEST(Data, DrawsAHeatMap) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "parts.svg";
    const auto ended = data(scheme("digits()", train, "4"), {"--svg", file.string()});
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(read_file(file), HasSubstr(">data = digits("));
    EXPECT_THAT(read_file(file), testing::StartsWith("<svg "));
}

TEST(Data, DataThatAllUseWholeAreOnePart) {
    const auto ended = data(scheme("digits()", "train(data, optimizer: sgd(lr: 0.1), part: all)", "4"));
    ASSERT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr("in 1 part;"));
}

TEST(Data, AnEmptyPartIsSaidWithWhatToChange) {
    const auto ended = data(scheme("digits(partition: dirichlet(0.01))", train, "100"));
    EXPECT_EQ(ended.code, 4);
    EXPECT_THAT(ended.err, HasSubstr("with no samples: part "));
    EXPECT_THAT(ended.err, HasSubstr("use a larger alpha"));
    EXPECT_EQ(ended.out, "");
}

TEST(Data, AWrongSchemeIsShownAsCheckDoes) {
    const auto ended = data(scheme("digitz()", train, "4"));
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.err, HasSubstr("did you mean"));
}

}  // namespace
}  // namespace trama::test
