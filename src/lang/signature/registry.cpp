#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>
#include <tuple>

#include "lang/signature/notation.hpp"
#include "trama/lang/signature.hpp"

namespace trama::lang {
namespace {

bool is_name(std::string_view text) {
    if (text.empty() || std::isdigit(static_cast<unsigned char>(text.front())) != 0) return false;
    return std::ranges::all_of(
        text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

void require(bool holds, const Signature& signature, const std::string& what) {
    if (!holds) throw std::invalid_argument("signature of `" + signature.name + "`: " + what);
}

void verify_parameters(const Signature& signature) {
    std::set<std::string, std::less<>> names;
    for (const Parameter& parameter : signature.parameters) {
        require(is_name(parameter.name), signature, "`" + parameter.name + "` is not a name");
        require(names.insert(parameter.name).second, signature, "parameter `" + parameter.name + "` twice");
        parse_accepted(parameter.type);
        require(!parameter.variadic || !parameter.fallback, signature,
                "variadic parameter `" + parameter.name + "` has a default");
    }
    const auto known = [&](const std::string& pair) {
        return pair.empty() || names.contains(std::string_view(pair).substr(0, pair.find('=')));
    };
    for (const Parameter& parameter : signature.parameters) {
        std::vector<std::string> others{parameter.needs, parameter.needs_mergeable, parameter.at_least_that};
        others.insert(others.end(), parameter.excludes.begin(), parameter.excludes.end());
        for (const std::string& other : others)
            require(known(other), signature, "no parameter `" + other + "`");
    }
    for (const auto* names_of : {&signature.nondeterministic_if, &signature.open_if, &signature.in_turn_if,
                                 &signature.once_if, &signature.needs_one_of}) {
        for (const std::string& pair : *names_of)
            require(known(pair), signature, "no parameter for `" + pair + "`");
    }
    for (const auto& [pair, type] : signature.type_if) {
        require(known(pair), signature, "no parameter for `" + pair + "`");
        parse_function_term(type);
    }
    require(known(signature.algorithm_parameter), signature,
            "no parameter `" + signature.algorithm_parameter + "`");
}

}  // namespace

void Registry::add(Signature signature) {
    require(is_name(signature.name), signature, "that is not a name");
    require(!signature.sort.empty(), signature, "it has no sort");
    for (const Signature* other : named(signature.name)) {
        require(other->sort != signature.sort && other->sort != "block" && signature.sort != "block",
                signature, "the name is taken");
    }
    const bool typed = signature.sort == "block" || signature.sort == "rule";
    require(typed != signature.type.empty(), signature,
            typed ? "it has no type" : "a value of sort `" + signature.sort + "` has no type");
    if (typed) parse_function_term(signature.type);
    require(signature.body != signature.body_type.empty(), signature, "body and body_type go together");
    if (signature.body) parse_function_term(signature.body_type);
    verify_parameters(signature);
    auto& slot = signatures_[signature.name][signature.sort];
    slot = std::make_unique<Signature>(std::move(signature));
}

const Signature* Registry::find(std::string_view name) const {
    const auto found = signatures_.find(name);
    return found == signatures_.end() || found->second.size() > 1 ? nullptr
                                                                  : found->second.begin()->second.get();
}

const Signature* Registry::find(std::string_view name, std::string_view sort) const {
    const auto found = signatures_.find(name);
    if (found == signatures_.end()) return nullptr;
    const auto of_sort = found->second.find(sort);
    return of_sort == found->second.end() ? nullptr : of_sort->second.get();
}

const Signature* Registry::find(const core::Call& call) const {
    return call.sort.empty() ? find(call.function) : find(call.function, call.sort);
}

std::vector<const Signature*> Registry::named(std::string_view name) const {
    std::vector<const Signature*> named;
    if (const auto found = signatures_.find(name); found != signatures_.end()) {
        for (const auto& [sort, signature] : found->second)
            named.push_back(signature.get());
    }
    return named;
}

void Registry::set_runs(std::string_view name, const std::vector<std::string>& but_not) {
    const auto found = signatures_.find(name);
    if (found == signatures_.end()) {
        throw std::invalid_argument("no signature `" + std::string(name) + "` to give a runtime to");
    }
    for (auto& [sort, signature] : found->second) {
        signature->runs = true;
        signature->not_running = but_not;
    }
}

std::vector<const Signature*> Registry::all() const {
    std::vector<const Signature*> all;
    for (const auto& [name, sorts] : signatures_) {
        for (const auto& [sort, signature] : sorts)
            all.push_back(signature.get());
    }
    std::ranges::sort(all, {}, [](const Signature* s) { return std::tie(s->group, s->name); });
    return all;
}

}  // namespace trama::lang
