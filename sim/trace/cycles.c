/* cycles.c: who waits for whom in a circle.
 *
 * An edge leads from a waiting thread to each thread that owns what it waits for, or whose end it waits for. Where
 * such edges close no circle and nobody can step at all, threads that could help (put, release, signal) count as
 * well: each helper is stuck then, so that a circle of them explains the deadlock just as truly.
 *
 * Method  breadth-first from each thread that is in no circle yet, back to itself: the shortest circle through it. */
#include <string.h>

#include "trace/waits.h"

typedef struct Circles {
    Telling *telling;
    bool with_helpers;
    uint32_t *parent, *queue; /* by lane */
    bool *is_member;
    ArenaVec(uint32_t) start, threads;
} Circles;

static const Wait *wait_of(const Telling *telling, uint32_t lane)
{
    for (uint32_t w = 0; w < telling->waits_found->count; w++)
        if (telling->lanes[telling->waits_found->items[w].thread] == lane)
            return &telling->waits_found->items[w];
    return NULL;
}

static bool is_edge(const Circles *circles, const Wait *wait)
{
    return wait != NULL && (wait_is_for_all(wait->info.kind) || circles->with_helpers);
}

/* Some of the many that wait for one thing, each of whom could provide it: no circle among them says more than another. */
static bool is_arbitrary(const Circles *circles, uint32_t start, uint32_t last, uint32_t length)
{
    const WaitList *waits = circles->telling->waits_found;
    ObjectId object = wait_of(circles->telling, start)->info.object;
    uint32_t waiting = 0;
    for (uint32_t lane = last; lane != start; lane = circles->parent[lane])
        if (wait_of(circles->telling, lane)->info.object != object)
            return false;
    for (uint32_t w = 0; w < waits->count; w++)
        waiting += waits->items[w].info.object == object;
    return circles->with_helpers && object != NO_ID && waiting > length;
}

/* Adds the circle that ends with the edge last -> start. */
static void add_circle(Circles *circles, uint32_t start, uint32_t last)
{
    Arena *arena = circles->telling->arena;
    uint32_t length = 1;
    for (uint32_t lane = last; lane != start; lane = circles->parent[lane])
        length++;
    if (is_arbitrary(circles, start, last, length))
        return;
    if (circles->start.count == 0)
        ARENA_PUSH(arena, circles->start, 0);
    uint32_t first = circles->threads.count;
    for (uint32_t i = 0; i < length; i++)
        ARENA_PUSH(arena, circles->threads, start);
    uint32_t lane = last;
    for (uint32_t i = length; i-- > 1; lane = circles->parent[lane])
        circles->threads.items[first + i] = lane;
    for (uint32_t i = 0; i < length; i++)
        circles->is_member[circles->threads.items[first + i]] = true;
    ARENA_PUSH(arena, circles->start, circles->threads.count);
}

static void search(Circles *circles, uint32_t start)
{
    Telling *telling = circles->telling;
    uint32_t head = 0, tail = 0;
    for (uint32_t lane = 0; lane < telling->lane_count; lane++)
        circles->parent[lane] = SN_NONE;
    circles->queue[tail++] = start;
    while (head < tail) {
        uint32_t lane = circles->queue[head++];
        const Wait *wait = wait_of(telling, lane);
        for (uint32_t i = 0; is_edge(circles, wait) && i < wait->holder_count; i++) {
            uint32_t next = wait->holders[i].thread;
            if (next == start) {
                add_circle(circles, start, lane);
                return;
            }
            if (circles->parent[next] == SN_NONE) {
                circles->parent[next] = lane;
                circles->queue[tail++] = next;
            }
        }
    }
}

void cycles_tell(Telling *telling)
{
    Arena *arena = telling->arena;
    Circles circles = {.telling = telling,
                       .parent = ARENA_ARRAY(arena, uint32_t, telling->lane_count + 1),
                       .queue = ARENA_ARRAY(arena, uint32_t, telling->lane_count + 1),
                       .is_member = ARENA_ARRAY(arena, bool, telling->lane_count + 1)};
    bool is_deadlock = !telling_anybody_enabled(telling);
    for (int pass = 0; pass < (is_deadlock ? 2 : 1) && circles.threads.count == 0; pass++) {
        circles.with_helpers = pass == 1;
        for (uint32_t lane = 0; lane < telling->lane_count; lane++)
            if (!circles.is_member[lane] && wait_of(telling, lane) != NULL)
                search(&circles, lane);
    }
    telling->trace->cycle_start = circles.start.items;
    telling->trace->cycle_threads = circles.threads.items;
    telling->trace->cycle_count = circles.start.count == 0 ? 0 : circles.start.count - 1;
}

/* ------------------------------------------------------------------- in words */

static const char *lane_name(const Telling *telling, uint32_t lane)
{
    return telling_thread(telling, telling->threads[lane]);
}

static const SnHolder *holder_in(const Wait *wait, uint32_t lane)
{
    for (uint32_t i = 0; i < wait->holder_count; i++)
        if (wait->holders[i].thread == lane)
            return &wait->holders[i];
    return NULL;
}

/* "T1 holds a and waits for b": `before` waits for this one, this one for `after`. */
static void say_member(Telling *telling, uint32_t before, uint32_t lane, uint32_t after)
{
    Text *out = &telling->scratch;
    const Wait *wait = wait_of(telling, lane), *other = wait_of(telling, before);
    text_add(out, lane_name(telling, lane));
    if (before == lane && wait->info.kind == WAIT_OWNED) {
        text_format(out, " waits for %s, which %s itself holds", telling_object(telling, wait->info.object),
                    lane_name(telling, lane));
        return;
    }
    if (other->info.kind == WAIT_OWNED) {
        const SnHolder *holder = holder_in(other, lane);
        text_format(out, " %s %s and", holder == NULL || holder->holds ? "holds" : "is announced at",
                    telling_object(telling, other->info.object));
    }
    if (other->info.kind == WAIT_CONTROL)
        text_format(out, " has %s and", telling_domain(telling, other->thread));
    else if (other->info.kind == WAIT_PLACE)
        text_format(out, " keeps a worker of %s busy and", telling_domain(telling, other->thread));
    if (wait->info.kind == WAIT_OWNED) {
        text_format(out, " waits for %s", telling_object(telling, wait->info.object));
    } else if (wait->info.kind == WAIT_CONTROL) {
        text_format(out, " waits for %s", telling_domain(telling, wait->thread));
    } else if (wait->info.kind == WAIT_PLACE) {
        text_format(out, " waits for a worker of %s", telling_domain(telling, wait->thread));
    } else if (wait->info.kind == WAIT_JOIN) {
        text_format(out, " waits for %s to end", before == lane ? "itself" : lane_name(telling, after));
    } else {
        Words words = {.object = telling_object(telling, wait->info.object)};
        const Lack *lack = telling_lack(wait->op);
        text_format(out, " waits for %s to ", lane_name(telling, after));
        telling_say(telling, lack == NULL ? "go on" : lack->provide, &words);
    }
}

static void say_circles(Telling *telling)
{
    enum { TOLD = 5 }; /* of a longer one the first two and the last */
    const SnTrace *trace = telling->trace;
    Text *out = &telling->scratch;
    for (uint32_t c = 0; c < trace->cycle_count; c++) {
        uint32_t first = trace->cycle_start[c], end = trace->cycle_start[c + 1];
        text_add(out, c == 0 ? "" : "; ");
        for (uint32_t i = first; i < end; i++) {
            if (end - first > TOLD && i > first + 1 && i + 1 < end) {
                if (i == first + 2)
                    text_format(out, ", \xE2\x80\xA6 (%u more) \xE2\x80\xA6", end - first - 3);
                continue;
            }
            uint32_t before = trace->cycle_threads[i == first ? end - 1 : i - 1];
            uint32_t after = trace->cycle_threads[i + 1 == end ? first : i + 1];
            text_add(out, i == first ? "" : ", ");
            say_member(telling, before, trace->cycle_threads[i], after);
        }
    }
    uint32_t outside = 0, told = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t w = 0; w < trace->wait_count; w++) {
            bool is_member = false;
            for (uint32_t i = 0; i < trace->cycle_start[trace->cycle_count]; i++)
                is_member |= trace->cycle_threads[i] == trace->waits[w].thread;
            if (is_member)
                continue;
            if (pass == 0)
                outside++;
            else
                text_format(out, "%s%s", told == 0 ? "; " : telling_comma(told, outside),
                            lane_name(telling, trace->waits[w].thread)),
                    told++;
        }
    if (outside > 0)
        text_format(out, " wait%s, too, but %s not part of the circle", outside == 1 ? "s" : "",
                    outside == 1 ? "is" : "are");
}

static bool is_same_reason(const SnWait *a, const SnWait *b)
{
    return a->line == b->line && strcmp(a->why, b->why) == 0;
}

/* The `count` threads that wait for the same reason as the w-th: "A, B and C", or "12 threads". */
static void say_waiters(Telling *telling, uint32_t w, uint32_t count)
{
    enum { NAMED = 4 };
    const SnTrace *trace = telling->trace;
    if (count > NAMED) {
        text_format(&telling->scratch, "%u threads", count);
        return;
    }
    for (uint32_t k = w, told = 0; k < trace->wait_count; k++)
        if (is_same_reason(&trace->waits[k], &trace->waits[w]))
            text_format(&telling->scratch, "%s%s", telling_comma(told, count), lane_name(telling, trace->waits[k].thread)), told++;
}

const char *cycles_sentence(Telling *telling)
{
    enum { TOLD = 3 };
    const SnTrace *trace = telling->trace;
    if (trace->cycle_count > 0) {
        say_circles(telling);
        return telling_take(telling);
    }
    if (trace->wait_count == 1 && waits_say_unheard(telling, &telling->waits_found->items[0]))
        return telling_take(telling);
    uint32_t told = 0, left = trace->wait_count;
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        uint32_t count = 0;
        bool is_first = true;
        for (uint32_t k = 0; k < trace->wait_count; k++) {
            count += is_same_reason(&trace->waits[k], &trace->waits[w]);
            is_first &= k >= w || !is_same_reason(&trace->waits[k], &trace->waits[w]);
        }
        if (!is_first)
            continue;
        if (told++ == TOLD) {
            text_format(&telling->scratch, "; and %u more", left);
            break;
        }
        text_add(&telling->scratch, told == 1 ? "" : "; ");
        say_waiters(telling, w, count);
        text_format(&telling->scratch, " wait%s at line %u: %s", count == 1 ? "s" : "", trace->waits[w].line, trace->waits[w].why);
        left -= count;
    }
    return telling_take(telling);
}

/* "A and B wait for gate for ever": all of them for one thing. */
static bool say_common(Telling *telling)
{
    enum { NAMED = 4 };
    const SnTrace *trace = telling->trace;
    const WaitList *waits = telling->waits_found;
    for (uint32_t w = 0; w < waits->count; w++)
        if (waits->items[w].info.object == NO_ID || waits->items[w].info.object != waits->items[0].info.object)
            return false;
    for (uint32_t w = 0; w < trace->wait_count && trace->wait_count <= NAMED; w++)
        text_format(&telling->scratch, "%s%s", telling_comma(w, trace->wait_count), lane_name(telling, trace->waits[w].thread));
    if (trace->wait_count > NAMED)
        text_format(&telling->scratch, "%u threads", trace->wait_count);
    text_format(&telling->scratch, " wait for %s for ever", telling_object(telling, waits->items[0].info.object));
    return true;
}

/* "A waits for itself", "A, B and C wait for each other". */
static void say_circle_title(Telling *telling, uint32_t first, uint32_t end)
{
    enum { NAMED = 4 };
    Text *out = &telling->scratch;
    uint32_t count = end - first;
    const uint32_t *threads = telling->trace->cycle_threads + first;
    if (count == 1) {
        text_format(out, "%s waits for itself", lane_name(telling, threads[0]));
        return;
    }
    for (uint32_t i = 0; i < count && count <= NAMED; i++)
        text_format(out, "%s%s", telling_comma(i, count), lane_name(telling, threads[i]));
    if (count > NAMED)
        text_format(out, "%u threads", count);
    text_add(out, " wait for each other");
}

const char *cycles_title(Telling *telling)
{
    enum { TOLD = 2 };
    const SnTrace *trace = telling->trace;
    Text *out = &telling->scratch;
    for (uint32_t c = 0; c < trace->cycle_count; c++) {
        if (c == TOLD) {
            uint32_t more = trace->cycle_count - c;
            text_format(out, ", and %u more circle%s", more, more == 1 ? "" : "s");
            break;
        }
        text_add(out, c == 0 ? "" : ", ");
        say_circle_title(telling, trace->cycle_start[c], trace->cycle_start[c + 1]);
    }
    if (trace->cycle_count > 0)
        return telling_take(telling);
    if (trace->wait_count != 1) {
        if (trace->wait_count == 0 || !say_common(telling))
            text_add(out, "nobody can go on");
    } else {
        const char *name = lane_name(telling, trace->waits[0].thread);
        bool is_lost = waits_unheard(telling, &telling->waits_found->items[0]) != NO_ID;
        text_format(out, is_lost ? "lost wake-up, %s sleeps for ever" : "%s waits for ever", name);
    }
    return telling_take(telling);
}
