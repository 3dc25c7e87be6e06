/* oracle_paths.c: every path from the start to an end, one after another; nothing is shared or left out. */
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

typedef struct Level { /* one state of the present path */
    Node node;
    uint8_t *key;
    size_t key_length;
    uint64_t hash;
} Level;

typedef struct Walk {
    const Model *model;
    const Limits *limits;
    Tally *tally;
    Level *levels;
    uint32_t room;
    mpz_t one;
    uint64_t ends;
} Walk;

static uint64_t hash_bytes(const uint8_t *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static bool repeats(const Walk *walk, uint32_t depth)
{
    const Level *level = &walk->levels[depth];
    for (uint32_t i = 0; i < depth; i++) {
        const Level *before = &walk->levels[i];
        if (before->hash == level->hash && before->key_length == level->key_length &&
            memcmp(before->key, level->key, level->key_length) == 0)
            return true;
    }
    return false;
}

static void meet_end(Walk *walk, const Node *node, const FindingSet *found, const mpq_t probability)
{
    if (++walk->ends > walk->limits->paths)
        die(EXIT_TOO_BIG, "more than %llu paths", (unsigned long long)walk->limits->paths);
    tally_add(walk->tally, node->outcome, node->is_dropped, found, walk->one, probability);
}

/* False when a state repeats. */
static bool walk_from(Walk *walk, State *state, uint32_t depth, const FindingSet *before, const mpq_t probability)
{
    if (depth == MAX_DEPTH)
        die(EXIT_TOO_BIG, "paths of more than %d steps", MAX_DEPTH);
    if (depth == walk->room) {
        uint32_t room = walk->room == 0 ? 64 : 2 * walk->room;
        walk->levels = must_resize(walk->levels, room, sizeof *walk->levels);
        memset(walk->levels + walk->room, 0, (room - walk->room) * sizeof *walk->levels);
        walk->room = room;
    }
    Level *level = &walk->levels[depth];
    free(level->key);
    level->key = state_key(walk->model, state, &level->key_length);
    level->hash = hash_bytes(level->key, level->key_length);
    if (repeats(walk, depth))
        return false;
    if ((++walk->tally->nodes & 0xfff) == 0)
        limits_check_time(walk->limits);
    expand(walk->model, state, &level->node);
    FindingSet found = finding_set_union(before, &level->node.here);
    if (level->node.is_end) {
        meet_end(walk, &level->node, &found, probability);
        return true;
    }
    mpq_t share;
    mpq_init(share);
    mpq_set_ui(share, 1, level->node.count);
    mpq_mul(share, share, probability);
    bool goes_on = true;
    for (uint32_t i = 0; i < walk->levels[depth].node.count && goes_on; i++) {
        Successor *successor = &walk->levels[depth].node.successors[i];
        FindingSet with_step = finding_set_union(&found, &successor->events);
        goes_on = walk_from(walk, successor->state, depth + 1, &with_step, share);
    }
    mpq_clear(share);
    return goes_on;
}

bool paths_walk(const Model *model, const Limits *limits, Tally *tally)
{
    Walk walk = {.model = model, .limits = limits, .tally = tally};
    mpz_init_set_ui(walk.one, 1);
    mpq_t certain;
    mpq_init(certain);
    mpq_set_ui(certain, 1, 1);
    FindingSet events = {0};
    State *start = expand_start(model, &events);
    bool is_finite = walk_from(&walk, start, 0, &events, certain);
    state_free(start);
    for (uint32_t i = 0; i < walk.room; i++) {
        node_free(&walk.levels[i].node);
        free(walk.levels[i].key);
    }
    free(walk.levels);
    mpq_clear(certain);
    mpz_clear(walk.one);
    return is_finite;
}
