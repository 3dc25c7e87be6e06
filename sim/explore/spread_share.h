/* spread_share.h: what a process of a spread search has. Private to spread*.c. */
#ifndef EXPLORE_SPREAD_SHARE_H
#define EXPLORE_SPREAD_SHARE_H

#include "explore/spread.h"
#include "explore/store.h"
#include "machine/interned.h"

typedef struct Numbers { /* a growing list */
    uint32_t *items;
    uint64_t count, room;
} Numbers;

typedef struct Key { /* to be sorted */
    uint64_t key;
    uint32_t place;
} Key;

typedef struct Keys {
    Key *items, *spare;
    uint64_t count, room;
} Keys;

struct Spread {
    Machine *machine;
    const SearchOptions *options;
    const Peers *peers;
    const Monitor *monitor;
    uint32_t words;
    Word *common; /* bits that decide whose a state is */
    Budget budget;
    Store *store;
    Stretch order_memory, ids_memory, first_memory, to_memory, thread_memory;
    StateId *order;      /* by place: number in the store */
    StateId *ids;        /* by number in the store: id in the graph */
    EdgeId *first_edge;  /* by place, one more */
    StateId *edge_to;    /* ids; while a level lasts, owners */
    uint16_t *edge_thread;
    uint64_t placed;    /* states that have a place */
    uint64_t expanded;  /* of them, those that were expanded */
    uint64_t level_end; /* place behind the level at hand */
    EdgeId numbered;    /* edges whose ends are ids; the others hold owners */
    uint64_t known;     /* states in the store that have an id; the others belong to the next level */

    /* of all processes together */
    uint64_t state_count, level_first, level_last; /* ids of the level at hand: first, and behind the last */
    uint64_t cut;                                  /* states from here on count as not expanded */
    uint64_t edge_count;
    uint32_t max_depth;
    GraphLimit limit;

    Expansion expansion;
    Parcels parcels, cards;
    InternedMap *maps; /* by process */
    Interned told;
    uint64_t *lowest;  /* by number in the store, from `known` on: least key that leads there */
    uint64_t lowest_room;
    Numbers *asked;    /* by process: where its successors lie, in the order in which they came */
    Keys keys;
    uint64_t *came;    /* by process: keys that came from it */
    Word *batch;
    Probe *probes;
    StateId *batch_ids;

    /* what did not fit: the id of the state where this process met it, of the first where any did; UINT64_MAX */
    uint64_t failed_at, first_failure;
    Overflow overflow, first_overflow;

    double begin, last_progress;
    uint64_t others_states, others_edges; /* as last heard */

    /* rank 0, for graph_state */
    Word **blocks;
    uint64_t block_count;
    Word *reserve;
    uint32_t next_reserve;
    char *reply; /* room for MOST_BLOCKS */
    uint64_t last_place; /* of spread_edge */
    bool is_serving;
};

enum {
    SPREAD_BLOCK = 64, /* states brought at once */
    SPREAD_BATCH = 64  /* looked up in a row */
};

bool numbers_add(Numbers *numbers, uint32_t number);
bool keys_reserve(Keys *keys, uint64_t count);
void keys_free(Keys *keys);
/* By key, ascending; stable. */
void keys_sort(Keys *keys);

/* All agree on a status, and on the limit behind it. */
Status spread_meet(Spread *spread, Status status);
/* All processes: the states of the next level get their ids and places, and the edges of this one their ends. */
Status spread_number(Spread *spread);
/* The first state of the level, whose places begin at `begin`, from which a step leads to `most` or above: the least id,
 * the same for all processes. */
uint64_t spread_cut(const Spread *spread, uint64_t begin, StateId most);
/* The graph on rank 0. All processes return the same. */
Status spread_collect(Spread *spread, bool is_complete, Graph **out);

#endif
