#include <gtest/gtest.h>

#include <stdexcept>

#include "trama/lang/signature.hpp"

namespace trama::lang {
namespace {

Signature block(std::string name, std::string type) {
    Signature made;
    made.name = std::move(name);
    made.sort = "block";
    made.type = std::move(type);
    return made;
}

Signature with_parameter(Parameter parameter) {
    Signature made = block("f", "A -> A");
    made.parameters.push_back(std::move(parameter));
    return made;
}

Parameter parameter(std::string name, std::string type) {
    Parameter made;
    made.name = std::move(name);
    made.type = std::move(type);
    return made;
}

TEST(Registry, lists_by_group_then_name) {
    Registry registry;
    for (const auto& [name, group] : {std::pair{"b", "2"}, {"z", "1"}, {"a", "2"}}) {
        Signature made = block(name, "A -> A");
        made.group = group;
        registry.add(std::move(made));
    }
    std::string names;
    for (const Signature* signature : registry.all())
        names += signature->name;
    EXPECT_EQ(names, "zab");
}

TEST(Registry, takes_every_type_of_the_notation) {
    Registry registry;
    int number = 0;
    for (const char* type : {"A -> A", "() -> Model", "A^n -> [A]^n", "[A] -> A^n", "A^* -> A^*",
                             "Model^4 -> ()", "[[A]] -> A", "A^n^m->A"}) {
        EXPECT_NO_THROW(registry.add(block("f" + std::to_string(number++), type))) << type;
    }
}

TEST(Registry, refuses_malformed_signatures) {
    Registry registry;
    for (const char* type : {"", "A", "A ->", "-> A", "A -> a", "A -> A^", "Model^* -> A", "A -> B C",
                             "A^-1 -> A", "A^99999999999999999999 -> A"}) {
        EXPECT_THROW(registry.add(block("f", type)), std::invalid_argument) << type;
    }
    for (const char* type :
         {"", "int |", "one_of()", "one_of(a", "list()", "list(int", "Data", "rule A", "int real"}) {
        EXPECT_THROW(registry.add(with_parameter(parameter("p", type))), std::invalid_argument) << type;
    }
    EXPECT_THROW(registry.add(block("1f", "A -> A")), std::invalid_argument);
    EXPECT_THROW(registry.add(block("f g", "A -> A")), std::invalid_argument);
    Signature twice = with_parameter(parameter("p", "int"));
    twice.parameters.push_back(parameter("p", "real"));
    EXPECT_THROW(registry.add(twice), std::invalid_argument);
    Signature stranger = with_parameter(parameter("p", "int"));
    stranger.nondeterministic_if = {"q=1"};
    EXPECT_THROW(registry.add(stranger), std::invalid_argument);
    Signature value = block("f", "A -> A");
    value.sort = "net";
    EXPECT_THROW(registry.add(value), std::invalid_argument);
}

TEST(Registry, refuses_a_name_that_is_taken) {
    Registry registry;
    registry.add(block("f", "A -> A"));
    EXPECT_THROW(registry.add(block("f", "A -> B")), std::invalid_argument);
}

TEST(Registry, tells_values_of_one_name_apart_by_their_sort) {
    const auto value = [](const std::string& name, const std::string& sort) {
        Signature made;
        made.name = name;
        made.sort = sort;
        return made;
    };
    Registry registry;
    registry.add(value("v", "topology"));
    EXPECT_EQ(registry.find("v"), registry.find("v", "topology"));
    registry.add(value("v", "schedule"));
    EXPECT_EQ(registry.find("v"), nullptr);
    ASSERT_NE(registry.find("v", "schedule"), nullptr);
    EXPECT_EQ(registry.find("v", "schedule")->sort, "schedule");
    EXPECT_EQ(registry.find("v", "net"), nullptr);
    EXPECT_EQ(registry.named("v").size(), 2U);
    EXPECT_EQ(registry.all().size(), 2U);
    core::Call call;
    call.function = "v";
    EXPECT_EQ(registry.find(call), nullptr);
    call.sort = "topology";
    EXPECT_EQ(registry.find(call), registry.find("v", "topology"));
    registry.set_runs("v");
    EXPECT_TRUE(registry.find("v", "schedule")->runs);
    EXPECT_TRUE(registry.find("v", "topology")->runs);
    EXPECT_THROW(registry.add(value("v", "schedule")), std::invalid_argument);
    EXPECT_THROW(registry.add(block("v", "A -> A")), std::invalid_argument);
    registry.add(block("b", "A -> A"));
    EXPECT_THROW(registry.add(value("b", "schedule")), std::invalid_argument);
}

TEST(Registry, knows_what_runs) {
    Registry registry;
    add_communication_blocks(registry);
    EXPECT_FALSE(registry.find("reduce")->runs);
    registry.set_runs("reduce", {"quorum"});
    EXPECT_TRUE(registry.find("reduce")->runs);
    EXPECT_EQ(registry.find("reduce")->not_running, std::vector<std::string>{"quorum"});
    EXPECT_THROW(registry.set_runs("nothing"), std::invalid_argument);
}

TEST(CommunicationBlocks, are_all_there_and_documented) {
    Registry registry;
    add_communication_blocks(registry);
    for (const char* name :
         {"broadcast", "scatter", "unicast", "spread", "gather", "gatherall", "reduce", "feedback",
          "exchange", "fold", "mix", "sample", "tap", "queue", "publish", "subscribe", "window", "par"}) {
        const Signature* signature = registry.find(name);
        ASSERT_NE(signature, nullptr) << name;
        EXPECT_FALSE(signature->expands_to.empty()) << name;
        EXPECT_FALSE(signature->algebra.empty()) << name;
    }
    for (const Signature* signature : registry.all()) {
        EXPECT_FALSE(signature->doc.empty()) << signature->name;
        EXPECT_TRUE(signature->doc.ends_with('.')) << signature->name;
        EXPECT_FALSE(signature->group.empty()) << signature->name;
        EXPECT_FALSE(signature->example.empty()) << signature->name;
        for (const Parameter& parameter : signature->parameters) {
            EXPECT_TRUE(parameter.doc.ends_with('.')) << signature->name << " " << parameter.name;
        }
    }
}

}  // namespace
}  // namespace trama::lang
