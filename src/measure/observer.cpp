#include "trama/measure/observer.hpp"

namespace trama::measure {

void Observers::phase(std::string_view name, Clock::time_point start, Clock::time_point end) {
    for (auto* each : all_)
        each->phase(name, start, end);
}

void Observers::fired(const Place& place, Clock::time_point start, Clock::time_point end) {
    for (auto* each : all_)
        each->fired(place, start, end);
}

void Observers::sent(std::string_view from, std::string_view to, const core::Round& round,
                     std::size_t bytes) {
    for (auto* each : all_)
        each->sent(from, to, round, bytes);
}

void Observers::measured(const Place& place, const core::Metrics& metrics, double seconds) {
    for (auto* each : all_)
        each->measured(place, metrics, seconds);
}

void Observers::round_done(std::string_view loop, const core::Round& round, std::int64_t rounds,
                           const core::Metrics& metrics) {
    for (auto* each : all_)
        each->round_done(loop, round, rounds, metrics);
}

void Observers::mixed(const Place& place, std::int64_t staleness) {
    for (auto* each : all_)
        each->mixed(place, staleness);
}

void Observers::dropped(const Place& place) {
    for (auto* each : all_)
        each->dropped(place);
}

void Observers::happened(std::string_view name, std::string_view text, std::string_view where) {
    for (auto* each : all_)
        each->happened(name, text, where);
}

void Observers::warn(std::string_view message, std::string_view where) {
    for (auto* each : all_)
        each->warn(message, where);
}

}  // namespace trama::measure
