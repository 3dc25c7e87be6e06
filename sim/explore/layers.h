/* layers.h: the places of an order in stretches of which none has a step inside: their states can be looked at in any order, and by
 * several threads.
 *
 * Shape   Cuts, ascending; stretch k is the places cuts[k] .. cuts[k+1]-1, and first_of[k] the first stretch of its layer: all before that must
 *         be done before stretch k. Long layers are cut into stretches of about the same length.
 * Method  greedy, from the first place on: a layer ends where a state has a step into it. Where all paths to a state are of equal length
 *         layers are those of the breadth-first search.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED, with nothing to be freed. */
#ifndef EXPLORE_LAYERS_H
#define EXPLORE_LAYERS_H

#include "explore/order.h"

typedef struct Layers {
    uint64_t *cuts;     /* count + 1 */
    uint64_t *first_of; /* count */
    uint64_t count, room;
    uint64_t layer_count;
} Layers;

Status layers_find(const Graph *graph, const Order *order, Work *work, Layers *layers);
/* Whether there are enough places in a layer to share them out. */
bool layers_are_wide(const Layers *layers);
void layers_free(Layers *layers);

#endif
