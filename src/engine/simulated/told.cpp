#include "engine/simulated/told.hpp"

#include <string>
#include <utility>

namespace trama::engine::simulated {
namespace {

thread_local Told::Words* heard_here = nullptr;

}  // namespace

Told::Listening::Listening(Words& words) {
    heard_here = &words;
}

Told::Listening::~Listening() {
    heard_here = nullptr;
}

void Told::measured(const measure::Place& place, const core::Metrics& metrics, double seconds) {
    if (heard_here == nullptr) return observer_.measured(place, metrics, seconds);
    heard_here->emplace_back([actor = std::string(place.actor), round = place.round, metrics, seconds](
                                 measure::Observer& to) { to.measured({actor, round}, metrics, seconds); });
}

void Told::happened(std::string_view name, std::string_view text, std::string_view where) {
    if (heard_here == nullptr) return observer_.happened(name, text, where);
    heard_here->emplace_back([name = std::string(name), text = std::string(text), where = std::string(where)](
                                 measure::Observer& to) { to.happened(name, text, where); });
}

void Told::warn(std::string_view message, std::string_view where) {
    if (heard_here == nullptr) return observer_.warn(message, where);
    heard_here->emplace_back([message = std::string(message), where = std::string(where)](
                                 measure::Observer& to) { to.warn(message, where); });
}

}  // namespace trama::engine::simulated
