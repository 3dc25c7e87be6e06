/* oracle_memo.h: the states met, with what follows from each of them. */
#ifndef ORACLE_MEMO_H
#define ORACLE_MEMO_H

#include "oracle.h"

typedef struct Share {
    uint32_t outcome;
    bool dropped;
    FindingSet found;
    mpz_t count;
    mpq_t probability;
} Share;

typedef struct Edge {
    uint32_t to, thread;
    bool progresses;
    FindingSet events;
} Edge;

typedef struct Entry {
    uint8_t *key;
    size_t key_length;
    uint64_t hash;
    bool is_open; /* on the present path */
    Share *shares;
    uint32_t share_count;
    /* For the second pass: */
    Edge *edges;
    uint32_t edge_count;
    FindingSet here;
    bool is_end, is_dropped, survives;
    uint32_t outcome;
} Entry;

typedef struct Memo {
    const Model *model;
    const Limits *limits;
    Tally *tally;
    Entry *entries;
    uint32_t count, room;
    uint32_t *table; /* entry + 1 */
    uint32_t table_size;
    bool is_infinite;
    Node *nodes; /* by depth */
    uint32_t node_room;
} Memo;

/* Numbers and probabilities where states form cycles. */
void loops_count(Memo *memo, const FindingSet *at_start);
/* Is there a set of states in which a weakly fair scheduler can stay for ever, without a `progress`? */
bool livelock_exists(const Memo *memo);

#endif
