/* oracle_loops.c: numbers and probabilities where states form cycles.
 *
 * Rules   An outcome's number is that of the paths to its ends: infinite when one of these can pass a cycle. A
 * finding's number is that of the interleavings, not dropped, in which it happens, infinite when one of these can pass
 * a cycle, before or after. An outcome's probability is that of ending there, a finding's that it happens and the
 *         execution is not dropped.
 * Method  Nodes are (state, has it happened yet). Numbers by depth-first search over the nodes that matter,
 * probabilities by repeating the equations until they stand still. */
#include <math.h>
#include <stdlib.h>

#include "oracle_memo.h"

enum { MAX_STATES = 20000, MAX_ROUNDS = 200000 };

typedef struct Loops {
    Memo *memo;
    bool is_outcome;
    uint32_t wanted; /* outcome or finding */
    bool *matters;   /* by node: 2 * entry + happened */
    uint8_t *color;  /* 0 not met, 1 on the path, 2 counted */
    mpz_t *counts;
    bool is_endless;
    double *chance, *kept; /* by entry: that it happens; not to be dropped */
} Loops;

static bool happens_in(const Loops *loops, const FindingSet *set)
{
    return !loops->is_outcome && finding_set_has(set, loops->wanted);
}

static uint32_t enter(const Loops *loops, uint32_t entry, bool happened)
{
    return 2 * entry + (happened || happens_in(loops, &loops->memo->entries[entry].here));
}

/* Does an execution that stops at this node count? */
static bool counts_at(const Loops *loops, uint32_t node)
{
    const Entry *entry = &loops->memo->entries[node / 2];
    if (!entry->is_end)
        return false;
    return loops->is_outcome ? entry->outcome == loops->wanted : node % 2 == 1 && !entry->is_dropped;
}

static void find_what_matters(Loops *loops)
{
    const Memo *memo = loops->memo;
    for (uint32_t node = 0; node < 2 * memo->count; node++)
        loops->matters[node] =
            counts_at(loops, node) || (!loops->is_outcome && node % 2 == 1 && memo->entries[node / 2].survives);
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t node = 2 * memo->count; node-- > 0;) {
            const Entry *entry = &memo->entries[node / 2];
            if (loops->matters[node] || (node % 2 == 1 && !loops->is_outcome))
                continue;
            for (uint32_t e = 0; e < entry->edge_count && !loops->matters[node]; e++)
                loops->matters[node] = loops->matters[enter(
                    loops, entry->edges[e].to, node % 2 == 1 || happens_in(loops, &entry->edges[e].events))];
            changed = changed || loops->matters[node];
        }
    }
}

static void count_from(Loops *loops, uint32_t node)
{
    const Entry *entry = &loops->memo->entries[node / 2];
    loops->color[node] = 1;
    mpz_set_ui(loops->counts[node], counts_at(loops, node) ? 1 : 0);
    for (uint32_t e = 0; e < entry->edge_count && !loops->is_endless; e++) {
        uint32_t to = enter(loops, entry->edges[e].to, node % 2 == 1 || happens_in(loops, &entry->edges[e].events));
        if (!loops->matters[to])
            continue;
        if (loops->color[to] == 1)
            loops->is_endless = true;
        if (loops->color[to] == 0)
            count_from(loops, to);
        mpz_add(loops->counts[node], loops->counts[node], loops->counts[to]);
    }
    loops->color[node] = 2;
}

/* Not to be dropped: 1 - probability of a dropped end. */
static void find_kept(Loops *loops)
{
    const Memo *memo = loops->memo;
    for (uint32_t i = 0; i < memo->count; i++)
        loops->kept[i] = memo->entries[i].is_end && memo->entries[i].is_dropped ? 0 : 1;
    double change = 1;
    for (uint32_t round = 0; round < MAX_ROUNDS && change > 1e-17; round++) {
        change = 0;
        for (uint32_t i = memo->count; i-- > 0;) {
            const Entry *entry = &memo->entries[i];
            if (entry->is_end)
                continue;
            double sum = 0;
            for (uint32_t e = 0; e < entry->edge_count; e++)
                sum += loops->kept[entry->edges[e].to];
            sum /= entry->edge_count;
            change = fmax(change, fabs(sum - loops->kept[i]));
            loops->kept[i] = sum;
        }
    }
}

/* False when the equations do not come to rest. */
static bool find_chance(Loops *loops)
{
    const Memo *memo = loops->memo;
    for (uint32_t i = 0; i < memo->count; i++) {
        loops->chance[i] = counts_at(loops, 2 * i) ? 1 : 0;
        if (happens_in(loops, &memo->entries[i].here))
            loops->chance[i] = loops->kept[i];
    }
    for (uint32_t round = 0; round < MAX_ROUNDS; round++) {
        double change = 0;
        for (uint32_t i = memo->count; i-- > 0;) {
            const Entry *entry = &memo->entries[i];
            if (entry->is_end || happens_in(loops, &entry->here))
                continue;
            double sum = 0;
            for (uint32_t e = 0; e < entry->edge_count; e++)
                sum += happens_in(loops, &entry->edges[e].events) ? loops->kept[entry->edges[e].to]
                                                                  : loops->chance[entry->edges[e].to];
            sum /= entry->edge_count;
            change = fmax(change, fabs(sum - loops->chance[i]));
            loops->chance[i] = sum;
        }
        if (change < 1e-17)
            return true;
        if (round % 64 == 0)
            limits_check_time(memo->limits);
    }
    return false;
}

static void measure(Loops *loops, const FindingSet *at_start)
{
    Tally *tally = loops->memo->tally;
    bool happened = happens_in(loops, at_start);
    uint32_t start = enter(loops, 0, happened);
    find_what_matters(loops);
    loops->is_endless = false;
    for (uint32_t node = 0; node < 2 * loops->memo->count; node++)
        loops->color[node] = 0;
    if (loops->matters[start])
        count_from(loops, start);
    double chance = -1;
    if (find_chance(loops))
        chance = happened ? loops->kept[0] : loops->chance[0];
    if (loops->is_outcome)
        tally_set_outcome(tally, loops->wanted, loops->is_endless, loops->counts[start], chance);
    else
        tally_set_finding(tally, loops->wanted, loops->is_endless, loops->counts[start], chance);
}

void loops_count(Memo *memo, const FindingSet *at_start)
{
    if (memo->count > MAX_STATES)
        return;
    uint32_t nodes = 2 * memo->count;
    Loops loops = {.memo = memo,
                   .matters = must_alloc(nodes, sizeof *loops.matters),
                   .color = must_alloc(nodes, sizeof *loops.color),
                   .counts = must_alloc(nodes, sizeof *loops.counts),
                   .chance = must_alloc(memo->count, sizeof *loops.chance),
                   .kept = must_alloc(memo->count, sizeof *loops.kept)};
    for (uint32_t i = 0; i < nodes; i++)
        mpz_init(loops.counts[i]);
    find_kept(&loops);
    for (loops.wanted = 0; loops.wanted < finding_total(); loops.wanted++)
        measure(&loops, at_start);
    loops.is_outcome = true;
    for (uint32_t i = 0; i < memo->tally->outcome_room; i++) {
        loops.wanted = i;
        if (memo->tally->outcome_seen[i])
            measure(&loops, at_start);
    }
    for (uint32_t i = 0; i < nodes; i++)
        mpz_clear(loops.counts[i]);
    free(loops.matters);
    free(loops.color);
    free(loops.counts);
    free(loops.chance);
    free(loops.kept);
}
