#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trama/engine/faults.hpp"

namespace trama::engine {
namespace {

using testing::HasSubstr;

TEST(Faults, ReadAndPrint) {
    EXPECT_EQ(parse_fault("crash:client[2]@round=3").value(),
              (Fault{Fault::Kind::crash, "client", {2}, 3, 0}));
    EXPECT_EQ(parse_fault("delay:client[0,1]@round=2,seconds=0.5").value(),
              (Fault{Fault::Kind::delay, "client", {0, 1}, 2, 0.5}));
    for (const auto* text : {"crash:client[2]@round=3", "delay:client[0,1]@round=2,seconds=5", "drop:client",
                             "nan:train.1", "duplicate:a@round=1", "reorder:b[7]", "delay:c@seconds=0.25"}) {
        const auto fault = parse_fault(text);
        ASSERT_TRUE(fault) << fault.error().message;
        EXPECT_EQ(to_text(*fault), text);
    }
}

TEST(Faults, SayWhatIsWrong) {
    struct Case {
        const char *text, *message, *hint;
    };
    for (const auto& [text, message, hint] :
         std::vector<Case>{{"", "what happens", "for example"},
                           {"crash:client[1,]", "behind a comma", "for example"},
                           {"crash:client@round=1,", "behind a comma", "for example"},
                           {"crash", "to whom", "for example"},
                           {"crash:", "to whom", "for example"},
                           {"crsh:client", "there is no fault `crsh`", "did you mean `crash`?"},
                           {"explosion:client", "there is no fault `explosion`", "duplicate, reorder"},
                           {"crash:client[2", "not closed", "client[2]"},
                           {"crash:client[]", "`` is not the number of a copy", ""},
                           {"crash:client[-1]", "`-1` is not the number of a copy", ""},
                           {"crash:client[1]x", "not closed", ""},
                           {"crash:client@", "nothing stands behind", ""},
                           {"crash:client@round=0", "`0` is not a round", ""},
                           {"crash:client@round=two", "`two` is not a round", ""},
                           {"crash:client@rnd=1", "there is no `rnd`", "round="},
                           {"crash:client@seconds=2", "only a delay has seconds", "delay:"},
                           {"delay:client", "a delay needs its seconds", "seconds=5"},
                           {"delay:client@seconds=nan", "`nan` is not a number of seconds", ""},
                           {"delay:client@seconds=inf", "`inf` is not a number of seconds", ""},
                           {"delay:client@seconds=-1", "`-1` is not a number of seconds", ""}}) {
        const auto fault = parse_fault(text);
        ASSERT_FALSE(fault) << text;
        EXPECT_EQ(fault.error().kind, core::ErrorKind::usage);
        EXPECT_THAT(fault.error().message, HasSubstr(message)) << text;
        EXPECT_THAT(fault.error().hint, HasSubstr(hint)) << text;
    }
}

TEST(Faults, WhomTheyHit) {
    const auto hits = [](const char* text, std::string_view name, std::vector<std::int64_t> copy,
                         std::vector<std::int64_t> round) {
        return parse_fault(text)->hits(name, copy, round);
    };
    EXPECT_TRUE(hits("drop:client[2]@round=3", "client", {2}, {3}));
    EXPECT_TRUE(hits("drop:client[2]@round=3", "client", {2}, {3, 7}));
    EXPECT_FALSE(hits("drop:client[2]@round=3", "client", {2}, {4}));
    EXPECT_FALSE(hits("drop:client[2]@round=3", "client", {2}, {}));
    EXPECT_FALSE(hits("drop:client[2]@round=3", "client", {1}, {3}));
    EXPECT_FALSE(hits("drop:client[2]@round=3", "clients", {2}, {3}));
    // All inside a copy; without a copy or a round, all of them and always.
    EXPECT_TRUE(hits("drop:client[2]", "client", {2, 5}, {1}));
    EXPECT_FALSE(hits("drop:client[2,5]", "client", {2}, {1}));
    EXPECT_TRUE(hits("drop:client", "client", {}, {}));
    // Who has crashed stays away.
    EXPECT_TRUE(hits("crash:client@round=3", "client", {0}, {4}));
    EXPECT_FALSE(hits("crash:client@round=3", "client", {0}, {2}));
}

}  // namespace
}  // namespace trama::engine
