#include <utility>

#include "lang/explanations.hpp"
#include "lang/syntax/explain.hpp"

namespace trama::lang {

std::vector<Explanation> syntax_explanations() {
    std::vector<Explanation> all = token_explanations();
    std::vector<Explanation> grammar = grammar_explanations();
    for (Explanation& explanation : grammar)
        all.push_back(std::move(explanation));
    return all;
}

}  // namespace trama::lang
