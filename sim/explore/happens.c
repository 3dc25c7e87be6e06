#include "explore/happens.h"

#include <string.h>

#include "base/memory.h"

#ifdef SNARL_SMALL_TABLES
enum { MOST_PRINTS = 64 };
#else
enum { MOST_PRINTS = 1024 }; /* footprints with rows */
#endif
enum { CANDIDATES, BEFORE, OF_THREAD, CONFLICTS };

static void free_rows(Happens *h)
{
    mem_free(h->before);
    mem_free(h->of_thread);
    mem_free(h->conflicts);
    mem_free(h->pairs);
    h->before = h->of_thread = h->conflicts = h->pairs = NULL;
    h->prints = h->print_room = 0;
}

void happens_free(Happens *h)
{
    free_rows(h);
    mem_free(h->thread_of);
    mem_free(h->footprint_of);
    mem_free(h->clocks);
    mem_free(h->lasts);
    mem_free(h->ordinals);
    mem_free(h->cursors);
    for (size_t i = 0; i < sizeof h->scratch / sizeof h->scratch[0]; i++)
        mem_free(h->scratch[i]);
    *h = (Happens){.dependence = h->dependence, .threads = h->threads};
}

static void set(uint64_t *row, uint32_t event)
{
    row[event / 64] |= UINT64_C(1) << (event % 64);
}

/* ------------------------------------------------------------------- footprints */

/* Rows of the footprints that came up since. */
static bool know_footprints(Happens *h)
{
    uint32_t wanted = dependence_footprints(h->dependence);
    if (wanted > MOST_PRINTS)
        wanted = MOST_PRINTS;
    if (wanted > h->print_room) {
        uint32_t room = h->print_room == 0 ? 64 : h->print_room;
        while (room < wanted)
            room *= 2;
        uint64_t *pairs = mem_alloc((size_t)room * (room / 64), sizeof *pairs);
        uint64_t *conflicts = mem_resize(h->conflicts, (size_t)room * h->width, sizeof *conflicts);
        if (conflicts != NULL)
            h->conflicts = conflicts;
        if (pairs == NULL || conflicts == NULL) {
            mem_free(pairs);
            return false;
        }
        for (uint32_t f = 0; f < h->prints; f++)
            memcpy(pairs + (size_t)f * (room / 64), h->pairs + (size_t)f * (h->print_room / 64),
                   h->print_room / 64 * sizeof *pairs);
        mem_free(h->pairs);
        h->pairs = pairs;
        h->print_room = room;
    }
    for (; h->prints < wanted; h->prints++) {
        FootprintId f = h->prints;
        uint64_t *row = h->conflicts + (size_t)f * h->width;
        for (FootprintId g = 0; g <= f; g++)
            if (dependence_conflict(h->dependence, f, g)) {
                set(h->pairs + (size_t)f * (h->print_room / 64), g);
                set(h->pairs + (size_t)g * (h->print_room / 64), f);
            }
        memset(row, 0, h->width * sizeof *row);
        for (uint32_t k = 0; k < h->count; k++)
            if (dependence_conflict(h->dependence, h->footprint_of[k], f))
                set(row, k);
    }
    return true;
}

const uint64_t *happens_conflicts_of_new(Happens *h, FootprintId footprint)
{
    if (!h->is_long) {
        if (!know_footprints(h))
            return NULL;
        if (footprint < h->prints)
            return h->conflicts + (size_t)footprint * h->width;
    }
    uint64_t *row = h->scratch[CONFLICTS];
    memset(row, 0, h->width * sizeof *row);
    for (uint32_t k = 0; k < h->count; k++)
        if (dependence_conflict(h->dependence, h->footprint_of[k], footprint))
            set(row, k);
    return row;
}

/* ------------------------------------------------------------------------ rows */

/* The newest event's bit in the rows of the footprints. */
static inline void enter_conflicts(Happens *h, uint32_t at, FootprintId footprint, const uint32_t width)
{
    if (footprint >= h->prints) {
        for (FootprintId f = 0; f < h->prints; f++)
            if (dependence_conflict(h->dependence, f, footprint))
                set(h->conflicts + (size_t)f * width, at);
        return;
    }
    uint32_t words = h->print_room / 64;
    const uint64_t *pairs = h->pairs + (size_t)footprint * words;
    uint64_t *column = h->conflicts + (width == 1 ? 0 : at / 64), bit = UINT64_C(1) << (at % 64);
    for (uint32_t w = 0; w < words; w++)
        for (uint64_t rest = pairs[w]; rest != 0; rest &= rest - 1)
            column[(size_t)(w * 64 + (uint32_t)__builtin_ctzll(rest)) * width] |= bit;
}

/* Compiled for rows of one word as well. */
static inline __attribute__((always_inline)) uint32_t enter_rows(Happens *h, const uint64_t *conflicts, uint32_t *races,
                                                                 const uint32_t width)
{
    uint32_t at = h->count, last = width == 1 ? 0 : at / 64, count = 0;
    uint64_t *candidates = h->scratch[CANDIDATES], *before = h->before + (size_t)at * width;
    for (uint32_t w = 0; w <= last; w++) {
        candidates[w] = conflicts[w];
        before[w] = 0;
    }
    for (uint32_t w = last + 1; w-- > 0;)
        while (candidates[w] != 0) { /* what conflicts and is not before any later one has nothing between */
            uint32_t k = w * 64 + 63 - (uint32_t)__builtin_clzll(candidates[w]);
            const uint64_t *theirs = h->before + (size_t)k * width;
            for (uint32_t v = 0; v <= w; v++) {
                candidates[v] &= ~theirs[v];
                before[v] |= theirs[v];
            }
            races[count++] = k;
        }
    set(before, at);
    set(h->of_thread + (size_t)h->thread_of[at] * width, at);
    enter_conflicts(h, at, h->footprint_of[at], width);
    return count;
}

static bool add_to_rows(Happens *h, uint32_t *races, uint32_t *race_count)
{
    if (h->prints < dependence_footprints(h->dependence) && h->prints < MOST_PRINTS && !know_footprints(h))
        return false;
    const uint64_t *conflicts = happens_conflicts(h, h->footprint_of[h->count]);
    if (conflicts == NULL)
        return false;
    *race_count = h->width == 1 ? enter_rows(h, conflicts, races, 1) : enter_rows(h, conflicts, races, h->width);
    return true;
}

/* Takes the bits from `count` on out of rows of which there are `rows`. */
static void cut_rows(uint64_t *row, uint32_t rows, uint32_t width, uint32_t count, uint32_t end)
{
    uint32_t first = count / 64, words = (end + 63) / 64;
    uint64_t kept = (UINT64_C(1) << (count % 64)) - 1;
    if (width == 1) {
        for (uint32_t i = 0; i < rows; i++)
            row[i] &= kept;
        return;
    }
    for (uint32_t i = 0; i < rows; i++, row += width) {
        row[first] &= kept;
        for (uint32_t w = first + 1; w < words; w++)
            row[w] = 0;
    }
}

void happens_cut(Happens *h, uint32_t count)
{
    if (!h->is_long && count < h->count) {
        cut_rows(h->of_thread, h->threads, h->width, count, h->count);
        cut_rows(h->conflicts, h->prints, h->width, count, h->count);
    }
    h->count = count;
}

/* ---------------------------------------------------------------------- clocks */

static void add_to_clocks(Happens *h, uint32_t *races, uint32_t *race_count)
{
    uint32_t at = h->count, threads = h->threads, count = 0;
    ThreadId thread = h->thread_of[at];
    uint32_t *clock = h->clocks + (size_t)at * threads, *lasts = h->lasts + (size_t)at * threads;
    memset(clock, 0, threads * sizeof *clock);
    if (at == 0) {
        memset(lasts, 0, threads * sizeof *lasts);
    } else {
        memcpy(lasts, lasts - threads, threads * sizeof *lasts);
        lasts[h->thread_of[at - 1]] = at;
    }
    memcpy(h->cursors, lasts, threads * sizeof *lasts); /* by thread: its newest event that was not looked at, plus one */
    for (;;) {
        uint32_t newest = 0;
        for (ThreadId t = 0; t < threads; t++) {
            if (h->cursors[t] != 0 && h->ordinals[h->cursors[t] - 1] <= clock[t])
                h->cursors[t] = 0; /* and so are all earlier ones of that thread */
            if (h->cursors[t] > newest)
                newest = h->cursors[t];
        }
        if (newest == 0)
            break;
        uint32_t k = newest - 1;
        h->cursors[h->thread_of[k]] = h->lasts[(size_t)k * threads + h->thread_of[k]];
        if (!dependence_conflict(h->dependence, h->footprint_of[k], h->footprint_of[at]))
            continue;
        const uint32_t *theirs = h->clocks + (size_t)k * threads;
        for (ThreadId t = 0; t < threads; t++)
            if (clock[t] < theirs[t])
                clock[t] = theirs[t];
        races[count++] = k;
    }
    h->ordinals[at] = ++clock[thread];
    *race_count = count;
}

/* -------------------------------------------------------------------------- room */

#define GROW(h, field, number)                                                                                         \
    do {                                                                                                               \
        void *larger = mem_resize((h)->field, (number), sizeof *(h)->field);                                           \
        if (larger == NULL)                                                                                            \
            return false;                                                                                              \
        (h)->field = larger;                                                                                           \
    } while (0)

/* The same bits in wider rows. */
static bool widen(uint64_t **rows, uint32_t used, uint32_t number, uint32_t from, uint32_t to)
{
    uint64_t *wider = mem_alloc((size_t)number * to, sizeof *wider);
    if (wider == NULL)
        return false;
    for (uint32_t i = 0; i < used; i++)
        memcpy(wider + (size_t)i * to, *rows + (size_t)i * from, from * sizeof *wider);
    mem_free(*rows);
    *rows = wider;
    return true;
}

static void begin_clocks(Happens *h, uint32_t *races, uint32_t *race_count)
{
    uint32_t count = h->count;
    free_rows(h);
    h->is_long = true;
    for (h->count = 0; h->count < count; h->count++)
        add_to_clocks(h, races, race_count);
}

static bool reserve(Happens *h, uint32_t *races, uint32_t *race_count)
{
    if (h->count < h->room)
        return true;
    uint32_t first = HAPPENS_LONG < 64 ? HAPPENS_LONG : 64, room = h->room == 0 ? first : h->room * 2;
    uint32_t width = (room + 63) / 64, old = h->width;
    bool becomes_long = !h->is_long && room > HAPPENS_LONG;
    GROW(h, thread_of, room);
    GROW(h, footprint_of, room);
    for (size_t i = 0; i < sizeof h->scratch / sizeof h->scratch[0]; i++)
        GROW(h, scratch[i], width);
    if (h->is_long || becomes_long) {
        GROW(h, clocks, (size_t)room * h->threads);
        GROW(h, lasts, (size_t)room * h->threads);
        GROW(h, ordinals, room);
        GROW(h, cursors, h->threads);
    } else if (!widen(&h->before, h->count, room, old, width) ||
               !widen(&h->of_thread, old == 0 ? 0 : h->threads, h->threads, old, width) ||
               (h->print_room > 0 && !widen(&h->conflicts, h->prints, h->print_room, old, width))) {
        return false;
    }
    h->room = room;
    h->width = width;
    if (becomes_long)
        begin_clocks(h, races, race_count);
    return true;
}

bool happens_add(Happens *h, ThreadId thread, FootprintId footprint, uint32_t *races, uint32_t *race_count)
{
    if (!reserve(h, races, race_count))
        return false;
    h->thread_of[h->count] = thread;
    h->footprint_of[h->count] = footprint;
    if (h->is_long)
        add_to_clocks(h, races, race_count);
    else if (!add_to_rows(h, races, race_count))
        return false;
    h->count++;
    return true;
}

/* --------------------------------------------------------------------- questions */

bool happens_earlier(const Happens *h, uint32_t k, uint32_t at)
{
    if (h->is_long)
        return k <= at && h->clocks[(size_t)at * h->threads + h->thread_of[k]] >= h->ordinals[k];
    return happens_has(h->before + (size_t)at * h->width, k);
}

const uint64_t *happens_before(Happens *h, uint32_t event)
{
    if (!h->is_long)
        return h->before + (size_t)event * h->width;
    uint64_t *row = h->scratch[BEFORE];
    memset(row, 0, h->width * sizeof *row);
    for (uint32_t k = 0; k <= event; k++)
        if (happens_earlier(h, k, event))
            set(row, k);
    return row;
}

void happens_drop_after(const Happens *h, uint32_t event, uint64_t *row, uint32_t from, uint32_t to)
{
    for (uint32_t w = from; w < to; w++) {
        uint32_t end = w * 64 + 64 < h->count ? w * 64 + 64 : h->count, begin = w * 64 > event ? w * 64 : event;
        uint64_t after = 0;
        if (begin >= end)
            continue;
        if (h->is_long) {
            for (uint32_t k = end; k-- > begin;)
                after = after << 1 | happens_earlier(h, event, k);
        } else if (h->width == 1) {
            const uint64_t *before = h->before;
            for (uint32_t k = end; k-- > begin;)
                after = after << 1 | (before[k] >> event & 1);
        } else {
            const uint64_t *before = h->before + event / 64;
            for (uint32_t k = end; k-- > begin;)
                after = after << 1 | (before[(size_t)k * h->width] >> (event % 64) & 1);
        }
        row[w] &= ~(after << (begin % 64));
    }
}

const uint64_t *happens_of_thread(Happens *h, ThreadId thread)
{
    if (!h->is_long)
        return h->of_thread + (size_t)thread * h->width;
    uint64_t *row = h->scratch[OF_THREAD];
    memset(row, 0, h->width * sizeof *row);
    for (uint32_t k = 0; k < h->count; k++)
        if (h->thread_of[k] == thread)
            set(row, k);
    return row;
}
