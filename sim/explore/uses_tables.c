#include "explore/uses_tables.h"

#include <string.h>

#include "base/memory.h"

/* By number of the manner. */
static const uint16_t conflicts[MANNERS] = {
    USE_ALL & ~(USE_READ | USE_WAIT),
    USE_ALL,
    USE_READ | USE_WRITE,
    USE_READ | USE_WRITE | USE_TAKE,
    USE_READ | USE_WRITE | USE_CLEAR,
    USE_READ | USE_WRITE | USE_SET | USE_WAIT,
    USE_WRITE | USE_CLEAR,
    USE_READ | USE_WRITE | USE_LOCK | USE_SHARE,
    USE_READ | USE_WRITE | USE_LOCK,
    USE_READ | USE_WRITE,
    USE_READ | USE_WRITE,
    USE_READ | USE_WRITE | USE_PUT | USE_CLOSE,
    USE_READ | USE_WRITE | USE_GET,
    USE_READ | USE_WRITE | USE_PUT | USE_CLOSE,
};

/* Bytes of tables beyond which they would take longer than they save. */
#define MOST_BYTES ((size_t)256 << 20)

bool uses_make_tables(Uses *u, bool *is_unfit)
{
    u->point_words = u->point_count / 64 + 1;
    size_t futures = (size_t)u->point_count * u->place_count * sizeof *u->futures;
    size_t rows = (size_t)u->kind_count * 2 * u->point_words * sizeof(uint64_t);
    if (futures > MOST_BYTES || rows > MOST_BYTES) {
        *is_unfit = true;
        return false;
    }
    u->futures = mem_alloc((size_t)u->point_count * u->place_count, sizeof *u->futures);
    u->future_stops = mem_alloc(u->point_count, sizeof *u->future_stops);
    u->meeting_at = mem_alloc(u->kind_count * u->point_words, sizeof *u->meeting_at);
    u->enabling_at = mem_alloc(u->kind_count * u->point_words, sizeof *u->enabling_at);
    return u->futures != NULL && u->future_stops != NULL && u->meeting_at != NULL &&
           u->enabling_at != NULL;
}

/* Least fixed point: what a point's own steps use, and the futures of the points behind it. */
static void find_futures(Uses *u)
{
    memset(u->futures, 0, (size_t)u->point_count * u->place_count * sizeof *u->futures);
    memset(u->future_stops, 0, u->point_count * sizeof *u->future_stops);
    for (uint32_t k = 0; k < u->kind_count; k++) {
        const Kind *kind = &u->kinds[k];
        for (uint32_t i = 0; i < kind->use_count && kind->is_seen; i++)
            u->futures[(size_t)kind->point * u->place_count + u->uses[kind->first_use + i].place] |=
                u->uses[kind->first_use + i].manners;
        u->future_stops[kind->point] |= kind->stops;
    }
    bool changes = true;
    while (changes) {
        changes = false;
        for (uint32_t p = u->point_count; p-- > 0;) {
            uint16_t *future = u->futures + (size_t)p * u->place_count;
            for (uint32_t n = 0; n < u->points[p].next_count; n++) {
                uint32_t behind = u->nexts[u->points[p].first_next + n];
                const uint16_t *add = u->futures + (size_t)behind * u->place_count;
                for (uint32_t place = 0; place < u->place_count; place++) {
                    changes |= (add[place] & ~future[place]) != 0;
                    future[place] |= add[place];
                }
                changes |= u->future_stops[behind] && !u->future_stops[p];
                u->future_stops[p] |= u->future_stops[behind];
            }
        }
    }
}

static uint16_t conflicts_of(uint16_t manners)
{
    uint16_t all = 0;
    for (uint32_t m = 0; m < MANNERS; m++)
        if ((manners >> m & 1) != 0)
            all |= conflicts[m];
    return all;
}

static bool kinds_conflict(const Uses *u, const Kind *a, const Kind *b)
{
    if (a->stops || b->stops)
        return true;
    for (uint32_t i = 0; i < a->use_count; i++)
        for (uint32_t k = 0; k < b->use_count; k++) {
            const Use *x = &u->uses[a->first_use + i], *y = &u->uses[b->first_use + k];
            if (x->place == y->place && (conflicts_of(x->manners) & y->manners) != 0)
                return true;
        }
    return false;
}

static void set_bit(uint64_t *bits, size_t words, uint32_t row, uint32_t column)
{
    bits[row * words + column / 64] |= UINT64_C(1) << column % 64;
}

static bool has_bit(const uint64_t *bits, size_t words, uint32_t row, uint32_t column)
{
    return (bits[row * words + column / 64] >> column % 64 & 1) != 0;
}

enum { TOLD_STOPS = 1, TOLD_SEEN = 2, TOLD_BITS = 2, TOLD_ALL = 3 };

static uint8_t tell(const Kind *kind)
{
    return (uint8_t)((kind->stops ? TOLD_STOPS : 0) | (kind->is_seen ? TOLD_SEEN : 0));
}

static void hear(Kind *kind, unsigned told)
{
    kind->stops = (told & TOLD_STOPS) != 0;
    kind->is_seen = (told & TOLD_SEEN) != 0;
}

void uses_fill_tables(Uses *u)
{
    for (uint32_t k = 0; k < u->kind_count; k++)
        u->kinds[k].told = tell(&u->kinds[k]);
    find_futures(u);
    memset(u->meeting_at, 0, u->kind_count * u->point_words * sizeof *u->meeting_at);
    memset(u->enabling_at, 0, u->kind_count * u->point_words * sizeof *u->enabling_at);
    for (uint32_t a = 0; a < u->kind_count; a++) {
        const Kind *kind = &u->kinds[a];
        for (uint32_t p = 0; p < u->point_count; p++) {
            const uint16_t *future = u->futures + (size_t)p * u->place_count;
            bool meets = kind->stops || u->future_stops[p], enables = false;
            for (uint32_t i = 0; i < kind->use_count; i++) {
                const Use *use = &u->uses[kind->first_use + i];
                meets |= (conflicts_of(use->manners) & future[use->place]) != 0;
                enables |= (future[use->place] & ~USE_HELPS_NOBODY) != 0;
            }
            if (meets)
                set_bit(u->meeting_at, u->point_words, a, p);
            if (enables)
                set_bit(u->enabling_at, u->point_words, a, p);
        }
    }
}

void uses_refresh(Uses *u)
{
    if (u->is_stale)
        uses_fill_tables(u);
    u->is_stale = false;
}

bool uses_save(const Uses *u, Record *record)
{
    record_put_number(record, u->kind_count);
    for (uint32_t k = 0; k < u->kind_count; k++)
        record_put_number(record, (uint64_t)tell(&u->kinds[k]) << TOLD_BITS | u->kinds[k].told);
    return !record->has_failed;
}

/* First what the tables mind, then what was learned since: the search goes on with the tables that it had. */
Status uses_restore(Uses *u, Record *record)
{
    uint64_t count, bits;
    if (!record_get_number(record, &count) || count != u->kind_count)
        return STATUS_INVALID;
    uint8_t *told = mem_alloc((size_t)count + 1, 1);
    if (told == NULL)
        return STATUS_NO_MEMORY;
    Status status = STATUS_OK;
    for (uint32_t k = 0; k < count && status == STATUS_OK; k++) {
        if (!record_get_number(record, &bits))
            status = STATUS_INVALID;
        told[k] = (uint8_t)(bits >> TOLD_BITS);
        hear(&u->kinds[k], bits & TOLD_ALL);
    }
    uses_fill_tables(u);
    u->is_stale = false;
    for (uint32_t k = 0; k < count && status == STATUS_OK; k++) {
        hear(&u->kinds[k], told[k]);
        u->is_stale |= u->kinds[k].told != told[k];
    }
    mem_free(told);
    return status;
}

bool uses_conflict(const Uses *u, StepKind a, StepKind b)
{
    return kinds_conflict(u, &u->kinds[a], &u->kinds[b]);
}

bool uses_meet(const Uses *u, StepKind step, ThreadId thread, uint32_t point)
{
    return has_bit(u->meeting_at, u->point_words, step, u->first_point[thread] + point);
}

bool uses_may_enable(const Uses *u, StepKind step, ThreadId thread, uint32_t point)
{
    return has_bit(u->enabling_at, u->point_words, step, u->first_point[thread] + point);
}
