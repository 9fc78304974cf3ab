#include <iterator>
#include <utility>

#include "lang/check/explain.hpp"
#include "lang/explanations.hpp"

namespace trama::lang {

std::vector<Explanation> check_explanations() {
    std::vector<Explanation> all;
    for (auto* part : {name_explanations, argument_explanations, type_explanations, rate_explanations,
                       fit_explanations, outside_explanations}) {
        std::vector<Explanation> some = part();
        all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    return all;
}

}  // namespace trama::lang
