#include "trace_fixtures.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 24, OBJECTS = 32, STEPS = 64, WATCHED = 8, STRINGS = 160, STRING = 64 };

typedef struct Fixture {
    SnTrace trace;
    SnThread threads[THREADS];
    SnObject objects[OBJECTS];
    SnStep steps[STEPS];
    SnAccess accesses[STEPS];
    SnHold holds[STEPS];
    SnNote notes[8];
    uint32_t watched[WATCHED];
    const char *now[WATCHED];
    const char *values[(STEPS + 1) * WATCHED];
    SnWait waits[THREADS];
    SnHolder holders[2 * THREADS];
    uint32_t cycle_start[8];
    uint32_t cycle_threads[2 * THREADS];
    uint8_t states[(STEPS + 1) * THREADS];
    uint32_t lines[(STEPS + 1) * THREADS];
    char strings[STRINGS][STRING];
    uint32_t string_count;
} Fixture;

static void begin(Fixture *f, const char *title, bool is_bad, const char *verdict)
{
    memset(f, 0, sizeof *f);
    f->trace.title = title;
    f->trace.verdict = verdict;
    f->trace.is_bad = is_bad;
    f->trace.schedule = "";
    f->trace.loop_start = SN_NONE;
}

static uint32_t thread(Fixture *f, const char *name)
{
    assert(f->trace.thread_count < THREADS);
    f->threads[f->trace.thread_count] = (SnThread){.name = name, .line = 1};
    return f->trace.thread_count++;
}

static uint32_t object(Fixture *f, const char *name, SnObjectKind kind)
{
    assert(f->trace.object_count < OBJECTS);
    f->objects[f->trace.object_count] = (SnObject){.name = name, .kind = kind, .line = 1};
    return f->trace.object_count++;
}

static uint32_t watch(Fixture *f, const char *name, const char *value)
{
    uint32_t o = object(f, name, SN_VARIABLE);
    f->watched[f->trace.watched_count] = o;
    f->now[f->trace.watched_count] = f->values[f->trace.watched_count] = value;
    f->trace.watched_count++;
    return o;
}

static void set(Fixture *f, uint32_t o, const char *value)
{
    for (uint32_t w = 0; w < f->trace.watched_count; w++)
        if (f->watched[w] == o)
            f->now[w] = value;
}

static const char *format(Fixture *f, const char *pattern, unsigned number)
{
    assert(f->string_count < STRINGS);
    char *string = f->strings[f->string_count++];
    snprintf(string, STRING, pattern, number);
    return string;
}

static uint32_t step(Fixture *f, uint32_t t, uint32_t o, SnAction action, uint32_t line, const char *source,
                     const char *effect)
{
    uint32_t s = f->trace.step_count++;
    assert(s < STEPS);
    f->steps[s] = (SnStep){.thread = t,
                           .choice = 1,
                           .choices = 1,
                           .line = line,
                           .column = 5,
                           .source = source,
                           .effect = effect,
                           .action = action,
                           .object = o,
                           .partner = SN_NONE,
                           .first_access = f->trace.access_count};
    f->steps[s].is_switch = s > 0 && f->steps[s - 1].thread != t;
    if (o != SN_NONE) {
        f->steps[s].access_count = 1;
        f->accesses[f->trace.access_count++] = (SnAccess){.object = o, .action = action};
    }
    memcpy(f->values + (size_t)(s + 1) * f->trace.watched_count, f->now, f->trace.watched_count * sizeof f->now[0]);
    if (action == SN_TAKE)
        f->holds[f->trace.hold_count++] = (SnHold){.thread = t, .object = o, .from_step = s, .to_step = SN_NONE};
    if (action == SN_GIVE)
        for (uint32_t h = 0; h < f->trace.hold_count; h++)
            if (f->holds[h].thread == t && f->holds[h].object == o && f->holds[h].to_step == SN_NONE)
                f->holds[h].to_step = s;
    return s;
}

static void note(Fixture *f, uint32_t from, uint32_t to, bool stale, bool offender, const char *text)
{
    f->notes[f->trace.note_count++] =
        (SnNote){.step = to, .from_step = from, .is_stale_read = stale, .is_offender = offender, .text = text};
}

static SnWait *wait_for(Fixture *f, uint32_t t, uint32_t o, uint32_t target, uint32_t line, const char *source,
                        const char *why)
{
    SnWait *wait = &f->waits[f->trace.wait_count++];
    *wait = (SnWait){.thread = t,
                     .line = line,
                     .source = source,
                     .object = o,
                     .target = target,
                     .why = why,
                     .first_holder = f->trace.holder_count};
    return wait;
}

static void holder(Fixture *f, SnWait *wait, uint32_t t, uint32_t line, bool holds)
{
    f->holders[f->trace.holder_count++] =
        (SnHolder){.thread = t, .object = wait->object, .line = line, .step = SN_NONE, .holds = holds};
    wait->holder_count++;
}

static void cycle(Fixture *f, const uint32_t *threads, uint32_t count)
{
    uint32_t start = f->cycle_start[f->trace.cycle_count];
    memcpy(f->cycle_threads + start, threads, count * sizeof *threads);
    f->cycle_start[++f->trace.cycle_count] = start + count;
}

static const SnTrace *end(Fixture *f, SnEnd how)
{
    SnTrace *trace = &f->trace;
    trace->end = how;
    trace->threads = f->threads;
    trace->objects = f->objects;
    trace->steps = f->steps;
    trace->accesses = f->accesses;
    trace->holds = f->holds;
    trace->notes = f->notes;
    trace->watched = f->watched;
    trace->values = f->values;
    trace->waits = f->waits;
    trace->holders = f->holders;
    trace->cycle_start = f->cycle_start;
    trace->cycle_threads = f->cycle_threads;
    /* Of the states only the last matters to pictures: blocked where a wait says so, else ended. */
    uint8_t *last = f->states + (size_t)trace->step_count * trace->thread_count;
    for (uint32_t t = 0; t < trace->thread_count; t++)
        last[t] = SN_THREAD_ENDED;
    for (uint32_t w = 0; w < trace->wait_count; w++)
        last[f->waits[w].thread] = SN_THREAD_BLOCKED;
    trace->thread_states = f->states;
    trace->thread_lines = f->lines;
    return trace;
}

/* ------------------------------------------------------------------ races */

const SnTrace *fixture_lost_update(void)
{
    static Fixture f;
    begin(&f, "Lost update: counter ends at 1, expected 2", true, "counter = 1, expected 2");
    uint32_t a = thread(&f, "A"), b = thread(&f, "B"), x = watch(&f, "counter", "0");
    step(&f, a, x, SN_READ, 6, "local t = counter", "counter = 0");
    step(&f, b, x, SN_READ, 6, "local t = counter", "counter = 0");
    set(&f, x, "1");
    step(&f, b, x, SN_WRITE, 7, "counter = t + 1", "counter: 0 \xE2\x86\x92 1");
    step(&f, a, x, SN_WRITE, 7, "counter = t + 1", "counter: 1 \xE2\x86\x92 1");
    note(&f, 0, 3, true, false, "stale read: A uses the value it read at step 1, though B wrote at step 3");
    note(&f, 2, 3, false, true, "lost update: the write of step 4 destroys the write of step 3");
    return end(&f, SN_END_OK);
}

const SnTrace *fixture_long(void)
{
    static Fixture f;
    begin(&f, "one update of \xE2\x80\x9Clog\xE2\x80\x9D is lost", true, "log = 9, expected 10");
    uint32_t t[4], mtx = object(&f, "mtx", SN_MUTEX), balance = watch(&f, "balance", "100"),
                   log = watch(&f, "log", "7"), io = object(&f, "io", SN_MUTEX);
    for (unsigned i = 0; i < 4; i++)
        t[i] = thread(&f, format(&f, "T%u", i + 1));
    step(&f, t[0], mtx, SN_TAKE, 10, "lock mtx", "mtx taken");
    step(&f, t[0], balance, SN_READ, 11, "r = balance", "balance = 100");
    step(&f, t[1], log, SN_READ, 30, "s = log", "log = 7");
    step(&f, t[0], SN_NONE, SN_OTHER, 12, "r = r + 1", "r = 101");
    set(&f, balance, "101");
    step(&f, t[0], balance, SN_WRITE, 13, "balance = r", "100 \xE2\x86\x92 101");
    step(&f, t[3], io, SN_TAKE, 50, "lock io", "io taken");
    step(&f, t[0], mtx, SN_GIVE, 14, "unlock mtx", "mtx given back");
    step(&f, t[1], SN_NONE, SN_OTHER, 31, "s = s + 1", "s = 8");
    set(&f, log, "8");
    step(&f, t[1], log, SN_WRITE, 32, "log = s", "7 \xE2\x86\x92 8");
    step(&f, t[1], mtx, SN_TAKE, 10, "lock mtx", "mtx taken");
    step(&f, t[3], io, SN_GIVE, 51, "unlock io", "io given back");
    step(&f, t[3], log, SN_READ, 30, "s = log", "log = 8");
    step(&f, t[1], balance, SN_READ, 11, "r = balance", "balance = 101");
    step(&f, t[2], io, SN_TAKE, 50, "lock io", "io taken");
    step(&f, t[1], SN_NONE, SN_OTHER, 12, "r = r + 1", "r = 102");
    step(&f, t[2], io, SN_GIVE, 51, "unlock io", "io given back");
    set(&f, balance, "102");
    step(&f, t[1], balance, SN_WRITE, 13, "balance = r", "101 \xE2\x86\x92 102");
    step(&f, t[1], mtx, SN_GIVE, 14, "unlock mtx", "mtx given back");
    step(&f, t[2], mtx, SN_TAKE, 10, "lock mtx", "mtx taken");
    step(&f, t[2], balance, SN_READ, 11, "r = balance", "balance = 102");
    step(&f, t[2], SN_NONE, SN_OTHER, 12, "r = r + 1", "r = 103");
    step(&f, t[0], log, SN_READ, 30, "s = log", "log = 8");
    step(&f, t[3], SN_NONE, SN_OTHER, 31, "s = s + 1", "s = 9");
    set(&f, log, "9");
    step(&f, t[3], log, SN_WRITE, 32, "log = s", "8 \xE2\x86\x92 9");
    set(&f, balance, "103");
    step(&f, t[2], balance, SN_WRITE, 13, "balance = r", "102 \xE2\x86\x92 103");
    step(&f, t[2], mtx, SN_GIVE, 14, "unlock mtx", "mtx given back");
    step(&f, t[0], SN_NONE, SN_OTHER, 31, "s = s + 1", "s = 9");
    step(&f, t[3], io, SN_TAKE, 50, "lock io", "io taken");
    step(&f, t[0], log, SN_WRITE, 32, "log = s", "9 \xE2\x86\x92 9");
    step(&f, t[2], log, SN_READ, 30, "s = log", "log = 9");
    note(&f, 21, 28, true, false, "stale read: T1 uses the value of log that it read at step 22");
    note(&f, 23, 28, false, true, "lost update: step 29 destroys the write of step 24");
    return end(&f, SN_END_OK);
}

const SnTrace *fixture_livelock(void)
{
    static Fixture f;
    begin(&f, "Livelock: both keep giving way", true, "steps 3 to 6 can repeat for ever, and nobody gets on");
    uint32_t a = thread(&f, "left"), b = thread(&f, "right"), x = watch(&f, "want[0]", "0"),
             y = watch(&f, "want[1]", "0");
    set(&f, x, "1");
    step(&f, a, x, SN_WRITE, 4, "want[self] = 1", "want[0]: 0 \xE2\x86\x92 1");
    set(&f, y, "1");
    step(&f, b, y, SN_WRITE, 4, "want[self] = 1", "want[1]: 0 \xE2\x86\x92 1");
    step(&f, a, y, SN_READ, 5, "while (want[1 - self])", "want[1] = 1");
    step(&f, b, x, SN_READ, 5, "while (want[1 - self])", "want[0] = 1");
    step(&f, a, SN_NONE, SN_OTHER, 6, "yield", "");
    step(&f, b, SN_NONE, SN_OTHER, 6, "yield", "");
    note(&f, SN_NONE, 2, false, false, "left sees that right wants to enter");
    note(&f, SN_NONE, 3, false, false, "right sees that left wants to enter");
    f.trace.loop_start = 2;
    return end(&f, SN_END_RUNNING);
}

const SnTrace *fixture_many_threads(void)
{
    static Fixture f;
    begin(&f, "pipeline.snarl", false, "all 12 threads end, total = 12");
    uint32_t total = watch(&f, "total", "0"), m = object(&f, "m", SN_MUTEX);
    for (unsigned i = 0; i < 12; i++)
        thread(&f, format(&f, "worker[%u]", i));
    for (unsigned i = 0; i < 12; i++) {
        step(&f, i, m, SN_TAKE, 8, "lock m", "m taken");
        set(&f, total, format(&f, "%u", i + 1));
        step(&f, i, total, SN_UPDATE, 9, "total += 1", format(&f, "total = %u", i + 1));
        step(&f, i, m, SN_GIVE, 10, "unlock m", "m given back");
    }
    return end(&f, SN_END_OK);
}

const SnTrace *fixture_empty(void)
{
    static Fixture f;
    begin(&f, "Assertion fails before any step", true, "assert N > 2 is false at line 3");
    thread(&f, "A");
    thread(&f, "B");
    watch(&f, "x", "0");
    return end(&f, SN_END_ASSERTION);
}

const SnTrace *fixture_hostile(void)
{
    static Fixture f;
    static char long_name[201], long_source[201];
    memset(long_name, 'n', 200);
    memset(long_source, 'W', 200);
    begin(&f, "<b>&\"\\N \xD1\x81\xD1\x87\xD1\x91\xD1\x82\xD1\x87\xD0\xB8\xD0\xBA &lt; ends at 1\n\x01", true,
          "</TABLE> &amp; \\G \xFF\xC3( broken, \xE2\x80\xAEreversed");
    uint32_t a = thread(&f, "\xD0\x9F\xD0\xBE\xD1\x82\xD0\xBE\xD0\xBA \xD0\x96"),
             b = thread(&f, "\xE7\xB7\x9A\xE7\xA8\x8B\xE4\xBA\x8C");
    uint32_t x =
        watch(&f, "\xD1\x81\xD1\x87\xD1\x91\xD1\x82\xD1\x87\xD0\xB8\xD0\xBA", "\xD0\xBD\xD0\xBE\xD0\xBB\xD1\x8C");
    uint32_t y = watch(&f, long_name, long_source), m = object(&f, "<m>\\E", SN_MUTEX);
    step(&f, a, x, SN_READ, 3, "r = \xD1\x81\xD1\x87\xD1\x91\xD1\x82\xD1\x87\xD0\xB8\xD0\xBA && \"<i>\"",
         "\\T \\H \\L &#65; &eacute;");
    step(&f, b, y, SN_READ, 3, long_source, long_name);
    step(&f, b, m, SN_TAKE, 4, "lock <m>\\E", "\xFF\xFE");
    set(&f, x, "<1>");
    step(&f, a, x, SN_WRITE, 123456, "   ", "");
    note(&f, 0, 3, true, true, "\xE7\xB7\x9A\xE7\xA8\x8B\xE4\xBA\x8C <font color=\"red\"> \\n &copy; reads");
    SnWait *w = wait_for(&f, a, m, SN_NONE, 5, "lock <m>\\E // \xF0\x9F\x94\x92", long_name);
    holder(&f, w, b, 4, true);
    return end(&f, SN_END_DEADLOCK);
}

/* -------------------------------------------------------------- deadlocks */

const SnTrace *fixture_deadlock(void)
{
    static Fixture f;
    begin(&f, "Deadlock: T1 and T2 take A and B in opposite order", true,
          "T1 holds A and waits for B, T2 holds B and waits for A");
    uint32_t t1 = thread(&f, "T1"), t2 = thread(&f, "T2"), t3 = thread(&f, "T3");
    uint32_t a = object(&f, "A", SN_MUTEX), b = object(&f, "B", SN_MUTEX), c = object(&f, "C", SN_MUTEX);
    step(&f, t3, c, SN_TAKE, 19, "lock C", "C taken");
    step(&f, t1, a, SN_TAKE, 4, "lock A", "A taken");
    step(&f, t2, b, SN_TAKE, 11, "lock B", "B taken");
    SnWait *w = wait_for(&f, t1, b, SN_NONE, 5, "lock B", "B is held by T2 (line 11)");
    holder(&f, w, t2, 11, true);
    w = wait_for(&f, t2, a, SN_NONE, 12, "lock A", "A is held by T1 (line 4)");
    holder(&f, w, t1, 4, true);
    w = wait_for(&f, t3, a, SN_NONE, 20, "lock A", "A is held by T1 (line 4)");
    holder(&f, w, t1, 4, true);
    cycle(&f, (uint32_t[]){t1, t2}, 2);
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_philosophers(uint32_t count)
{
    static Fixture f;
    static char title[64];
    snprintf(title, sizeof title, "Deadlock: %u philosophers, each holds one fork", (unsigned)count);
    begin(&f, title, true, "each philosopher holds its left fork and waits for the right one");
    uint32_t members[THREADS];
    for (unsigned i = 0; i < count; i++)
        members[i] = thread(&f, format(&f, "phil[%u]", i));
    for (unsigned i = 0; i < count; i++)
        object(&f, format(&f, "fork[%u]", i), SN_MUTEX);
    for (unsigned i = 0; i < count; i++)
        step(&f, i, i, SN_TAKE, 8, "lock fork[self]", format(&f, "fork[%u] taken", i));
    for (unsigned i = 0; i < count; i++) {
        unsigned next = (i + 1) % count;
        SnWait *w = wait_for(&f, i, next, SN_NONE, 9, "lock fork[(self + 1) % N]",
                             format(&f, "held by phil[%u] (line 8)", next));
        holder(&f, w, next, 8, true);
    }
    cycle(&f, members, count);
    return end(&f, SN_END_DEADLOCK);
}

static const SnTrace *philosophers_5(void)
{
    return fixture_philosophers(5);
}

static const SnTrace *philosophers_8(void)
{
    return fixture_philosophers(8);
}

static const SnTrace *philosophers_24(void)
{
    return fixture_philosophers(24);
}

const SnTrace *fixture_self_deadlock(void)
{
    static Fixture f;
    begin(&f, "Deadlock: main locks m twice", true, "main owns m since line 2 and waits for it at line 3");
    uint32_t t = thread(&f, "main"), m = object(&f, "m", SN_MUTEX);
    step(&f, t, m, SN_TAKE, 2, "lock m", "m taken");
    SnWait *w = wait_for(&f, t, m, SN_NONE, 3, "lock m", "m is held by main itself (line 2)");
    holder(&f, w, t, 2, true);
    cycle(&f, &t, 1);
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_join_cycle(void)
{
    static Fixture f;
    begin(&f, "Deadlock: main joins the thread that waits for its lock", true,
          "main joins worker while it holds the lock that worker needs");
    uint32_t a = thread(&f, "main"), b = thread(&f, "worker"), m = object(&f, "results", SN_MUTEX);
    step(&f, a, m, SN_TAKE, 4, "lock results", "results taken");
    wait_for(&f, a, SN_NONE, b, 6, "join worker", "worker has not ended");
    SnWait *w = wait_for(&f, b, m, SN_NONE, 12, "lock results", "results is held by main (line 4)");
    holder(&f, w, a, 4, true);
    cycle(&f, (uint32_t[]){a, b}, 2);
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_two_cycles(void)
{
    static Fixture f;
    begin(&f, "Deadlock: two cycles that have nothing to do with each other", true,
          "A and B block each other, C and D do, and E waits for one of them");
    static const char *const names[] = {"A", "B", "C", "D", "E"}, *const locks[] = {"p", "q", "r", "s"};
    for (int i = 0; i < 5; i++)
        thread(&f, names[i]);
    for (int i = 0; i < 4; i++)
        object(&f, locks[i], SN_MUTEX);
    static const uint32_t wanted[] = {1, 0, 3, 2};
    for (uint32_t i = 0; i < 4; i++)
        step(&f, i, i, SN_TAKE, 10 + i, format(&f, "lock m%u", i), "taken");
    for (uint32_t i = 0; i < 4; i++) {
        SnWait *w = wait_for(&f, i, wanted[i], SN_NONE, 20 + i, "lock other", "held");
        holder(&f, w, wanted[i], 10 + wanted[i], true);
    }
    SnWait *w = wait_for(&f, 4, 3, SN_NONE, 31, "lock s", "s is held by D (line 13)");
    holder(&f, w, 3, 13, true);
    cycle(&f, (uint32_t[]){0, 1}, 2);
    cycle(&f, (uint32_t[]){2, 3}, 2);
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_semaphores(void)
{
    static Fixture f;
    begin(&f, "Deadlock: the last seats are taken crosswise", true,
          "each waits for a semaphore that only the other could release");
    uint32_t a = thread(&f, "reader"), b = thread(&f, "writer");
    uint32_t s = object(&f, "slots", SN_SEMAPHORE), m = object(&f, "mtx", SN_SEMAPHORE);
    f.watched[0] = s, f.watched[1] = m, f.trace.watched_count = 2;
    f.now[0] = f.values[0] = "2", f.now[1] = f.values[1] = "1";
    set(&f, m, "0");
    step(&f, a, m, SN_TAKE, 7, "acquire mtx", "mtx: 1 \xE2\x86\x92 0");
    set(&f, s, "1");
    step(&f, b, s, SN_TAKE, 15, "acquire slots", "slots: 2 \xE2\x86\x92 1");
    set(&f, s, "0");
    step(&f, b, s, SN_TAKE, 16, "acquire slots", "slots: 1 \xE2\x86\x92 0");
    SnWait *w = wait_for(&f, a, s, SN_NONE, 8, "acquire slots", "slots is 0; writer took it twice");
    holder(&f, w, b, 16, true);
    w = wait_for(&f, b, m, SN_NONE, 17, "acquire mtx", "mtx is 0; reader took it");
    holder(&f, w, a, 7, true);
    cycle(&f, (uint32_t[]){a, b}, 2);
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_lost_wakeup(void)
{
    static Fixture f;
    begin(&f, "Deadlock: a lost wake-up", true, "producer signalled before consumer waited, and signals only once");
    uint32_t c = thread(&f, "consumer"), p = thread(&f, "producer");
    uint32_t m = object(&f, "m", SN_MUTEX), filled = object(&f, "filled", SN_CONDITION),
             ready = watch(&f, "ready", "0");
    step(&f, c, ready, SN_READ, 5, "if (!ready)", "ready = 0");
    set(&f, ready, "1");
    step(&f, p, ready, SN_WRITE, 12, "ready = 1", "ready: 0 \xE2\x86\x92 1");
    step(&f, p, filled, SN_NOTIFY, 13, "signal filled", "nobody waits: lost");
    step(&f, c, m, SN_TAKE, 6, "lock m", "m taken");
    step(&f, c, filled, SN_SLEEP, 7, "wait filled with m", "gives m back, sleeps");
    f.holds[0].to_step = 4;
    note(&f, SN_NONE, 2, false, true, "the signal comes before the wait and is forgotten");
    wait_for(&f, c, filled, SN_NONE, 7, "wait filled with m",
             "nobody can signal filled any more: producer signalled at step 3, before the wait");
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_providers(void)
{
    static Fixture f;
    begin(&f, "Deadlock: nobody is left to help", true,
          "the pool is empty, and the thread that owned guard ended without giving it back");
    uint32_t main_thread = thread(&f, "main"), a = thread(&f, "loader"), b = thread(&f, "saver"),
             gone = thread(&f, "gone"), d = thread(&f, "logger");
    uint32_t q = object(&f, "jobs", SN_QUEUE), s = object(&f, "permits", SN_SEMAPHORE),
             g = object(&f, "guard", SN_MUTEX);
    step(&f, gone, g, SN_TAKE, 30, "lock guard", "guard taken");
    wait_for(&f, main_thread, SN_NONE, a, 40, "join loader", "loader has not ended");
    SnWait *w =
        wait_for(&f, a, q, SN_NONE, 12, "x = get jobs", "jobs is empty; saver could put, but is blocked itself");
    holder(&f, w, b, 0, false);
    w = wait_for(&f, b, s, SN_NONE, 21, "acquire permits", "permits is 0, and nobody can release it any more");
    w = wait_for(&f, d, g, SN_NONE, 35, "lock guard", "guard is held by gone (line 30), which has ended");
    holder(&f, w, gone, 30, true);
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_crowd(void)
{
    static Fixture f;
    begin(&f, "Deadlock: nobody opens the gate", true, "14 threads wait for an event that is never set");
    uint32_t gate = object(&f, "gate", SN_EVENT), phase = object(&f, "phase", SN_BARRIER),
             done = object(&f, "done", SN_WAITGROUP);
    for (unsigned i = 0; i < 14; i++)
        thread(&f, format(&f, "guest[%u]", i));
    for (unsigned i = 0; i < 14; i++)
        wait_for(&f, i,
                 i < 10   ? gate
                 : i < 12 ? phase
                          : done,
                 SN_NONE, 5,
                 i < 10   ? "wait gate"
                 : i < 12 ? "wait phase"
                          : "wait done",
                 "nobody can set it any more");
    return end(&f, SN_END_DEADLOCK);
}

const SnTrace *fixture_entourage(void)
{
    static Fixture f;
    begin(&f, "Deadlock: four threads hold each other up, and others queue behind them", true, "");
    static const char *const names[] = {"north", "east", "south", "west"};
    for (unsigned i = 0; i < 4; i++)
        object(&f, format(&f, "crossing[%u]", i), i == 2 ? SN_SEMAPHORE : SN_MUTEX);
    uint32_t ring[4];
    for (unsigned i = 0; i < 4; i++)
        ring[i] = thread(&f, names[i]);
    for (unsigned i = 0; i < 4; i++) {
        SnWait *w = wait_for(&f, i, (i + 1) % 4, SN_NONE, 20 + i, "lock", "held");
        holder(&f, w, (i + 1) % 4, 10 + i, i != 1);
    }
    uint32_t extra[7], c = object(&f, "horn", SN_CONDITION), own = object(&f, "parking", SN_MUTEX);
    for (unsigned i = 0; i < 7; i++)
        extra[i] = thread(&f, format(&f, "car%u", i));
    for (unsigned i = 0; i < 3; i++)
        holder(&f, wait_for(&f, extra[i], 0, SN_NONE, 40 + i, "lock", "held"), ring[0], 13, true);
    holder(&f, wait_for(&f, extra[3], own, SN_NONE, 50, "lock parking", "held"), extra[0], 39, true);
    wait_for(&f, extra[4], SN_NONE, extra[1], 51, "join car1", "not ended");
    holder(&f, wait_for(&f, extra[5], 3, SN_NONE, 52, "lock", "held"), ring[3], 12, true);
    wait_for(&f, extra[6], c, SN_NONE, 60, "wait horn with m", "nobody can signal");
    cycle(&f, ring, 4);
    return end(&f, SN_END_DEADLOCK);
}

const NamedFixture named_fixtures[] = {
    {"crowd", fixture_crowd, true},
    {"entourage", fixture_entourage, true},
    {"lost_update", fixture_lost_update, false},
    {"deadlock", fixture_deadlock, true},
    {"philosophers_5", philosophers_5, true},
    {"philosophers_8", philosophers_8, true},
    {"philosophers_24", philosophers_24, true},
    {"long", fixture_long, false},
    {"self_deadlock", fixture_self_deadlock, true},
    {"join_cycle", fixture_join_cycle, true},
    {"two_cycles", fixture_two_cycles, true},
    {"empty", fixture_empty, false},
    {"hostile", fixture_hostile, true},
    {"semaphores", fixture_semaphores, true},
    {"many_threads", fixture_many_threads, false},
    {"lost_wakeup", fixture_lost_wakeup, true},
    {"providers", fixture_providers, true},
    {"livelock", fixture_livelock, false},
};
const size_t named_fixture_count = sizeof named_fixtures / sizeof named_fixtures[0];
