/* uniform.h: random executions, each interleaving as likely as the others.
 *
 * Method  the number of interleavings from each state on is counted exactly, from the ends backwards; a run draws a
 *         number below that of the start, and goes where the interleaving with this number goes. Those that an
 *         `assume` drops are not counted and never drawn.
 * Needs   the whole graph, without cycles.
 * Units   a number of any size for each state, 16 bytes and its digits.
 * Seeds   the runs depend on the seed and the graph only. They are kept, step by step, for sample_walk.
 * Owner   the sample. Errors STATUS_INVALID: there are no interleavings, or without end; STATUS_NO_MEMORY,
 *         STATUS_INTERRUPTED. */
#ifndef EXPLORE_UNIFORM_H
#define EXPLORE_UNIFORM_H

#include "explore/order.h"
#include "explore/sample.h"

/* `is_dropped`: by state, NULL none. */
Status uniform_sample(const Graph *graph, const uint8_t *is_dropped, const SampleOptions *sampling, Work *work,
                      Sample *sample);

#endif
