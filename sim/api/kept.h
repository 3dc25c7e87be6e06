/* kept.h: the state space of an exploration and where its findings happen, kept with the result for sn_map.
 *
 * Owner   the result; kept_free. */
#ifndef API_KEPT_H
#define API_KEPT_H

#include "api/exploration.h"

typedef struct KeptFinding {
    StateId *states; /* where it happens */
    uint64_t state_count;
    EdgeId *edges;
    uint64_t edge_count;
    bool is_loop; /* the states are those of loops */
    bool is_told; /* the marks alone tell when it happens: no `eventually`, which depends on what was true before */
} KeptFinding;

typedef struct Kept {
    Graph *graph;
    uint8_t *is_dropped;  /* by state; NULL: none */
    uint32_t *outcome_of; /* by state; SN_NONE: no end */
    KeptFinding *findings;
    uint32_t finding_count;
} Kept;

/* Where map_states asks for it and the state space is complete and small enough. Nothing is kept when memory ends. */
void kept_keep(Exploration *exploration);
void kept_free(Kept *kept);

#endif
