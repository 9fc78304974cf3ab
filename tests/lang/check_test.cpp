#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "support/check_scheme.hpp"

namespace trama::lang {
namespace {

const std::string client =
    "data = digits()\nnet = mlp(64, 10)\nclient = train(data, optimizer: sgd(lr: 0.1))\n";

struct CheckTest : testing::Test {
    test::Checker check;

    Scheme scheme(const std::string& text) {
        CheckResult result = check(text);
        EXPECT_TRUE(result.scheme) << render(result.diagnostics) << text;
        return result.scheme ? *result.scheme : Scheme{};
    }
    /// name:occurrence of every block, in pre-order.
    std::vector<std::string> names(const std::string& text) {
        std::vector<const Block*> blocks;
        const Scheme checked = scheme(text);
        if (checked.root) test::collect_blocks(*checked.root, blocks);
        std::vector<std::string> names;
        for (const Block* block : blocks)
            names.push_back(block->name + ":" + std::to_string(block->occurrence));
        return names;
    }
    std::string codes(const std::string& text) {
        std::string codes;
        for (const Diagnostic& one : check(text).diagnostics)
            codes += (codes.empty() ? "" : " ") + one.code;
        return codes;
    }
};

using Names = std::vector<std::string>;

TEST_F(CheckTest, anonymous_blocks_are_numbered_by_kind_in_order) {
    EXPECT_EQ(names("scheme = init(mlp(64, 10)) >> test(digits()) >> test(digits(), part: all)"),
              (Names{"init.1:0", "test.1:0", "test.2:0"}));
}

TEST_F(CheckTest, extracting_a_def_changes_no_name) {
    const std::string whole =
        "scheme = init(net) >> feedback(rounds: 3) { broadcast >> [| train(data, optimizer: sgd(lr: 0.1)) >> "
        "clip(1.0) |]^4 >> "
        "reduce(fedavg) } >> feedback(rounds: 3) { broadcast >> [| test(data) |]^4 >> reduce(fedavg) }";
    const std::string cut =
        "def worker(lr) = train(data, optimizer: sgd(lr: lr)) >> clip(1.0)\n"
        "def star(d) = broadcast >> [| d |]^4 >> reduce(fedavg)\n"
        "def run(d) = feedback(rounds: 3) { star(d) }\n"
        "scheme = init(net) >> run(worker(0.1)) >> run(test(data))";
    const std::string start = "data = digits()\nnet = mlp(64, 10)\n";
    EXPECT_EQ(names(start + whole), names(start + cut));
}

TEST_F(CheckTest, uses_of_one_value_with_the_same_shape_are_the_same_clients) {
    const auto all =
        names(client +
              "scheme = init(net) >> feedback(rounds: 3) { broadcast >> [| client |]^4 >> reduce(fedavg) }\n"
              "    >> feedback(rounds: 3) { broadcast >> [| client |]^4 >> reduce(fedavg) }");
    EXPECT_EQ(all, (Names{"init.1:0", "feedback.1:0", "broadcast.1:0", "client:0", "reduce.1:0",
                          "feedback.2:0", "broadcast.2:0", "client:0", "reduce.2:0"}));
}

TEST_F(CheckTest, another_shape_makes_new_actors) {
    const auto all = names(
        "data = digits()\nevaluate = test(data)\nscheme = init(mlp(64, 10)) >> evaluate >> broadcast >> "
        "[| evaluate |]^4 >> reduce(fedavg) >> evaluate");
    EXPECT_EQ(all,
              (Names{"init.1:0", "evaluate:0", "broadcast.1:0", "evaluate:1", "reduce.1:0", "evaluate:0"}));
}

TEST_F(CheckTest, blocks_of_a_named_pipe_are_named_after_it) {
    const auto all = names(
        "data = digits()\nworker = train(data, optimizer: sgd(lr: 0.1)) >> clip(1.0) >> clip(2.0)\n"
        "scheme = init(mlp(64, 10)) >> feedback(rounds: 1) { worker }");
    EXPECT_EQ(all,
              (Names{"init.1:0", "feedback.1:0", "worker.train.1:0", "worker.clip.1:0", "worker.clip.2:0"}));
}

TEST_F(CheckTest, loops_are_classified) {
    const Scheme synchronous = scheme(client + "scheme = init(net) >> feedback(rounds: 3) { client }");
    const Scheme asynchronous =
        scheme(client +
               "scheme = init(net) >> feedback(updates: 3) { unicast(auto) >> [| client |]^6 >> gather >> "
               "mix(fedasync(alpha: 0.6)) }");
    const auto loop = [](const Scheme& scheme) {
        std::vector<const Block*> blocks;
        test::collect_blocks(*scheme.root, blocks);
        return *blocks.at(1);
    };
    EXPECT_EQ(loop(synchronous).loop, Block::Loop::synchronous);
    EXPECT_EQ(loop(asynchronous).loop, Block::Loop::asynchronous);
    EXPECT_EQ(loop(asynchronous).inflight, 6);
    EXPECT_TRUE(synchronous.nondeterminism.empty());
    ASSERT_EQ(asynchronous.nondeterminism.size(), 2U);
    EXPECT_EQ(asynchronous.nondeterminism[0].block, "unicast");
    EXPECT_EQ(asynchronous.nondeterminism[1].block, "gather");
}

TEST_F(CheckTest, types_stand_on_every_node) {
    const Scheme checked =
        scheme(client + "scheme = [| init(net) |]^2 >> feedback(rounds: 3) { [| client |]^2 }");
    EXPECT_EQ(to_text(checked.root->in), "()");
    EXPECT_EQ(to_text(checked.root->out), "Update^2");
    const auto* pipe = checked.root->as<Sequence>();
    ASSERT_NE(pipe, nullptr);
    EXPECT_EQ(to_text(pipe->stages[0]->out), "Model^2");
    EXPECT_EQ(to_text(pipe->stages[1]->in), "Model^2");
}

TEST_F(CheckTest, arguments_of_copies_are_evaluated_for_each) {
    const Scheme checked = scheme(
        "data = digits()\nrates = [1.0, 2.0, 3.0]\nscheme = init(mlp(64, 10)) >> feedback(rounds: 2) { "
        "broadcast >> [| broadcast "
        ">> [| train(data, optimizer: sgd(lr: rates[i] + j)) |]^(j: 2) >> reduce(fedavg) |]^(i: 3) >> "
        "reduce(fedavg) }");
    std::vector<const Block*> blocks;
    test::collect_blocks(*checked.root, blocks);
    const Block* train = nullptr;
    for (const Block* block : blocks) {
        if (block->signature->name == "train") train = block;
    }
    ASSERT_NE(train, nullptr);
    ASSERT_EQ(train->per_copy.size(), 1U);
    EXPECT_EQ(train->per_copy[0].parameter, "optimizer");
    EXPECT_EQ(train->call.find("optimizer"), nullptr);
    for (std::int64_t i = 0; i < 3; ++i) {
        for (std::int64_t j = 0; j < 2; ++j) {
            const core::Constant value = train->per_copy[0].evaluate({{"i", i}, {"j", j}});
            ASSERT_NE(value.call(), nullptr);
            EXPECT_EQ(value.call()->find("lr")->number(), static_cast<double>(i + 1 + j));
        }
    }
}

TEST_F(CheckTest, an_inner_copy_number_does_not_hide_an_outer_one_of_the_same_name) {
    const Scheme checked = scheme(
        "data = digits()\ndef four(d) = broadcast >> [| d |]^(i: 4) >> reduce(fedavg)\n"
        "scheme = init(mlp(64, 10)) >> feedback(rounds: 2) { broadcast >> [| four(train(data, optimizer: "
        "sgd(lr: i + 1))) "
        "|]^(i: 3) >> reduce(fedavg) }");
    std::vector<const Block*> blocks;
    test::collect_blocks(*checked.root, blocks);
    for (const Block* block : blocks) {
        if (block->signature->name != "train") continue;
        const core::Constant value = block->per_copy.at(0).evaluate({{"i", 2}, {"i'", 0}});
        EXPECT_EQ(value.call()->find("lr")->number(), 3.0);
        return;
    }
    FAIL() << "no train";
}

TEST_F(CheckTest, set_replaces_a_constant_and_shows_in_the_canonical_text) {
    const std::string text =
        "rounds = 20\n" + client + "scheme = init(net) >> feedback(rounds: rounds) { client }";
    const Scheme before = scheme(text);
    check.options.set = {{"rounds", "5"}};
    const Scheme after = scheme(text);
    EXPECT_EQ(before.constants.at("rounds"), core::Constant{std::int64_t{20}});
    EXPECT_EQ(after.constants.at("rounds"), core::Constant{std::int64_t{5}});
    EXPECT_NE(before.canonical, after.canonical);
    check.options.set = {{"rounds", "20"}};
    EXPECT_EQ(before.canonical, scheme("# a comment\n" + text).canonical);
    EXPECT_NE(after.canonical.find("rounds = 5\n"), std::string::npos);
    check.options.set.clear();
    EXPECT_EQ(scheme(after.canonical).canonical, after.canonical);
}

TEST_F(CheckTest, a_mistake_in_a_definition_is_found_once) {
    EXPECT_EQ(
        codes("def bad() = broadcats >> [| test(digits()) |]^2\nscheme = init(mlp(64, 10)) >> bad >> bad"),
        "T0101");
    EXPECT_EQ(codes("n = 1 / 0\nscheme = init(mlp(64, 10)) >> feedback(rounds: n, time: n * 1s) { "
                    "test(digits(), batch: n) }"),
              "T0210");
}

TEST_F(CheckTest, many_clients_cost_nothing) {
    check.options.limits.max_actors = 2'000'000;
    const auto start = std::chrono::steady_clock::now();
    scheme(
        client +
        "scheme = init(net) >> feedback(rounds: 3) { broadcast >> [| client |]^1000000 >> reduce(fedavg) }");
    const auto took = std::chrono::steady_clock::now() - start;
    // No time is asserted: a loop over the copies with their arguments would be seen as a memory and time
    // blow-up here.
    RecordProperty("milliseconds",
                   static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
}

TEST_F(CheckTest, a_choice_among_streams_is_one_actor) {
    const auto too_many = [&](const std::string& scheme, std::int64_t limit) {
        check.options.limits.max_actors = limit;
        return codes(client + "scheme = " + scheme).find("T0801") != std::string::npos;
    };
    const auto star = [](const std::string& choice) {
        return "init(net) >> feedback(rounds: 3) { broadcast >> " + choice +
               " >> [| client |]^1000 >> reduce(fedavg) }";
    };
    EXPECT_FALSE(too_many(star("sample(10)"), 1010));
    EXPECT_FALSE(too_many(star("available(90%) >> sample(fraction: 1%)"), 1010));
    EXPECT_TRUE(too_many(star("sample(10)"), 1000));
    // An exchange has two for each stream, and a feedback of many streams one: 200 · (1 + 1 + 1 + 2 + 1).
    const std::string peers =
        "[| init(net) |]^200 >> feedback(rounds: 3) { [| client |]^200 >> exchange(ring) >> "
        "[| fold(fedavg) |]^200 }";
    EXPECT_TRUE(too_many(peers, 1190));
    EXPECT_FALSE(too_many(peers, 1210));
}

TEST_F(CheckTest, limits_have_their_own_findings) {
    check.options.limits.max_actors = 10;
    EXPECT_EQ(
        codes(client +
              "scheme = init(net) >> feedback(rounds: 3) { broadcast >> [| client |]^10 >> reduce(fedavg) }"),
        "T0801");
    check.options = {};
    check.options.expanded_nodes = 50;
    std::string text = client + "def d0(x) = x >> x\n";
    for (int i = 0; i < 10; ++i) {
        text += "def d" + std::to_string(i + 1) + "(x) = d" + std::to_string(i) + "(x) >> d" +
                std::to_string(i) + "(x)\n";
    }
    EXPECT_EQ(codes(text + "scheme = init(net) >> feedback(rounds: 1) { d10(client) }"), "T0802");
    check.options = {};
    text = client + "def d0(x) = x\n";
    for (int i = 0; i < 1000; ++i)
        text += "def d" + std::to_string(i + 1) + "(x) = d" + std::to_string(i) + "(x)\n";
    EXPECT_EQ(codes(text + "scheme = init(net) >> feedback(rounds: 1) { d1000(client) }"), "T0803");
}

TEST_F(CheckTest, constants_that_double_are_limited_too) {
    std::string text = client + "def d0(x) = x + x\n";
    for (int i = 0; i < 40; ++i) {
        text += "def d" + std::to_string(i + 1) + "(x) = d" + std::to_string(i) + "(d" + std::to_string(i) +
                "(x))\n";
    }
    const std::string found = codes(text + "scheme = init(net) >> feedback(rounds: d40(1)) { client }");
    EXPECT_TRUE(found == "T0802" || found == "T0803" || found == "T0211") << found;
}

TEST_F(CheckTest, brackets_with_nothing_in_them_have_one_finding) {
    for (const char* copies : {"[| |]", "[| |]^4", "[| # client |]^4\n |]^4"}) {
        const std::string text =
            client + "scheme = init(net) >> broadcast >> " + copies + " >> reduce(fedavg)";
        EXPECT_EQ(codes(text), "T0033") << text;
    }
}

TEST_F(CheckTest, data_errors_are_marked_as_such) {
    const auto found =
        check("scheme = init(mlp(64, 10)) >> test(csv(file: \"nowhere.csv\", label: \"x\"))").diagnostics;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].code, "T0601");
    EXPECT_TRUE(found[0].data);
    check.options.check_files = false;
    for (const Diagnostic& one :
         check("scheme = init(mlp(64, 10)) >> test(csv(file: \"nowhere.csv\", label: \"x\"))").diagnostics) {
        EXPECT_NE(one.code, "T0601");
    }
}

TEST_F(CheckTest, losses_are_best_when_low) {
    const auto order = [&](const std::string& keep) {
        const Scheme checked = scheme(client + "scheme = init(net) >> feedback(rounds: 3, keep: " + keep +
                                      ") { client >> test(data) }");
        std::vector<const Block*> blocks;
        test::collect_blocks(*checked.root, blocks);
        return core::to_text(*blocks.at(1)->call.find("keep")->call()->find("order"));
    };
    EXPECT_EQ(order("best(accuracy)"), "highest");
    EXPECT_EQ(order("best(loss)"), "lowest");
    EXPECT_EQ(order("best(loss, highest)"), "highest");
}

/// What `trama explain` shows for types, rates and fit: wrong in that way, and mended, right.
TEST_F(CheckTest, examples_of_explanations_are_wrong_in_just_that_way) {
    for (const Explanation& one : explanations()) {
        if (one.code < "T0300" || one.code >= "T0600" || one.example.empty()) continue;
        SCOPED_TRACE(one.code);
        const auto found = check(one.example).diagnostics;
        EXPECT_TRUE(test::has_code(found, one.code)) << render(found);
        const CheckResult mended = check(one.mended);
        EXPECT_TRUE(mended.scheme) << render(mended.diagnostics);
    }
}

TEST_F(CheckTest, what_does_not_run_is_named) {
    const CheckResult result = check(client +
                                     "scheme = [| init(net) |]^2 >> feedback(rounds: 3) { [| client |]^2 >> "
                                     "exchange(full) >> [| fold(fedavg) |]^2 }");
    ASSERT_TRUE(result.scheme) << render(result.diagnostics);
    const auto& missing = result.scheme->missing_runtimes;
    EXPECT_NE(std::find(missing.begin(), missing.end(), "exchange"), missing.end());
    EXPECT_TRUE(test::has_code(result.diagnostics, "T0902"));
}

}  // namespace
}  // namespace trama::lang
