#pragma once

#include <map>
#include <string>
#include <vector>

#include "lang/check/elaborate.hpp"
#include "lang/check/findings.hpp"
#include "lang/check/tree.hpp"
#include "trama/lang/scheme.hpp"

/// What is checked on the typed tree, one pass each. All of them bear with what is broken.
namespace trama::lang {

/// Token rates (DESIGN §3): bodies that multiply or starve tokens; says which loops are asynchronous.
void check_rates(Tree& root, const Registry& registry, Findings& findings);

/// Rules, clients and what flows between them; widths that arguments and topologies must fit; sites.
void check_fit(Tree& root, const Registry& registry, Findings& findings);

/// Nets against the data that they are trained and tested on, by the probes.
void check_data(Tree& root, const Registry& registry, const CheckOptions& options,
                const Elaborator& elaborator, Findings& findings);

/// One data set is cut in one way: its clients have one shape.
void check_parts(Tree& root, const Registry& registry, Findings& findings);

/// Gives every block its name and occurrence (DESIGN §3, Identity).
void name_blocks(Tree& root);

/// More actors than the limit. Copies are counted, not made.
void check_size(Tree& root, const CheckOptions& options, Findings& findings);

/// Which blocks make the result depend on timing, in order of place in the scheme.
std::vector<Nondeterminism> nondeterminism(Tree& root);

/// Names of what has no runtime in this build, in order of place; each gets a note.
std::vector<std::string> missing_runtimes(Tree& root, const Registry& registry, Findings& findings);

/// The finished tree.
NodePtr finish(Tree& root);

/// The place of the block's name.
Where function_place(const Tree& tree, const BlockTree& block);
/// Width of a bundle type; 1 for one stream, 0 when not known.
std::int64_t width_of(const Type& type);

}  // namespace trama::lang
