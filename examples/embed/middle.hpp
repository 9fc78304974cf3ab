#pragma once

#include <trama/trama.hpp>

/// Adds the rule `middle`: every parameter becomes the median over the clients, so that a few that send
/// nonsense do no harm (Yin et al., Byzantine-Robust Distributed Learning, ICML 2018).
void add_middle(trama::learn::Library& library);
