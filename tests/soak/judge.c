/* judge.c: everything about a scenario that the library can be held against by itself.
 *
 * Usage   soak_judge FILE [--granularity statement] [--spurious] [--max-states N] [--no-replay]
 *         soak_judge --batch     takes lines like that from standard input (batch.h)
 * Shape   one line a judge, as soon as it has judged: NAME same|different|left COUNT TEXT. `explore` comes first, its TEXT is the
 *         JSON of the result, for the oracle. What is compared:
 *         schedules     each finding and outcome, run by its schedule: how it ends, preemptions, switches, steps
 *         none          --reduce none: findings, outcomes, all numbers
 *         persistent sleep merge symmetry all      that reduction: verdict, findings, outcomes, easiest schedules
 *         jobs          two jobs: every byte of the JSON
 *         classes       findings and outcomes of the classes (docs/classes.md)
 *         counted       the classes themselves: each interleaving belongs to exactly one
 *         replay        all schedules, forced on real threads
 * Limits  states, interleavings and classes; seconds of the processor only where nothing else ends it. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/batch.h"
#include "api/scenario.h"
#include "classes_judge.h"
#include "snarl/snarl.h"

enum {
    MAX_STATES = 5000,
    MAX_MEMORY = 512 << 20, /* bytes: scenarios as small as these need a few MiB */
    COUNTED_PATHS = 3000, /* interleavings that are gone through one by one for the classes */
    CLASS_DIGITS = 5      /* the classes are asked for with at most 99,999 interleavings: there may be as many */
};

typedef struct Case {
    SnScenario *scenario;
    SnResult *result; /* of the plain exploration */
    uint64_t max_states;
    bool with_replay;
} Case;

static void tell(const char *judge, const char *verdict, uint64_t count, const char *text)
{
    printf("%s %s %llu ", judge, verdict, (unsigned long long)count);
    for (const char *c = text; *c != '\0'; c++)
        putchar(*c == '\n' ? ' ' : *c);
    putchar('\n');
    fflush(stdout); /* whoever dies later has told so much */
}

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_texts(const char *const *a, uint32_t a_count, const char *const *b, uint32_t b_count)
{
    bool is_same = a_count == b_count;
    for (uint32_t i = 0; i < a_count && is_same; i++)
        is_same = same(a[i], b[i]);
    return is_same;
}

static bool same_lines(const SnFinding *a, const SnFinding *b)
{
    return a->line_count == b->line_count &&
           (a->line_count == 0 || memcmp(a->lines, b->lines, a->line_count * sizeof *a->lines) == 0);
}

/* ---------------------------------------------------------------------- schedules */

static SnTrace *run(const Case *judged, const char *judge, const char *schedule)
{
    const SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedule};
    SnTrace *trace = NULL;
    char *message = NULL;
    if (sn_run(judged->scenario, &options, &trace, &message) != SN_OK)
        tell(judge, "different", 0, message == NULL ? "the schedule cannot be run" : message);
    sn_string_free(message);
    return trace;
}

static bool same_cost(const SnTrace *trace, uint32_t preemptions, uint32_t switches, uint32_t steps)
{
    uint32_t switched = 0, preempted = 0;
    for (uint32_t s = 0; s < trace->step_count; s++) {
        switched += trace->steps[s].is_switch;
        preempted += trace->steps[s].is_preemption;
    }
    return switched == switches && preempted == preemptions && trace->step_count == steps;
}

static SnEnd end_of_kind(const char *kind)
{
    static const struct {
        const char *kind;
        SnEnd end;
    } ends[] = {{"assertion", SN_END_ASSERTION}, {"invariant", SN_END_INVARIANT}, {"runtime-error", SN_END_RUNTIME_ERROR}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(kind, ends[i].kind) == 0)
            return ends[i].end;
    return SN_END_RUNNING;
}

/* The one thread of a function is `f` in a trace where no other was spawned, and `f[0]` where some execution spawns more. */
static bool same_thread(const char *in_trace, const char *told)
{
    size_t length = strlen(in_trace);
    return strncmp(in_trace, told, length) == 0 && (told[length] == '\0' || strcmp(told + length, "[0]") == 0);
}

/* Does what the schedule comes to show the finding? */
static bool shows(const SnTrace *trace, const SnFinding *finding)
{
    SnEnd end = end_of_kind(finding->kind);
    if (end != SN_END_RUNNING)
        return trace->end == end;
    if (strcmp(finding->kind, "deadlock") == 0)
        for (uint32_t t = 0; t < finding->thread_count; t++) {
            bool is_stuck = false;
            for (uint32_t w = 0; w < trace->wait_count; w++)
                is_stuck |= same_thread(trace->threads[trace->waits[w].thread].name, finding->threads[t]);
            if (!is_stuck)
                return false;
        }
    if (strcmp(finding->kind, "final") == 0)
        return trace->end == SN_END_OK;
    return true;
}

static void judge_schedules(const Case *judged)
{
    const SnResult *result = judged->result;
    char text[512];
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const SnFinding *finding = &result->findings[f];
        SnTrace *trace = run(judged, "schedules", finding->schedule), *told = NULL;
        if (trace == NULL)
            return;
        char *message = NULL;
        sn_trace_finding(result, f, &told, &message);
        sn_string_free(message);
        bool is_good = told != NULL && shows(told, finding) && told->end == trace->end &&
                       same_cost(trace, finding->preemptions, finding->switches, finding->step_count);
        sn_trace_free(told);
        if (!is_good) {
            snprintf(text, sizeof text, "%s [%s] ends with %s, %u steps", finding->message, finding->schedule,
                     sn_end_name(trace->end), trace->step_count);
            tell("schedules", "different", 0, text);
        }
        sn_trace_free(trace);
        if (!is_good)
            return;
    }
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        const SnOutcome *outcome = &result->outcomes[o];
        SnTrace *trace = run(judged, "schedules", outcome->schedule);
        if (trace == NULL)
            return;
        bool is_good = trace->end == outcome->end &&
                       same_cost(trace, outcome->preemptions, outcome->switches, outcome->step_count);
        if (!is_good) {
            snprintf(text, sizeof text, "outcome %u [%s] ends with %s, %u steps", o + 1, outcome->schedule,
                     sn_end_name(trace->end), trace->step_count);
            tell("schedules", "different", 0, text);
        }
        sn_trace_free(trace);
        if (!is_good)
            return;
    }
    tell("schedules", "same", result->finding_count + result->outcome_count, "");
}

/* --------------------------------------------------------------------- reductions */

static bool same_number(const char *a, double p, const char *exact, const char *b, double q, const char *other)
{
    return same(a, b) && (isnan(p) ? isnan(q) : fabs(p - q) < 1e-12) && (exact == NULL || other == NULL || same(exact, other));
}

/* With all locals kept a round may come back to its state later, or elsewhere: schedule and words of a loop are those of the states
 * that it was found in, and of several rounds at the same lines the one is told that is easier there. */
static bool is_loop(const SnFinding *finding)
{
    return finding->loop_start != SN_NONE;
}

static bool same_finding(const SnFinding *a, const SnFinding *b, bool with_counts)
{
    bool is_of_states = with_counts && is_loop(a) && is_loop(b);
    return same(a->kind, b->kind) && same(a->status, b->status) &&
           same_texts(a->objects, a->object_count, b->objects, b->object_count) && same_lines(a, b) &&
           (is_of_states ||
            (same_texts(a->threads, a->thread_count, b->threads, b->thread_count) && same(a->message, b->message) &&
             same(a->schedule, b->schedule) && a->preemptions == b->preemptions && a->switches == b->switches)) &&
           !b->may_be_easier &&
           (!with_counts || same_number(a->interleavings, a->probability, a->probability_exact, b->interleavings,
                                        b->probability, b->probability_exact));
}

static bool same_end(const SnOutcome *a, const SnOutcome *b, uint32_t values)
{
    return same_texts(a->values, values, b->values, values) &&
           same_texts(a->output, a->output_count, b->output, b->output_count) && a->end == b->end && a->final == b->final;
}

static bool same_outcome(const SnOutcome *a, const SnOutcome *b, uint32_t values, bool with_counts)
{
    return same_end(a, b, values) && a->serial == b->serial && same(a->schedule, b->schedule) &&
           a->preemptions == b->preemptions && a->switches == b->switches && !b->may_be_easier &&
           (!with_counts || same_number(a->interleavings, a->probability, a->probability_exact, b->interleavings,
                                        b->probability, b->probability_exact));
}

/* What differs; NULL: nothing. Static text. */
static const char *difference(const SnResult *a, const SnResult *b, bool with_counts)
{
    static char text[1024];
    if (!same(a->verdict, b->verdict) || !b->complete) {
        snprintf(text, sizeof text, "verdict: %s, but %s%s", a->verdict, b->verdict, b->complete ? "" : ", incomplete");
        return text;
    }
    if (with_counts && !same(a->interleavings, b->interleavings)) {
        snprintf(text, sizeof text, "interleavings: %.400s, but %.400s", a->interleavings, b->interleavings);
        return text;
    }
    for (uint32_t f = 0; f < a->finding_count && f < b->finding_count; f++)
        if (!same_finding(&a->findings[f], &b->findings[f], with_counts)) {
            snprintf(text, sizeof text, "finding: %.250s [%.200s], but %.250s [%.200s]", a->findings[f].message,
                     a->findings[f].schedule, b->findings[f].message, b->findings[f].schedule);
            return text;
        }
    if (a->finding_count != b->finding_count) {
        const SnResult *more = a->finding_count > b->finding_count ? a : b;
        uint32_t extra = a->finding_count > b->finding_count ? b->finding_count : a->finding_count;
        snprintf(text, sizeof text, "%s: %s", more == a ? "missing" : "too many", more->findings[extra].message);
        return text;
    }
    if (a->outcome_count != b->outcome_count)
        return "another number of outcomes";
    for (uint32_t o = 0; o < a->outcome_count; o++)
        if (!same_outcome(&a->outcomes[o], &b->outcomes[o], a->outcome_name_count, with_counts)) {
            snprintf(text, sizeof text, "outcome %u: [%.400s], but [%.400s]", o + 1, a->outcomes[o].schedule,
                     b->outcomes[o].schedule);
            return text;
        }
    return NULL;
}

static SnResult *explore(const Case *judged, const char *judge, const SnExploreOptions *options)
{
    SnResult *result = NULL;
    char *message = NULL;
    sn_explore(judged->scenario, options, &result, &message);
    if (result == NULL)
        tell(judge, "different", 0, message == NULL ? "no result" : message);
    sn_string_free(message);
    return result;
}

static void judge_reduction(const Case *judged, const char *name, SnReduce reduce)
{
    bool with_counts = reduce == SN_REDUCE_NONE;
    /* Without forgetting dead locals there are more states: room for them. */
    const SnExploreOptions options = {.reduce = reduce,
                                     .max_states = with_counts ? 20 * judged->max_states : 0,
                                     .max_memory = MAX_MEMORY,
                                     .skip_counts = !with_counts};
    SnResult *other = explore(judged, name, &options);
    if (other == NULL)
        return;
    const char *what = difference(judged->result, other, with_counts);
    if (with_counts && !other->complete)
        tell(name, "left", 0, "too many states");
    else
        tell(name, what == NULL ? "same" : "different", other->states, what == NULL ? "" : what);
    sn_result_free(other);
}

/* --------------------------------------------------------------------------- jobs */

static char *json_of(SnResult *result)
{
    double seconds = result->seconds;
    size_t peak = result->peak_bytes;
    uint32_t width = result->bytes_per_state; /* depends on when the layout had to grow */
    result->seconds = 0;
    result->peak_bytes = 0;
    result->bytes_per_state = 0;
    char *json = sn_report_result_json(result);
    result->seconds = seconds;
    result->peak_bytes = peak;
    result->bytes_per_state = width;
    return json;
}

/* Where two texts part. Static text. */
static const char *parting(const char *one, const char *two)
{
    enum { BEFORE = 60, BEHIND = 80 };
    static char text[512];
    size_t at = 0;
    while (one[at] != '\0' && one[at] == two[at])
        at++;
    size_t from = at > BEFORE ? at - BEFORE : 0;
    snprintf(text, sizeof text, "%.*s: one job has [%.*s], two have [%.*s]", (int)(at - from), one + from, BEHIND,
             one + at, BEHIND, two + at);
    return text;
}

static void judge_jobs(const Case *judged)
{
    const SnExploreOptions options = {.max_states = judged->max_states, .max_memory = MAX_MEMORY, .jobs = 2};
    SnResult *other = explore(judged, "jobs", &options);
    if (other == NULL)
        return;
    char *one = json_of(judged->result), *two = json_of(other);
    bool is_same = one != NULL && same(one, two);
    tell("jobs", is_same ? "same" : "different", other->states,
         is_same ? "" : one != NULL && two != NULL ? parting(one, two) : "no JSON");
    sn_string_free(one);
    sn_string_free(two);
    sn_result_free(other);
}

/* ------------------------------------------------------------------------ classes */

/* A deadlock of some, while others go on, may be told as one of all: of those only the kind is compared. */
static bool has_finding(const SnResult *result, const SnFinding *finding)
{
    bool is_coarse = strcmp(finding->kind, "deadlock") == 0;
    for (uint32_t i = 0; i < result->finding_count; i++) {
        const SnFinding *other = &result->findings[i];
        if (same(other->kind, finding->kind) &&
            (is_coarse || (same_lines(other, finding) && same_texts(other->objects, other->object_count, finding->objects, finding->object_count))))
            return true;
    }
    return false;
}

static bool has_outcome(const SnResult *result, const SnOutcome *outcome)
{
    for (uint32_t i = 0; i < result->outcome_count; i++)
        if (same_end(&result->outcomes[i], outcome, result->outcome_name_count))
            return true;
    return false;
}

static const char *lacking(const SnResult *states, const SnResult *runs)
{
    static char text[512];
    for (uint32_t f = 0; f < states->finding_count; f++)
        if (!has_finding(runs, &states->findings[f])) {
            snprintf(text, sizeof text, "the classes lack: %s", states->findings[f].message);
            return text;
        }
    for (uint32_t f = 0; f < runs->finding_count; f++)
        if (!has_finding(states, &runs->findings[f])) {
            snprintf(text, sizeof text, "only the classes have: %s", runs->findings[f].message);
            return text;
        }
    for (uint32_t o = 0; o < states->outcome_count; o++)
        if (!has_outcome(runs, &states->outcomes[o])) {
            snprintf(text, sizeof text, "the classes lack outcome %u [%s]", o + 1, states->outcomes[o].schedule);
            return text;
        }
    return runs->outcome_count == states->outcome_count ? NULL : "only the classes have some outcome";
}

static bool goes_on(void *context, const SnProgress *progress)
{
    (void)context;
    return progress->seconds < BATCH_SECONDS / 4;
}

/* NULL: classes are counted for such scenarios. */
static const char *without_classes(const Case *judged)
{
    const Program *program = judged->scenario->program;
    return program->has_domains ? "coroutines, fibres and pools have no classes"
           : program->has_clock ? "with a virtual clock there are no classes"
                                : NULL;
}

static void judge_classes(const Case *judged)
{
    enum { FEW = 3 }; /* states: the runs of the classes have to tell it all */
    const SnResult *states = judged->result;
    const char *refused = without_classes(judged);
    if (refused != NULL || judged->scenario->program->has_assume) {
        tell("classes", "left", 0, refused != NULL ? refused : "`assume` needs all states");
        return;
    }
    if (states->interleavings == NULL || strcmp(states->interleavings, "infinite") == 0) {
        tell("classes", "left", 0, "runs without end");
        return;
    }
    if (strlen(states->interleavings) > CLASS_DIGITS) {
        tell("classes", "left", 0, "100,000 interleavings and more");
        return;
    }
    const SnExploreOptions options = {
        .max_states = FEW, .max_memory = MAX_MEMORY, .reduce = SN_REDUCE_CLASSES, .progress = goes_on};
    SnResult *runs = explore(judged, "classes", &options);
    if (runs == NULL)
        return;
    if (!runs->complete) {
        tell("classes", "left", 0, runs->stopped == NULL ? "incomplete" : runs->stopped);
    } else if (runs->states <= FEW) {
        tell("classes", "left", 0, "no more than three states");
    } else {
        const char *what = lacking(states, runs);
        tell("classes", what == NULL ? "same" : "different", runs->states, what == NULL ? "" : what);
    }
    sn_result_free(runs);
}

static void judge_counted(const Case *judged)
{
    Machine *machine = NULL;
    const MachineOptions options = {0};
    const char *refused = without_classes(judged);
    if (refused != NULL) {
        tell("counted", "left", 0, refused);
        return;
    }
    char text[256] = "";
    uint64_t classes = 0;
    if (machine_new(judged->scenario->program, &options, &machine) != STATUS_OK) {
        tell("counted", "different", 0, "no machine");
        return;
    }
    bool agree = judge_compare(machine, COUNTED_PATHS, text, sizeof text, &classes);
    tell("counted", !agree ? "different" : classes > 0 ? "same" : "left", classes,
         !agree ? text : classes > 0 ? "" : "more than 3,000 interleavings, or runs without end");
    machine_free(machine);
}

/* ------------------------------------------------------------------------- replay */

static void judge_replay(const Case *judged)
{
    const SnReplayOptions options = {.result = judged->result};
    SnReplayResult *replayed = NULL;
    char *message = NULL;
    char text[512];
    SnStatus status = sn_replay(judged->scenario, &options, &replayed, &message);
    if (status == SN_INVALID) {
        const char *what = message == NULL ? NULL : strstr(message, "`");
        tell("replay", "left", 0, what != NULL ? what : message != NULL ? message : "refused");
    } else if (replayed == NULL) {
        tell("replay", "different", 0, message == NULL ? "no result" : message);
    } else {
        const SnReplayed *bad = NULL;
        for (uint32_t r = 0; r < replayed->replay_count && bad == NULL; r++)
            bad = replayed->replays[r].agrees ? NULL : &replayed->replays[r];
        if (bad != NULL)
            snprintf(text, sizeof text, "%s [%s] step %u: %s", bad->what, bad->schedule, bad->step,
                     bad->difference == NULL ? "" : bad->difference);
        tell("replay", bad != NULL ? "different" : "same", replayed->replay_count, bad != NULL ? text : "");
    }
    sn_string_free(message);
    sn_replay_result_free(replayed);
}

/* ---------------------------------------------------------------------------- main */

static int judge(Case *judged)
{
    const SnExploreOptions options = {.max_states = judged->max_states, .max_memory = MAX_MEMORY};
    judged->result = explore(judged, "explore", &options);
    if (judged->result == NULL)
        return 1;
    if (!judged->result->complete) {
        tell("explore", "left", judged->result->states, "too many states");
        return 0;
    }
    char *json = sn_report_result_json(judged->result);
    tell("explore", "same", judged->result->states, json == NULL ? "" : json);
    sn_string_free(json);
    static const struct {
        const char *name;
        SnReduce reduce;
    } reductions[] = {{"none", SN_REDUCE_NONE},   {"persistent", SN_REDUCE_PERSISTENT}, {"sleep", SN_REDUCE_SLEEP},
                      {"merge", SN_REDUCE_MERGE}, {"symmetry", SN_REDUCE_SYMMETRY},     {"all", SN_REDUCE_ALL}};
    judge_schedules(judged);
    for (size_t r = 0; r < sizeof reductions / sizeof *reductions; r++)
        judge_reduction(judged, reductions[r].name, reductions[r].reduce);
    judge_jobs(judged);
    judge_classes(judged);
    judge_counted(judged);
    if (judged->with_replay)
        judge_replay(judged);
    return 0;
}

static int run_one(int argc, char **argv)
{
    SnLoadOptions options = {0};
    Case judged = {.max_states = MAX_STATES, .with_replay = true};
    const char *path = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--spurious") == 0)
            options.spurious = true;
        else if (strcmp(argv[i], "--granularity") == 0 && i + 1 < argc)
            options.statement_granularity = strcmp(argv[++i], "statement") == 0;
        else if (strcmp(argv[i], "--max-states") == 0 && i + 1 < argc)
            judged.max_states = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--no-replay") == 0)
            judged.with_replay = false;
        else
            path = argv[i];
    }
    if (path == NULL)
        return 2;
    char *message = NULL;
    if (sn_load_file(path, &options, &judged.scenario, &message) != SN_OK) {
        tell("explore", "different", 0, message == NULL ? "cannot be loaded" : message);
        sn_string_free(message);
        return 2;
    }
    sn_string_free(message);
    int status = judge(&judged);
    sn_result_free(judged.result);
    sn_scenario_free(judged.scenario);
    return status;
}

int main(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], "--batch") == 0 ? batch_run(run_one) : run_one(argc, argv);
}
