#include "lang/explanations.hpp"

namespace trama::lang {

std::vector<Explanation> syntax_explanations() {
    return {};
}

}  // namespace trama::lang
