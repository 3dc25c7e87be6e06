/* What people read about a run: effects of each operation, reasons to wait, remarks of findings. The texts are in
 * tests/golden/told_*.txt. */
#include <check.h>
#include <stdbool.h>

#include "golden.h"

#include "api/scenario.h"
#include "base/memory.h"
#include "base/text.h"
#include "snarl/snarl.h"
#include "trace/build.h"

typedef struct Case {
    const char *name;
    const char *schedule; /* followed first, then round-robin to the end; with a final "." it stops there */
    const char *text;
    bool spurious, by_statement;
} Case;

/* ------------------------------------------------------------------ describing */

static void describe_steps(const SnTrace *trace, Text *out)
{
    static const char *const actions[] = {"read",   "write", "update", "take",    "give",     "sleep", "wake",
                                          "notify", "wait",  "send",   "receive", "transfer", "block", "other"};
    for (uint32_t s = 0; s < trace->step_count; s++) {
        const SnStep *step = &trace->steps[s];
        text_format(out, "  %2u %-5s %-3u %-26s | %s  (%s%s%s", s + 1, trace->threads[step->thread].name, step->line,
                    step->source, step->effect, actions[step->action], step->object == SN_NONE ? "" : " ",
                    step->object == SN_NONE ? "" : trace->objects[step->object].name);
        if (step->partner != SN_NONE)
            text_format(out, " with %s", trace->threads[step->partner].name);
        text_format(out, "%s%s", step->is_preemption ? ", preempts" : step->is_switch ? ", switches" : "", ")");
        if (step->choices > 1)
            text_format(out, " %u of %u", step->choice, step->choices);
        text_add_char(out, '\n');
    }
}

static void describe_end(const SnTrace *trace, Text *out)
{
    text_format(out, "  %s%s / %s\n", trace->is_bad ? "BAD " : "", trace->title, trace->verdict);
    text_format(out, "  end %s%s%s\n", sn_end_name(trace->end), trace->end_message == NULL ? "" : ": ",
                trace->end_message == NULL ? "" : trace->end_message);
    for (uint32_t n = 0; n < trace->note_count; n++) {
        const SnNote *note = &trace->notes[n];
        text_format(out, "  note %u: step %u", n + 1, note->step + 1);
        if (note->from_step != SN_NONE)
            text_format(out, " from %u", note->from_step + 1);
        text_format(out, "%s%s: %s\n", note->is_stale_read ? ", stale" : "", note->is_offender ? ", offends" : "",
                    note->text);
    }
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        const SnWait *wait = &trace->waits[w];
        text_format(out, "  %s at line %u, %s: %s", trace->threads[wait->thread].name, wait->line, wait->source,
                    wait->why);
        for (uint32_t h = wait->first_holder; h < wait->first_holder + wait->holder_count; h++) {
            const SnHolder *holder = &trace->holders[h];
            text_format(out, " [%s %s%s%s", trace->threads[holder->thread].name, holder->holds ? "holds" : "could",
                        holder->object == SN_NONE ? "" : " ",
                        holder->object == SN_NONE ? "" : trace->objects[holder->object].name);
            if (holder->step != SN_NONE)
                text_format(out, " since step %u, line %u", holder->step + 1, holder->line);
            text_add_char(out, ']');
        }
        if (wait->target != SN_NONE)
            text_format(out, " -> %s", trace->threads[wait->target].name);
        text_add_char(out, '\n');
    }
    for (uint32_t c = 0; c < trace->cycle_count; c++) {
        text_add(out, "  circle:");
        for (uint32_t i = trace->cycle_start[c]; i < trace->cycle_start[c + 1]; i++)
            text_format(out, " %s", trace->threads[trace->cycle_threads[i]].name);
        text_add_char(out, '\n');
    }
    for (uint32_t h = 0; h < trace->hold_count; h++) {
        const SnHold *hold = &trace->holds[h];
        text_format(out, "  %s held by %s: %u..", trace->objects[hold->object].name, trace->threads[hold->thread].name,
                    hold->from_step + 1);
        if (hold->to_step != SN_NONE)
            text_format(out, "%u", hold->to_step + 1);
        text_add_char(out, '\n');
    }
    for (uint32_t i = 0; i < trace->output_count; i++)
        text_format(out, "  output: %s\n", trace->output[i]);
}

/* Values after each step, one column an object or local. */
static void describe_tables(const SnTrace *trace, Text *out)
{
    static const char states[] = "-r.x"; /* not started, ready, blocked, ended */
    for (uint32_t w = 0; w < trace->watched_count; w++) {
        text_format(out, "  %s:", trace->objects[trace->watched[w]].name);
        for (uint32_t s = 0; s <= trace->step_count; s++)
            text_format(out, " %s", trace->values[(size_t)s * trace->watched_count + w]);
        text_add_char(out, '\n');
    }
    for (uint32_t l = 0; l < trace->local_count; l++) {
        text_format(out, "  %s.%s:", trace->threads[trace->local_threads[l]].name, trace->local_names[l]);
        for (uint32_t s = 0; s <= trace->step_count; s++) {
            const char *value = trace->local_values[(size_t)s * trace->local_count + l];
            text_format(out, " %s", value[0] == '\0' ? "_" : value);
        }
        text_add_char(out, '\n');
    }
    for (uint32_t t = 0; t < trace->thread_count; t++) {
        text_format(out, "  %s:", trace->threads[t].name);
        for (uint32_t s = 0; s <= trace->step_count; s++)
            text_format(out, " %c%u", states[trace->thread_states[(size_t)s * trace->thread_count + t]],
                        trace->thread_lines[(size_t)s * trace->thread_count + t]);
        text_add_char(out, '\n');
    }
}

static SnScenario *load(const Case *test)
{
    SnScenario *scenario;
    char *message;
    SnLoadOptions options = {.spurious = test->spurious, .statement_granularity = test->by_statement};
    SnStatus status = sn_load(test->name, test->text, strlen(test->text), &options, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s: %s", test->name, message == NULL ? "" : message);
    sn_string_free(message);
    return scenario;
}

/* Options of the case; `room` receives the schedule without its final dot. */
static SnRunOptions options_of(const Case *test, char room[256])
{
    snprintf(room, 256, "%s", test->schedule);
    size_t length = strlen(room);
    bool stops = length > 0 && room[length - 1] == '.';
    if (stops)
        room[length - 1] = '\0';
    return (SnRunOptions){.policy = SN_POLICY_SCHEDULE, .schedule = room, .must_complete = !stops};
}

static void describe(const Case *test, bool with_tables, Text *out)
{
    size_t before = mem_live_blocks() + (out->bytes == NULL);
    SnScenario *scenario = load(test);
    SnTrace *trace;
    char *message, room[256];
    SnRunOptions options = options_of(test, room);
    SnStatus status = sn_run(scenario, &options, &trace, &message);
    text_format(out, "%s: %s\n", test->name, status == SN_OK ? trace->schedule : message);
    if (status == SN_OK) {
        describe_steps(trace, out);
        describe_end(trace, out);
        if (with_tables)
            describe_tables(trace, out);
        /* What a trace prints as its schedule is accepted back and means the same. */
        SnTrace *again;
        options.schedule = trace->schedule;
        options.must_complete = false;
        char *second;
        ck_assert_int_eq(sn_run(scenario, &options, &again, &second), SN_OK);
        ck_assert_str_eq(again->schedule, trace->schedule);
        ck_assert_uint_eq(again->step_count, trace->step_count);
        sn_trace_free(again);
    }
    sn_string_free(message);
    sn_trace_free(trace);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), before);
}

static void describe_all(const Case *cases, size_t count, bool with_tables, const char *golden)
{
    Text out = {0};
    for (size_t i = 0; i < count; i++)
        describe(&cases[i], with_tables, &out);
    golden_check(golden, out.bytes);
    text_free(&out);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

#define DESCRIBE(cases, with_tables, golden)                                                                           \
    describe_all((cases), sizeof(cases) / sizeof *(cases), (with_tables), (golden))

/* --------------------------------------------------------------------- effects */

static const Case EFFECTS[] = {
    {"variables", "",
     "shared x = 1, a[2]\natomic f\nthread A {\n local t = x\n x = t + 1\n x += 2\n x++\n a[1] = x\n"
     " local i = 1\n a[i] = a[0]\n t = cas(f, 0, 5)\n t = cas(f, 0, 6)\n t = fetch_add(f, 2)\n t = exchange(f, 9)\n}\n",
     0, 0},
    {"locks", "",
     "mutex m\nrecursive mutex r\nrwlock rw\nthread A {\n lock m\n unlock m\n lock r\n lock r\n unlock r\n unlock r\n "
     "rdlock rw\n"
     " rdlock rw\n unlock rw\n unlock rw\n wrlock rw\n unlock rw\n with m { skip }\n with r {\n  lock m\n  exit\n "
     "}\n}\n",
     0, 0},
    {"writers first", "",
     "rwlock rw writers first\nthread A {\n wrlock rw\n unlock rw\n}\nthread B {\n rdlock rw\n unlock rw\n}\n", 0, 0},
    {"semaphores", "",
     "semaphore s = 1, t = 0 max 2\nthread A {\n acquire s\n release s\n release t, 2\n if (try acquire t) { skip }\n "
     "with t { skip }\n"
     " with s { if (try acquire s) { skip } }\n}\n",
     0, 0},
    {"conditions", "A A B B",
     "mutex m\ncondition c\nthread A, B {\n lock m\n wait c with m\n unlock m\n}\nthread S {\n signal c\n signal c\n"
     " signal c\n broadcast c\n}\n",
     0, 0},
    {"broadcast", "A A B B",
     "mutex m\ncondition c\nthread A, B {\n lock m\n wait c with m\n unlock m\n}\nthread S {\n broadcast c\n}\n", 0, 0},
    {"spurious", "A A A", "mutex m\ncondition c\nthread A {\n lock m\n wait c with m\n unlock m\n}\n", 1, 0},
    {"barriers", "", "barrier b = 3\nthread A, B, C {\n wait b\n wait b\n}\n", 0, 0},
    {"events", "",
     "event e\nwaitgroup g = 1\nthread A {\n set e\n wait e\n clear e\n add g, 2\n done g\n done g\n done g\n wait "
     "g\n}\n",
     0, 0},
    {"queues", "",
     "queue q[2] = {7}\nshared x, ok\nthread A {\n put q, 5\n if (try put q, 6) { skip }\n local a = get q\n x = get "
     "q\n"
     " if (try a = get q) { skip }\n close q\n x, ok = get q\n a = len(q) + closed(q)\n}\n",
     0, 0},
    {"rendezvous", "",
     "queue q[0]\nthread A {\n put q, 5\n put q, 6\n}\nthread B {\n local x = get q\n select {\n  when x = get q { "
     "skip }\n }\n}\n",
     0, 0},
    {"once", "A B A", "once o\nthread A {\n do o { skip }\n}\nthread B {\n skip\n do o { skip }\n}\n", 0, 0},
    {"threads", "",
     "fn f(n) {\n local k = n + 1\n print \"k = \", k\n}\nthread A {\n spawn f(1)\n local h = spawn f(2)\n join h\n "
     "join B\n join w\n}\n"
     "thread B { skip }\nthread w[2] { skip }\n",
     0, 0},
    {"select", "A:2 A A:2",
     "mutex m, n\nqueue q[1]\natomic f = 1\nthread A {\n select {\n  when lock m { skip }\n  when put q, 3 { skip }\n "
     "}\n"
     " select {\n  when get q { skip }\n  when await (f == 1) { skip }\n }\n select {\n  when lock m { skip }\n  else "
     "{ skip }\n }\n"
     " unlock m\n}\n",
     0, 0},
    {"others", "",
     "shared x = 3\natomic f = 1, g = 2\nmutex m\nthread A {\n local t = choose(4, 5)\n t = choose(1..3)\n yield\n "
     "skip\n fence\n"
     " await (f == 1 && g > 1)\n atomic { x = x + 1; f = x; f = 0 }\n atomic { skip }\n atomic when (g == 2) { g = 3 "
     "}\n"
     " if (try await (f == 7)) { skip }\n lock m\n if (try lock m) { skip }\n unlock m\n destroy m\n print \"x = \", "
     "x, \"!\"\n}\n",
     0, 0},
    {"long block", "", "shared a[9]\nthread A {\n atomic { for i in 0..9 { a[i] = i } }\n}\n", 0, 0},
    {"statements", "",
     "shared x = 1, y\nmutex m\nthread A {\n x += 2\n y = x\n lock m\n with m { skip }\n}\nthread B { x++ }\n", 0, 1},
};

START_TEST(effects_are_told_in_words)
{
    DESCRIBE(EFFECTS, false, "told_effects.txt");
}
END_TEST

/* ----------------------------------------------------------------------- waits */

static const Case WAITS[] = {
    {"deadlock of two", "T1 T2", "mutex a, b\nthread T1 {\n lock a\n lock b\n}\nthread T2 {\n lock b\n lock a\n}\n", 0,
     0},
    {"three, and one outside", "A B C D",
     "mutex m[3]\nshared x\nthread A {\n lock m[0]\n lock m[1]\n}\nthread B {\n lock m[1]\n lock m[2]\n}\n"
     "thread C {\n lock m[2]\n lock m[0]\n}\nthread D {\n x = 1\n lock m[0]\n}\n",
     0, 0},
    {"two circles", "A B C D",
     "mutex a, b, c, d\nthread A {\n lock a\n lock b\n}\nthread B {\n lock b\n lock a\n}\nthread C {\n lock c\n lock "
     "d\n}\n"
     "thread D {\n lock d\n lock c\n}\n",
     0, 0},
    {"a long circle", "w[0] w[1] w[2] w[3] w[4] w[5]",
     "mutex m[6]\nthread w[6] {\n lock m[self]\n lock m[(self + 1) % 6]\n}\n", 0, 0},
    {"all for one signal", "w[0]*2 w[1]*2 w[2]*2",
     "mutex m\ncondition c\nthread w[3] {\n lock m\n wait c with m\n signal c\n unlock m\n}\n", 0, 0},
    {"all at a barrier", "", "barrier b = 6\nthread w[5] {\n wait b\n}\n", 0, 0},
    {"itself", "", "mutex m\nthread A {\n lock m\n lock m\n}\n", 0, 0},
    {"upgrade", "A B", "rwlock rw\nthread A, B {\n rdlock rw\n wrlock rw\n}\n", 0, 0},
    {"upgrade alone", "", "rwlock rw\nthread A {\n rdlock rw\n wrlock rw\n}\n", 0, 0},
    {"writer", "A",
     "rwlock rw\nevent e\nthread A {\n wrlock rw\n wait e\n}\nthread B {\n rdlock rw\n}\nthread C {\n wrlock rw\n}\n",
     0, 0},
    {"writer announced", "A B",
     "rwlock rw writers first\nthread A {\n rdlock rw\n rdlock rw\n}\nthread B {\n wrlock rw\n}\n", 0, 0},
    {"semaphore, nobody", "", "semaphore s = 0\nthread A {\n acquire s\n}\n", 0, 0},
    {"semaphores crossed", "",
     "semaphore s = 0, t = 0\nthread A {\n acquire s\n release t\n}\nthread B {\n acquire t\n release s\n}\n", 0, 0},
    {"semaphore, may be", "A.",
     "semaphore s = 0\nshared x\nthread A {\n x = 1\n acquire s\n}\nthread B {\n x = 2\n release s\n}\n", 0, 0},
    {"lost wake-up", "B B B A A",
     "mutex m\ncondition c\nthread A {\n lock m\n wait c with m\n unlock m\n}\nthread B {\n lock m\n signal c\n unlock "
     "m\n}\n",
     0, 0},
    {"never signalled", "", "mutex m\ncondition c\nthread A {\n lock m\n wait c with m\n unlock m\n}\n", 0, 0},
    {"woken, mutex kept", "A A S S",
     "mutex m\ncondition c\nthread A {\n lock m\n wait c with m\n unlock m\n}\nthread S {\n lock m\n signal c\n}\n", 0,
     0},
    {"barrier", "",
     "barrier b = 3\nmutex m\nthread A {\n wait b\n}\nthread B {\n lock m\n lock m\n wait b\n}\nthread C {\n if (0 == "
     "1) { wait b }\n skip\n}\n",
     0, 0},
    {"barrier, alone", "", "barrier b = 2\nthread A {\n wait b\n}\n", 0, 0},
    {"event", "", "event e\nthread A {\n wait e\n}\n", 0, 0},
    {"waitgroup", "", "waitgroup g = 2\nthread A {\n wait g\n}\nthread B {\n done g\n}\n", 0, 0},
    {"queues", "",
     "queue q[1], r[1], z[0]\nthread A {\n put q, 1\n put q, 2\n}\nthread B {\n local x = get r\n}\nthread C {\n put "
     "z, 1\n}\nthread D {\n local y = get z\n y = get z\n}\n",
     0, 0},
    {"producer and consumer", "",
     "queue q[1], r[1]\nthread A {\n local x = get r\n put q, x\n}\nthread B {\n local y = get q\n put r, y\n}\n", 0,
     0},
    {"join in a circle", "", "thread A {\n skip\n join B\n}\nthread B {\n skip\n join A\n}\n", 0, 0},
    {"join of a family", "", "event e\nthread A {\n join w\n}\nthread w[3] {\n if (self > 0) { wait e }\n}\n", 0, 0},
    {"join and lock", "A", "mutex m\nthread A {\n lock m\n join B\n}\nthread B {\n lock m\n}\n", 0, 0},
    {"once", "A", "once o\nevent e\nthread A {\n do o { wait e }\n}\nthread B {\n do o { skip }\n}\n", 0, 0},
    {"await", "",
     "shared x = 3, a[2]\nthread A {\n await (x == 1 || a[1] > 2)\n}\nthread B {\n wait e\n x = 1\n}\nevent e\n", 0, 0},
    {"guard", "", "atomic x = 3\nthread A {\n atomic when (x == 1) { x = 2 }\n}\n", 0, 0},
    {"select", "L",
     "mutex m\nqueue q[1]\nthread L {\n lock m\n}\nthread A {\n select {\n  when get q { skip }\n  when lock m { skip "
     "}\n }\n}\n",
     0, 0},
    {"daemon at rest", "", "queue q[1]\nthread A {\n put q, 1\n}\ndaemon thread d {\n loop { local x = get q }\n}\n", 0,
     0},
    {"daemon that holds", "d", "mutex m\nevent e\nthread A {\n lock m\n}\ndaemon thread d {\n lock m\n wait e\n}\n", 0,
     0},
    {"statement that waits", "A", "mutex m\nthread A, B {\n lock m\n lock m\n}\n", 0, 1},
};

START_TEST(reasons_to_wait)
{
    DESCRIBE(WAITS, false, "told_waits.txt");
}
END_TEST

/* -------------------------------------------------------------------- findings */

static const Case FINDINGS[] = {
    {"lost update", "A B B A",
     "const N = 2\nshared counter = 0\nthread A, B {\n local t = counter\n counter = t + 1\n}\nfinally counter == N * "
     "1\n",
     0, 0},
    {"two overtake", "A B B C C A.", "shared x = 0\nthread A, B, C {\n x++\n}\nthread D { skip }\n", 0, 0},
    {"assertion", "", "shared x = 1, y = 5\nthread A {\n local t = x\n assert t == 2 && y > t\n}\n", 0, 0},
    {"assertion with a text", "", "shared x = 1\nthread A {\n assert x == 2, \"x must be two\"\n}\n", 0, 0},
    {"assertion ahead", "", "thread A {\n local t = 4\n assert t == 2\n skip\n}\n", 0, 0},
    {"assertion on an element", "",
     "shared a[3] = {4, 5, 6}\nthread w[2] {\n local i = self + 1\n assert a[i] == i, \"no\"\n}\n", 0, 0},
    {"invariant", "", "shared x = 0\nalways x < 2\nthread A {\n x = 1\n x = 2\n}\n", 0, 0},
    {"invariant at the start", "", "shared x = 0\nalways x == 1\nthread A {\n x = 1\n}\n", 0, 0},
    {"final", "",
     "shared x = 0, y = 2\nthread A {\n local t = 7\n x = 1\n}\nfinally x == 1\nfinally x == y && A.t < 7\n", 0, 0},
    {"misuse", "", "mutex m\nthread A {\n unlock m\n}\n", 0, 0},
    {"still owned", "", "mutex m\nthread A {\n lock m\n}\nthread B { skip }\n", 0, 0},
    {"runtime error", "", "shared x = 0\nthread A {\n local t = 4 / x\n}\n", 0, 0},
    {"index", "", "shared x = 9, a[2]\nthread A {\n a[x] = 1\n}\n", 0, 0},
    {"assumption", "", "shared x = 0\nthread A {\n assume x == 1\n}\n", 0, 0},
    {"stops early", "A.", "shared x = 0\nthread A, B, C {\n x = 1\n x = 2\n}\n", 0, 0},
    {"nothing at all", ".", "shared x = 0\nthread A {\n x = 1\n}\n", 0, 0},
    {"round for ever", "", "atomic x = 0\nthread A {\n skip\n loop { if (x == 1) { break } }\n}\n", 0, 0},
};

START_TEST(findings_are_explained)
{
    DESCRIBE(FINDINGS, false, "told_findings.txt");
}
END_TEST

static const Case TABLES[] = {
    {"locals", "",
     "shared x = 5\nsemaphore s = 2\nthread A {\n local t = x\n local a[2] = {1, 2}\n for i in 0..2 {\n  acquire s\n  "
     "a[i] = t + i\n }\n"
     " local last = 9\n x = last\n}\n",
     0, 0},
    {"functions", "",
     "shared x\nfn twice(n) {\n local r = n * 2\n x = r\n return r\n}\nfn f(n) { x = n }\nthread A {\n local a = "
     "twice(1)\n a = twice(3)\n"
     " spawn f(8)\n skip\n}\n",
     0, 0},
    {"states", "A",
     "mutex m\nqueue q[2]\nthread A {\n lock m\n put q, 4\n unlock m\n}\nthread B {\n lock m\n unlock m\n}\n", 0, 0},
    {"stopped", "A", "shared x\nmutex m\nthread A {\n lock m\n assert x == 1\n}\nthread B {\n lock m\n}\n", 0, 0},
};

START_TEST(tables_follow_the_steps)
{
    DESCRIBE(TABLES, true, "told_tables.txt");
}
END_TEST

/* --------------------------------------------------------------------- subjects */

typedef struct SubjectCase {
    Case test;
    FindingKind kind;
    const char *objects; /* names, one blank between */
    const char *threads;
    bool is_cycle;
    uint32_t loop_start;
} SubjectCase;

/* Ids of the names in a list. */
static uint32_t find_names(const Program *program, const char *names, bool are_threads, uint32_t ids[8])
{
    uint32_t count = 0;
    char room[64];
    snprintf(room, sizeof room, "%s", names);
    for (char *name = strtok(room, " "); name != NULL; name = strtok(NULL, " ")) {
        uint32_t end = are_threads ? program->thread_count : program->object_count;
        for (uint32_t i = 0; i < end; i++)
            if (strcmp(are_threads ? program->threads[i].name : program->objects[i].name, name) == 0)
                ids[count++] = i;
    }
    return count;
}

static void describe_subject(const SubjectCase *test, Text *out)
{
    SnScenario *scenario = load(&test->test);
    const Program *program = scenario->program;
    const MachineOptions options = {.keep_locals = true};
    Machine *machine;
    Schedule schedule;
    SnTrace *trace;
    char *message;
    uint32_t objects[8], threads[8];
    ck_assert_int_eq(machine_new(program, &options, &machine), STATUS_OK);
    ck_assert_int_eq(schedule_parse(program, test->test.schedule, &schedule, &message), STATUS_OK);
    TraceSubject subject = {.kind = test->kind,
                            .objects = objects,
                            .threads = threads,
                            .is_cycle = test->is_cycle,
                            .loop_start = test->loop_start};
    subject.object_count = find_names(program, test->objects, false, objects);
    subject.thread_count = find_names(program, test->threads, true, threads);
    ck_assert_int_eq(trace_build_schedule(scenario, machine, program, &schedule, &subject, &trace, &message),
                     STATUS_OK);
    text_format(out, "%s: %s\n", test->test.name, trace->schedule);
    describe_end(trace, out);
    ck_assert(trace->is_bad);
    ck_assert_uint_eq(trace->loop_start, test->loop_start);
    sn_trace_free(trace);
    schedule_free(&schedule);
    machine_free(machine);
    sn_scenario_free(scenario);
}

#define PAIR "mutex m, n\nshared x, y\n"
static const SubjectCase SUBJECTS[] = {
    {{"race", "A B", PAIR "thread A {\n x = 1\n}\nthread B {\n local t = x\n}\n", 0, 0},
     FINDING_DATA_RACE,
     "x",
     "A B",
     0,
     NO_ID},
    {{"race under different locks", "A B A B", PAIR "thread A {\n lock m\n x = 1\n}\nthread B {\n lock n\n x = 2\n}\n",
      0, 0},
     FINDING_DATA_RACE,
     "x",
     "A B",
     0,
     NO_ID},
    {{"race of an update", "A B", PAIR "thread A {\n local t = fetch_add(x, 1)\n}\nthread B {\n x = 2\n}\n", 0, 0},
     FINDING_DATA_RACE,
     "x",
     "A B",
     0,
     NO_ID},
    {{"race that is cut", "A", PAIR "thread A {\n assert x == 1\n}\nthread B {\n x = 1\n}\n", 0, 0},
     FINDING_DATA_RACE,
     "x",
     "A B",
     0,
     NO_ID},
    {{"cycle beside others", "A B",
      PAIR "thread A {\n lock m\n lock n\n}\nthread B {\n lock n\n lock m\n}\nthread C { skip }\n", 0, 0},
     FINDING_DEADLOCK,
     "m n",
     "A B",
     1,
     NO_ID},
    {{"lock order", "A B", PAIR "thread A {\n lock m\n lock n\n}\nthread B {\n lock n\n lock m\n}\n", 0, 0},
     FINDING_LOCK_ORDER,
     "m n",
     "A B",
     0,
     NO_ID},
    {{"lock order, one side", "A A A A",
      PAIR "thread A {\n lock m\n lock n\n unlock n\n unlock m\n}\nthread B {\n lock n\n lock m\n}\n", 0, 0},
     FINDING_LOCK_ORDER,
     "m n",
     "A B",
     0,
     NO_ID},
    {{"livelock", "A A A", "thread A {\n skip\n loop {\n  skip\n  skip\n }\n}\n", 0, 0},
     FINDING_LIVELOCK,
     "",
     "A",
     0,
     1},
    {{"starvation", "A A", "mutex m\nthread A {\n loop {\n  lock m\n  unlock m\n }\n}\nthread B {\n lock m\n}\n", 0, 0},
     FINDING_STARVATION,
     "m",
     "B",
     0,
     0},
    {{"serial", "A", PAIR "thread A {\n serial { x = 1 }\n}\n", 0, 0}, FINDING_NOT_SERIALIZABLE, "", "", 0, NO_ID},
    {{"an assertion that is not there", "A", PAIR "thread A {\n x = 1\n}\n", 0, 0},
     FINDING_ASSERTION,
     "",
     "",
     0,
     NO_ID},
};

START_TEST(subjects_decide_what_is_told)
{
    Text out = {0};
    for (size_t i = 0; i < sizeof SUBJECTS / sizeof *SUBJECTS; i++)
        describe_subject(&SUBJECTS[i], &out);
    golden_check("told_subjects.txt", out.bytes);
    text_free(&out);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* --------------------------------------------------------------------- refusals */

static void refuse(const Case *test, const char *schedule, const char *wanted)
{
    SnScenario *scenario = load(test);
    SnTrace *trace;
    char *message;
    SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedule};
    ck_assert_int_eq(sn_run(scenario, &options, &trace, &message), SN_INVALID);
    ck_assert_str_eq(message, wanted);
    ck_assert_ptr_null(trace);
    sn_string_free(message);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(refusals_say_who_could)
{
    static const Case two = {"two", "", "mutex m\nthread A, B {\n lock m\n unlock m\n}\nthread C { skip }\n", 0, 0};
    refuse(&two, "A B", "step 2: B cannot step: m is held by A (line 3); A and C could");
    refuse(&two, "A A A", "step 3: A cannot step: it has ended; B and C could");
    refuse(&two, "A A B B C C", "step 6: C cannot step: the execution is over");
    refuse(&two, "C:2", "step 1: the step of C has 1 possible result, so there is no C:2");
    static const Case spawn = {"spawn", "", "fn f() { skip }\nthread A {\n spawn f()\n spawn f()\n}\n", 0, 0};
    refuse(&spawn, "f[0]", "step 1: f cannot step: it has not been spawned; A could");
    refuse(&spawn, "A f[7]", "step 2: f[7] cannot step: it has not been spawned; A and f[0] could");
    static const Case stuck = {"stuck", "", "mutex m\nthread A {\n lock m\n lock m\n}\n", 0, 0};
    refuse(&stuck, "A A",
           "step 2: A cannot step: the execution is over (deadlock: A waits for m, which A itself holds)");
}
END_TEST

START_TEST(a_spawn_in_a_loop_needs_more_slots)
{
    static const Case test = {
        "slots", "", "shared x\nfn f(n) { x = n * 100000 }\nthread A {\n for i in 0..4 { spawn f(i) }\n}\n", 0, 0};
    SnScenario *scenario = load(&test);
    SnTrace *trace;
    char *message;
    SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = "A A A A f[3] f[2] f[1] f[0]"};
    ck_assert_int_eq(sn_run(scenario, &options, &trace, &message), SN_OK);
    ck_assert_str_eq(trace->schedule, "A A A A f[3] f[2] f[1] f[0]");
    ck_assert_uint_eq(trace->thread_count, 5);
    ck_assert_int_eq(trace->end, SN_END_OK);
    ck_assert_str_eq(trace->values[trace->step_count * trace->watched_count], "0");
    sn_trace_free(trace);
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}
END_TEST

/* ------------------------------------------------------------------------ memory */

/* Every allocation of a run fails once: always a clean SN_SYSTEM, nothing left behind. */
static void starve(const Case *test)
{
    SnScenario *scenario = load(test);
    size_t before = mem_live_blocks();
    for (uint64_t n = 1;; n++) {
        SnTrace *trace;
        char *message, room[256];
        SnRunOptions options = options_of(test, room);
        mem_fail_at(n);
        SnStatus status = sn_run(scenario, &options, &trace, &message);
        mem_fail_at(0);
        bool failed = status == SN_SYSTEM;
        ck_assert(failed || status == SN_OK || status == SN_INVALID);
        ck_assert(!failed || trace == NULL);
        sn_string_free(message);
        sn_trace_free(trace);
        ck_assert_uint_eq(mem_live_blocks(), before);
        if (!failed)
            break;
    }
    sn_scenario_free(scenario);
    ck_assert_uint_eq(mem_live_blocks(), 0);
}

START_TEST(memory_that_ends_is_survived)
{
    starve(&EFFECTS[4]);
    starve(&WAITS[0]);
    starve(&FINDINGS[0]);
    starve(&FINDINGS[2]);
    static const Case refused = {"refused", "A B.", "mutex m\nthread A, B {\n lock m\n}\n", 0, 0};
    starve(&refused);
    static const Case slots = {
        "slots", "", "shared x\nfn f(n) { x = n * 100000 }\nthread A {\n for i in 0..3 { spawn f(i) }\n}\n", 0, 0};
    starve(&slots);
}
END_TEST

START_TEST(frees_accept_null)
{
    sn_trace_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("build");
    TCase *tcase = tcase_create("build");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, effects_are_told_in_words);
    tcase_add_test(tcase, reasons_to_wait);
    tcase_add_test(tcase, findings_are_explained);
    tcase_add_test(tcase, tables_follow_the_steps);
    tcase_add_test(tcase, subjects_decide_what_is_told);
    tcase_add_test(tcase, refusals_say_who_could);
    tcase_add_test(tcase, a_spawn_in_a_loop_needs_more_slots);
    tcase_add_test(tcase, memory_that_ends_is_survived);
    tcase_add_test(tcase, frees_accept_null);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
