// The library's way in: text to a trained model, without files and without the tensor library where nothing
// needs it.
#include "trama/run/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "run/machine.hpp"
#include "run/paths.hpp"
#include "support/process.hpp"

namespace trama::run {
namespace {

using core::ErrorKind;
using testing::HasSubstr;

/// A client without learning: adds its rank to the weight behind the model.
class Weigh final : public learn::Function {
  public:
    core::Result<core::Value> apply(const learn::Context& context, core::State& /*state*/,
                                    const core::Value& input) const override {
        core::Model model = *input.model();
        model.weight = 1 + static_cast<double>(context.actor.rank);
        model.metrics["rank"] = {static_cast<double>(context.actor.rank), model.weight};
        context.observer.measured({context.actor.path, context.round}, model.metrics, 0.0);
        return core::Value(std::move(model));
    }
};

class Fails final : public learn::Function {
  public:
    core::Result<core::Value> apply(const learn::Context& context, core::State& /*state*/,
                                    const core::Value& /*input*/) const override {
        return core::fail(ErrorKind::run, "it did not work", context.place(), "try something else");
    }
};

template <class F>
void add(learn::Library& library, const char* name) {
    lang::Signature signature;
    signature.name = name;
    signature.sort = "block";
    signature.type = "Model -> Model";
    signature.group = "Mine";
    signature.doc = "For this test.";
    signature.metrics = {"rank"};
    library.add_function(
        signature,
        [](const core::Call&, learn::Resources&) -> core::Result<std::shared_ptr<const learn::Function>> {
            return std::make_shared<const F>();
        });
}

class RunApi : public testing::Test {
  protected:
    RunApi() {
        run::add_builtins(library);
        add<Weigh>(library, "weigh");
        add<Fails>(library, "fails");
    }
    learn::Library library;
};

const char* const weighing =
    "scheme = init(mlp(4, 3)) >> feedback(rounds: 3) { broadcast >> [| weigh |]^4 >> reduce(fedavg) }";

TEST_F(RunApi, RunsAUsersBlockWithoutTheTensorLibrary) {
    const auto report = run(text(weighing), library);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_FALSE(report->interrupted);
    EXPECT_EQ(report->rounds, 3);
    ASSERT_EQ(report->models.size(), 1U);
    EXPECT_EQ(report->models[0].weight, 10) << "1 + 2 + 3 + 4";
    // Merged by samples: (0·1 + 1·2 + 2·3 + 3·4) / 10.
    EXPECT_DOUBLE_EQ(report->metrics.at("rank").value, 2.0);
    EXPECT_EQ(report->hashes.size(), 1U);
    EXPECT_EQ(report->fingerprint, "") << "no tensor library was loaded";
    EXPECT_TRUE(report->folder.empty());
    EXPECT_GT(report->peak_memory, 1'000'000U);
}

TEST_F(RunApi, KeepsWhatItIsAskedToKeep) {
    const test::TemporaryFolder folder;
    Options options;
    options.keep = Keep{.folder = folder.path() / "out", .command_line = {"me"}};
    options.set = {};
    const auto report = run(text(weighing), library, options);
    ASSERT_TRUE(report) << report.error().message;
    const auto kept = open(report->folder);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->models.size(), 1U);
    EXPECT_EQ(kept->architectures, std::vector<std::string>{"mlp(4, 3)"});
    EXPECT_EQ(kept->data, "");
    EXPECT_THAT(test_scheme(*kept, 0, "digits()"), HasSubstr("init(mlp(4, 3), from: \""));
    EXPECT_EQ(test::read_file(report->folder / "scheme.trama"), weighing);
    EXPECT_FALSE(std::filesystem::exists(report->folder / "model.pt"))
        << "TorchScript needs the tensor library";
}

TEST_F(RunApi, AWrongSchemeIsAnErrorWithAllFindings) {
    const auto report = run(text("scheme = init(mlp(4, 3)) >> wiegh >> fials"), library);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::scheme);
    EXPECT_THAT(report.error().message, HasSubstr("`weigh`"));
    EXPECT_THAT(report.error().message, HasSubstr("`fails`"));
}

TEST_F(RunApi, AFailureNamesTheActorAndIsWrittenDown) {
    const test::TemporaryFolder folder;
    Options options;
    options.keep.emplace().folder = folder.path() / "out";
    const auto report =
        run(text("scheme = init(mlp(4, 3)) >> feedback(rounds: 3) { weigh >> fails }"), library, options);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::run);
    EXPECT_THAT(report.error().where, HasSubstr("round 1"));
    EXPECT_THAT(report.error().hint, HasSubstr((folder.path() / "out").string()));
    const auto summary = nlohmann::json::parse(test::read_file(folder.path() / "out/summary.json"));
    EXPECT_EQ(summary["status"], "failed");
    EXPECT_EQ(summary["error"]["message"], "it did not work");
    EXPECT_EQ(open(folder.path() / "out").error().kind, ErrorKind::data) << "no model to test";
}

TEST_F(RunApi, AStopBeforeTheStartIsAnInterruption) {
    std::stop_source stop;
    stop.request_stop();
    Options options;
    options.stop = stop.get_token();
    const auto report = run(text(weighing), library, options);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->interrupted);
    EXPECT_EQ(nlohmann::json::parse(to_json(*report))["status"], "interrupted");
}

TEST_F(RunApi, UnknownEnginesAreWrongUsage) {
    Options options;
    options.engine = "quantum";
    const auto report = run(text(weighing), library, options);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().kind, ErrorKind::usage);
}

TEST_F(RunApi, ConstantsAreSet) {
    Options options;
    options.set = {{"n", "5"}};
    const auto report =
        run(text("n = 2\nscheme = init(mlp(4, 3)) >> feedback(rounds: n) { weigh }"), library, options);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->rounds, 5);
}

TEST(Machine, KnowsWhereItIs) {
    const auto here = machine();
    EXPECT_FALSE(here.cpu.empty());
    EXPECT_FALSE(here.architecture.empty());
    EXPECT_THAT(here.system, HasSubstr("Linux"));
    EXPECT_GE(here.cores, 1U);
    EXPECT_GT(here.memory, 1U << 26U);
}

TEST(Paths, OnlyWhatASignatureCallsAFileOrAFolderIsAPath) {
    lang::Parameter parameter;
    for (const char* type : {"file", "folder", "string | file", "list(file)"}) {
        parameter.type = type;
        EXPECT_TRUE(takes_path(parameter)) << type;
    }
    for (const char* type : {"string", "profile", "one_of(files, none)"}) {
        parameter.type = type;
        EXPECT_FALSE(takes_path(parameter)) << type;
    }
}

TEST(Paths, BecomeAbsoluteInCallsWithinCalls) {
    learn::Library library;
    run::add_builtins(library);
    core::Call csv{"csv", "data", {{"file", {std::string("a/../b.csv")}}, {"label", {std::string("b.csv")}}}};
    core::Call test{"test", "", {{"data", {std::make_shared<const core::Call>(csv)}}}};
    const core::Call absolute = with_absolute_paths(test, library.registry(), "/there");
    const auto* moved = absolute.find("data")->call();
    EXPECT_EQ(*moved->find("file")->as<std::string>(), "/there/b.csv");
    EXPECT_EQ(*moved->find("label")->as<std::string>(), "b.csv") << "a column, not a file";
}

}  // namespace
}  // namespace trama::run
