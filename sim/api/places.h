/* places.h: what is to be said of states of a graph: how they end, and whether they can still end well. */
#ifndef API_PLACES_H
#define API_PLACES_H

#include "explore/graph.h"
#include "snarl/snarl.h"

/* Of a state without steps. */
SnEnd place_end(const Machine *machine, const Word *state);
/* An end that is a deadlock, was stopped by an error, or breaks a `finally`. SN_END_RUNNING is none. */
bool place_is_bad(const Machine *machine, const Word *state, SnEnd end);
/* By state: an end that is not bad can be reached; an end that an `assume` drops counts as good, for it is nobody's
 * fault. mem_free. */
Status places_end_well(const Machine *machine, const Graph *graph, uint8_t **ends_well);

#endif
