/* oracle_memo.c: the same walk with equal states met once: what follows from a state is kept by its bytes.
 *
 * Shape   What follows is a list of (outcome, set of findings met from here on) with a number of paths and a
 * probability. A state that repeats on the present path makes the number infinite; then a second pass over the graph
 * sees which outcomes are reachable, and which findings lie on a path that is not dropped. */
#include <stdlib.h>
#include <string.h>

#include "oracle_memo.h"

static uint64_t hash_bytes(const uint8_t *bytes, size_t length)
{
    uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) ^ length;
    for (size_t i = 0; i + 8 <= length; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, 8);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
    }
    for (size_t i = length & ~(size_t)7; i < length; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void grow_table(Memo *memo)
{
    memo->table_size = memo->table_size == 0 ? 1024 : 2 * memo->table_size;
    free(memo->table);
    memo->table = must_alloc(memo->table_size, sizeof *memo->table);
    for (uint32_t i = 0; i < memo->count; i++) {
        uint32_t at = (uint32_t)(memo->entries[i].hash & (memo->table_size - 1));
        while (memo->table[at] != 0)
            at = (at + 1) & (memo->table_size - 1);
        memo->table[at] = i + 1;
    }
}

/* The entry of this key, which it takes over; *is_new. */
static uint32_t find_entry(Memo *memo, uint8_t *key, size_t length, bool *is_new)
{
    if (2 * memo->count >= memo->table_size)
        grow_table(memo);
    uint64_t hash = hash_bytes(key, length);
    uint32_t at = (uint32_t)(hash & (memo->table_size - 1));
    for (; memo->table[at] != 0; at = (at + 1) & (memo->table_size - 1)) {
        const Entry *entry = &memo->entries[memo->table[at] - 1];
        if (entry->hash == hash && entry->key_length == length && memcmp(entry->key, key, length) == 0) {
            free(key);
            *is_new = false;
            return memo->table[at] - 1;
        }
    }
    if (memo->count == memo->room) {
        memo->room = memo->room == 0 ? 1024 : 2 * memo->room;
        memo->entries = must_resize(memo->entries, memo->room, sizeof *memo->entries);
    }
    memo->entries[memo->count] = (Entry){.key = key, .key_length = length, .hash = hash};
    memo->table[at] = memo->count + 1;
    *is_new = true;
    return memo->count++;
}

static Share *share_for(Entry *entry, uint32_t outcome, bool dropped, const FindingSet *found)
{
    for (uint32_t i = 0; i < entry->share_count; i++)
        if (entry->shares[i].outcome == outcome && finding_set_equal(&entry->shares[i].found, found))
            return &entry->shares[i];
    if (entry->share_count == 20000)
        die(EXIT_TOO_BIG, "too many combinations of findings");
    entry->shares = must_resize(entry->shares, entry->share_count + 1, sizeof *entry->shares);
    Share *share = &entry->shares[entry->share_count++];
    *share = (Share){.outcome = outcome, .dropped = dropped, .found = *found};
    mpz_init(share->count);
    mpq_init(share->probability);
    return share;
}

static void add_shares(Memo *memo, uint32_t number, const Edge *edge, const mpq_t chance)
{
    mpq_t part;
    mpq_init(part);
    const Entry *from = &memo->entries[edge->to];
    for (uint32_t i = 0; i < from->share_count; i++) {
        FindingSet found = finding_set_union(&from->shares[i].found, &edge->events);
        found = finding_set_union(&found, &memo->entries[number].here);
        Share *share = share_for(&memo->entries[number], from->shares[i].outcome, from->shares[i].dropped, &found);
        mpz_add(share->count, share->count, from->shares[i].count);
        mpq_mul(part, chance, from->shares[i].probability);
        mpq_add(share->probability, share->probability, part);
    }
    mpq_clear(part);
}

static Node *node_at(Memo *memo, uint32_t depth)
{
    if (depth >= memo->node_room) {
        uint32_t room = 2 * depth + 64;
        memo->nodes = must_resize(memo->nodes, room, sizeof *memo->nodes);
        memset(memo->nodes + memo->node_room, 0, (room - memo->node_room) * sizeof *memo->nodes);
        memo->node_room = room;
    }
    return &memo->nodes[depth];
}

static uint32_t memo_visit(Memo *memo, State *state, uint32_t depth)
{
    bool is_new;
    size_t length;
    uint8_t *key = state_key(memo->model, state, &length);
    uint32_t number = find_entry(memo, key, length, &is_new);
    if (!is_new) {
        memo->is_infinite = memo->is_infinite || memo->entries[number].is_open;
        return number;
    }
    if (depth == MAX_DEPTH)
        die(EXIT_TOO_BIG, "paths of more than %d steps", MAX_DEPTH);
    if ((++memo->tally->nodes & 0xff) == 0)
        limits_check_time(memo->limits);
    if (memo->tally->nodes > memo->limits->paths)
        die(EXIT_TOO_BIG, "more than %llu states", (unsigned long long)memo->limits->paths);
    memo->entries[number].is_open = true;
    expand(memo->model, state, node_at(memo, depth));
    const Node *node = &memo->nodes[depth];
    uint32_t count = node->count;
    Entry *entry = &memo->entries[number];
    entry->here = node->here;
    entry->is_end = node->is_end;
    entry->is_dropped = node->is_dropped;
    entry->outcome = node->outcome;
    entry->edges = must_alloc(count, sizeof *entry->edges);
    if (node->is_end) {
        Share *share = share_for(entry, node->outcome, node->is_dropped, &node->here);
        mpz_set_ui(share->count, 1);
        mpq_set_ui(share->probability, 1, 1);
    }
    mpq_t chance;
    mpq_init(chance);
    mpq_set_ui(chance, 1, count == 0 ? 1 : count);
    for (uint32_t i = 0; i < count; i++) {
        const Successor *successor = &memo->nodes[depth].successors[i];
        Edge edge = {.events = successor->events, .thread = successor->thread, .progresses = successor->progresses};
        edge.to = memo_visit(memo, memo->nodes[depth].successors[i].state, depth + 1);
        memo->entries[number].edges[memo->entries[number].edge_count++] = edge;
        if (!memo->is_infinite)
            add_shares(memo, number, &edge, chance);
    }
    mpq_clear(chance);
    memo->entries[number].is_open = false;
    return number;
}

/* Which states have an execution that is not dropped: those that reach an end that counts, or go on for ever. */
static void mark_survivors(Memo *memo)
{
    for (uint32_t i = 0; i < memo->count; i++)
        memo->entries[i].survives = !(memo->entries[i].is_end && memo->entries[i].is_dropped);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = memo->count; i-- > 0;) {
            Entry *entry = &memo->entries[i];
            if (!entry->survives || entry->is_end)
                continue;
            bool survives = false;
            for (uint32_t e = 0; e < entry->edge_count; e++)
                survives = survives || memo->entries[entry->edges[e].to].survives;
            entry->survives = survives;
            changed = changed || !survives;
        }
    }
}

static void see_all(Memo *memo, const FindingSet *at_start)
{
    mark_survivors(memo);
    if (memo->entries[0].survives)
        tally_see_findings(memo->tally, at_start);
    for (uint32_t i = 0; i < memo->count; i++) {
        const Entry *entry = &memo->entries[i];
        if (entry->is_end)
            tally_see_outcome(memo->tally, entry->outcome);
        if (entry->survives)
            tally_see_findings(memo->tally, &entry->here);
        for (uint32_t e = 0; e < entry->edge_count; e++)
            if (memo->entries[entry->edges[e].to].survives)
                tally_see_findings(memo->tally, &entry->edges[e].events);
    }
}

static void memo_free(Memo *memo)
{
    for (uint32_t i = 0; i < memo->count; i++) {
        Entry *entry = &memo->entries[i];
        for (uint32_t k = 0; k < entry->share_count; k++) {
            mpz_clear(entry->shares[k].count);
            mpq_clear(entry->shares[k].probability);
        }
        free(entry->shares);
        free(entry->edges);
        free(entry->key);
    }
    for (uint32_t i = 0; i < memo->node_room; i++)
        node_free(&memo->nodes[i]);
    free(memo->nodes);
    free(memo->entries);
    free(memo->table);
}

bool memo_walk(const Model *model, const Limits *limits, Tally *tally)
{
    Memo memo = {.model = model, .limits = limits, .tally = tally};
    FindingSet events = {0};
    State *start = expand_start(model, &events);
    memo_visit(&memo, start, 0);
    if (memo.is_infinite) {
        see_all(&memo, &events);
        loops_count(&memo, &events);
        tally->has_livelock = livelock_exists(&memo);
    } else {
        for (uint32_t i = 0; i < memo.entries[0].share_count; i++) {
            const Share *share = &memo.entries[0].shares[i];
            FindingSet found = finding_set_union(&share->found, &events);
            tally_add(tally, share->outcome, share->dropped, &found, share->count, share->probability);
        }
    }
    state_free(start);
    bool is_finite = !memo.is_infinite;
    memo_free(&memo);
    return is_finite;
}
