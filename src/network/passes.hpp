#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trama/network/network.hpp"

/// The steps from scheme to network, in the order in which they run. Each takes a sound network and leaves
/// one.
namespace trama::network {

/// Makes every copy: actors, channels, loops, taps and sinks; evaluates what depends on the copy.
core::Result<void> make_copies(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);
/// Gives a feedback with conditions beyond `rounds:` its control actor.
core::Result<void> add_controls(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);
/// Makes trees of the reductions with an arity.
core::Result<void> grow_trees(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);
/// Numbers actors along the flow, so that an actor's id is higher than those it waits for.
core::Result<void> put_in_order(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);
/// Says from where rules take their first State.
core::Result<void> find_states(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);
/// Says where the round of a reduction with a quorum begins, and which channels keep the newest token for it.
core::Result<void> open_regions(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);
/// Says who collects the tokens of the streams that a `sample` chooses by what they did.
core::Result<void> find_collectors(const lang::Scheme& scheme, const ExpandOptions& options,
                                   Network& network);
/// Ranks copies.
core::Result<void> rank_copies(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);
/// Gives channels their capacities.
core::Result<void> set_capacities(const lang::Scheme& scheme, const ExpandOptions& options, Network& network);

/// How many actors a tree part expands to, trees and controls included, without making them; saturates. A
/// `sample` that takes the place of a broadcast counts as both.
std::int64_t count_actors(const lang::Node& node);
/// Inner nodes of a k-ary reduction of n streams.
std::int64_t inner_nodes(std::int64_t streams, std::int64_t arity);
/// The arity that a block asks for; 0: flat.
std::int64_t arity_of(const core::Call* block);
/// True when the feedback, not an asynchronous one, needs an actor that looks at all its streams.
bool needs_control(const core::Call& feedback, bool asynchronous);

/// Streams of a type: 0 for nothing, the product of widths for bundles.
std::int64_t streams_of(const lang::Type& type);
/// The payload of one stream of a type: "Model", "[Update]".
std::string payload_of(const lang::Type& type);

/// Adds a channel; makes room for the ports where they are not there yet.
ChannelId connect(Network& network, ActorId from, std::size_t from_port, ActorId to, std::size_t to_port,
                  std::string payload);

/// The named value of a call's parameter of type "rule ..." or "block ...", null when the block has none.
const lang::Parameter* parameter_of(const lang::Signature& signature, std::string_view type);

}  // namespace trama::network
