// Schemes with nets that autograd trains: from text to model.
#include <unistd.h>

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reference.hpp"
#include "trama/run/run.hpp"

namespace trama::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class WholeRuns : public testing::Test {
  protected:
    WholeRuns() : folder_(fs::temp_directory_path() / ("trama-whole-runs-" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
        run::add_builtins(library_);
    }
    ~WholeRuns() override { fs::remove_all(folder_); }

    core::Result<run::Report> run(const std::string& net, unsigned threads,
                                  std::optional<run::Keep> keep = {}) {
        run::Options options;
        options.threads = threads;
        options.keep = std::move(keep);
        return run::run(run::text(fmt::format(R"(
data   = digits()
client = train(data, optimizer: sgd(lr: 0.05, momentum: 0.9), batch: 16, epochs: 0.1)
scheme = init({}) >> feedback(rounds: 2) {{ broadcast >> [| client |]^3 >> reduce(fedavg) >> test(data) }}
)",
                                              net)),
                        library_, options);
    }

    fs::path net_file() {
        const fs::path path = folder_ / "net.pt";
        write({{{"w", {10, 64}}},
               {{"mean", {64}, std::vector<float>(64, 0)}, {"var", {64}, std::vector<float>(64, 1)}},
               R"(
def forward(self, x: Tensor) -> Tensor:
    x = torch.batch_norm(torch.flatten(x, 1), None, None, self.mean, self.var, self.training, 0.1, 1e-05, False)
    return torch.linear(x, self.w)
)"},
              path);
        return path;
    }

    learn::Library library_;
    fs::path folder_;
};

TEST_F(WholeRuns, SameBitsWithAnyNumberOfThreads) {
    for (const std::string& net :
         {std::string("resnet20(input: [1, 8, 8], norm: batch)"), std::string("resnet20(input: [1, 8, 8])"),
          fmt::format("model(\"{}\")", net_file().string())}) {
        SCOPED_TRACE(net);
        const auto one = run(net, 1);
        ASSERT_TRUE(one) << one.error().message;
        for (const unsigned threads : {2U, 7U}) {
            const auto more = run(net, threads);
            ASSERT_TRUE(more) << more.error().message;
            EXPECT_EQ(more->hashes, one->hashes) << threads << " threads";
            EXPECT_EQ(more->metrics, one->metrics);
        }
    }
}

TEST_F(WholeRuns, RunningStatisticsAreAveraged) {
    const auto report = run(fmt::format("model(\"{}\")", net_file().string()), 2);
    ASSERT_TRUE(report) << report.error().message;
    const core::ParameterSet& buffers = report->models.at(0).buffers;
    const auto variance = buffers.floats(*buffers.layout().find("var"));
    EXPECT_GT(std::ranges::count_if(variance, [](float v) { return v != 1; }), 50);
}

TEST_F(WholeRuns, AUsersNetIsKeptAndOpensAgain) {
    const std::string net = fmt::format("model(\"{}\")", net_file().string());
    const auto report = run(net, 2, run::Keep{.folder = folder_ / "kept", .command_line = {}});
    ASSERT_TRUE(report) << report.error().message;
    const auto again = run(fmt::format("model(\"{}\")", (folder_ / "kept" / "model.pt").string()), 2);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_GT(again->metrics.at("accuracy").value, report->metrics.at("accuracy").value - 0.05);
    const auto from = run(net, 2);
    EXPECT_EQ(from->hashes, report->hashes);
}

TEST_F(WholeRuns, ANetThatDoesNotFitEndsTheRunWithItsReason) {
    const fs::path path = folder_ / "narrow.pt";
    write(
        {{{"w", {10, 50}}},
         {},
         "\ndef forward(self, x: Tensor) -> Tensor:\n    return torch.linear(torch.flatten(x, 1), self.w)\n"},
        path);
    const auto report = run(fmt::format("model(\"{}\")", path.string()), 2);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, core::ErrorKind::scheme);
    EXPECT_THAT(report.error().message,
                HasSubstr("for samples of `digits`, a tensor of the shape [2, 1, 8, 8], the net "
                          "fails: mat1 and mat2 shapes cannot be multiplied"));
}

}  // namespace
}  // namespace trama::test
