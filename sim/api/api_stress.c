/* api_stress.c: sn_stress: free runs on real threads beside the exact set of outcomes. */
#include <math.h>
#include <string.h>

#include "api/exploration.h"
#include "pthreads/stress.h"

static const double default_seconds = 2;

typedef struct OwnedStress {
    SnStressResult result; /* first: an SnStressResult is an OwnedStress */
    Arena arena;
} OwnedStress;

typedef struct Stressing {
    const SnResult *explored;
    const SnStressOptions *options;
    OwnedStress *owned;
    SnStressOutcome *outcomes;
    const char **keys;
    Text key; /* on its way into the arena */
    StressResult counted;
    char **message;
} Stressing;

const char *sn_grade_name(SnGrade grade)
{
    static const char *const names[] = {"expected", "interesting", "forbidden"};
    return names[grade];
}

static SnGrade grade_of(const SnOutcome *outcome)
{
    if (outcome->end != SN_END_OK || (outcome->has_final && !outcome->final) || outcome->serial == SN_SERIAL_NO)
        return SN_GRADE_FORBIDDEN;
    return outcome->preemptions == 0 ? SN_GRADE_EXPECTED : SN_GRADE_INTERESTING;
}

static Status make_keys(Stressing *stressing)
{
    const SnResult *explored = stressing->explored;
    Arena *arena = &stressing->owned->arena;
    stressing->keys = ARENA_ARRAY(arena, const char *, explored->outcome_count + 1);
    stressing->outcomes = ARENA_ARRAY(arena, SnStressOutcome, explored->outcome_count + 1);
    for (uint32_t o = 0; o < explored->outcome_count; o++) {
        const SnOutcome *outcome = &explored->outcomes[o];
        bool final = outcome->end == SN_END_OK && (!outcome->has_final || outcome->final);
        stressing->key.length = 0;
        stress_key(outcome->values, explored->outcome_name_count, outcome->output, outcome->output_count, outcome->end, final, &stressing->key);
        if (stressing->key.failed)
            return STATUS_NO_MEMORY;
        stressing->keys[o] = arena_string(arena, stressing->key.bytes, stressing->key.length);
        stressing->outcomes[o] = (SnStressOutcome){.first_seconds = (double)NAN, .grade = grade_of(outcome)};
    }
    return STATUS_OK;
}

/* With errors that stop an execution the others must not run on: values are those of that moment. */
static bool may_stop(const SnResult *explored, const Program *program)
{
    for (uint32_t o = 0; o < explored->outcome_count; o++)
        if (explored->outcomes[o].end != SN_END_OK && explored->outcomes[o].end != SN_END_DEADLOCK)
            return true;
    return program->has_assume || !explored->complete;
}

/* The key in words: separators become commas. */
static const char *stranger_words(Arena *arena, const char *key)
{
    Text text = {0};
    for (const char *c = key; *c != '\0'; c++)
        if (*c == '\x1f' || *c == '\x1e')
            text_add(&text, *c == '\x1f' ? ", " : " | ");
        else
            text_add_char(&text, *c);
    size_t length = text.length > 0 ? text.length - 1 : 0; /* without the mark of `finally` */
    const char *words = text.failed || length == 0 ? "" : arena_format(arena, "%.*s%s", (int)length, text.bytes, text.bytes[length] == '+' ? "" : " (final does not hold)");
    text_free(&text);
    return words;
}

SnStatus sn_stress_check(const SnScenario *scenario, char **message)
{
    const char *why;
    uint32_t line;
    *message = NULL;
    const char *what = rig_refuses(scenario->program, false, &line, &why);
    if (what == NULL)
        return SN_OK;
    *message = api_message("%s:%u: `%s` does not run freely: %s; `snarl replay` forces its schedules on real threads", scenario->source.name, line, what, why);
    return SN_INVALID;
}

static Status run_free(Stressing *stressing)
{
    const SnStressOptions *options = stressing->options;
    const SnResult *explored = stressing->explored;
    const Program *program = exploration_program(explored);
    SnStressResult *result = &stressing->owned->result;
    if (sn_stress_check(explored->scenario, stressing->message) != SN_OK)
        return STATUS_INVALID;
    Status status = make_keys(stressing);
    if (status != STATUS_OK)
        return status;
    result->is_stepwise = !rig_fits_free(program) || may_stop(explored, program);
    const StressOptions stress = {.mode = result->is_stepwise ? RIG_STEPWISE : RIG_FREE,
                                  .profile = (StressProfile)options->profile,
                                  .seconds = options->seconds > 0 ? options->seconds : default_seconds,
                                  .runs = options->runs,
                                  .seed = options->seed,
                                  .proc = options->proc,
                                  .goes_on = options->progress,
                                  .context = options->progress_context};
    return stress_measure(program, stressing->keys, explored->outcome_count, &stress, &stressing->counted, stressing->message);
}

static void fill_result(Stressing *stressing)
{
    const StressResult *counted = &stressing->counted;
    SnStressResult *result = &stressing->owned->result;
    Arena *arena = &stressing->owned->arena;
    for (uint32_t o = 0; o < stressing->explored->outcome_count; o++) {
        stressing->outcomes[o].runs = counted->counts[o].runs;
        if (counted->counts[o].runs == 0)
            continue;
        stressing->outcomes[o].first_seconds = counted->counts[o].first_seconds;
        result->seen++;
    }
    SnStranger *strangers = ARENA_ARRAY(arena, SnStranger, counted->stranger_count + 1);
    for (uint32_t s = 0; s < counted->stranger_count; s++)
        strangers[s] = (SnStranger){stranger_words(arena, counted->stranger_keys[s]), counted->stranger_runs[s]};
    result->outcomes = stressing->outcomes;
    result->outcome_count = stressing->explored->outcome_count;
    result->strangers = strangers;
    result->stranger_count = counted->stranger_count;
    result->stranger_runs = counted->strangers;
    result->runs = counted->runs;
    result->dropped_runs = counted->dropped;
    result->cut_runs = counted->cut;
    result->replaced = counted->replaced;
    result->processors = counted->processors;
    result->was_weak = counted->was_weak;
    result->seconds = counted->seconds;
}

/* What did not come by itself is forced. */
static Status force_unseen(Stressing *stressing)
{
    const SnResult *explored = stressing->explored;
    const SnStressOptions *asked = stressing->options;
    SnStressResult *result = &stressing->owned->result;
    double start = stress_now() - result->seconds;
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        if (stressing->outcomes[o].runs > 0)
            continue;
        if (asked->progress != NULL && !asked->progress(asked->progress_context, result->runs, result->seen + result->forced, stress_now() - start))
            return STATUS_INTERRUPTED;
        const SnReplayOptions options = {.result = explored, .outcome = o + 1, .proc = stressing->options->proc};
        SnReplayResult *replayed;
        SnStatus status = sn_replay(explored->scenario, &options, &replayed, stressing->message);
        if (replayed == NULL)
            return status == SN_INVALID ? STATUS_INVALID : STATUS_LIMIT;
        stressing->outcomes[o].is_forced = true;
        stressing->outcomes[o].agrees = replayed->agreed == 1;
        if (replayed->agreed == 1) {
            result->forced++;
        } else {
            const char *difference = replayed->replay_count > 0 ? replayed->replays[0].difference : "it was not done";
            stressing->outcomes[o].difference = arena_string(&stressing->owned->arena, difference, strlen(difference));
        }
        sn_replay_result_free(replayed);
    }
    return STATUS_OK;
}

static Status run_all(Stressing *stressing)
{
    jmp_buf escape;
    stressing->owned->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    Status status = run_free(stressing);
    if (status != STATUS_OK && status != STATUS_INTERRUPTED)
        return status;
    fill_result(stressing);
    return status == STATUS_OK && !stressing->options->skip_forcing ? force_unseen(stressing) : status;
}

static SnStatus judge(const SnStressResult *result, Status status)
{
    if (result->stranger_runs > 0 && result->explored->complete)
        return SN_FOUND;
    for (uint32_t o = 0; o < result->outcome_count; o++)
        if (result->outcomes[o].is_forced && !result->outcomes[o].agrees)
            return SN_FOUND;
    return status == STATUS_OK && result->runs > 0 && result->explored->complete ? SN_OK : SN_INCOMPLETE;
}

SnStatus sn_stress(const SnResult *explored, const SnStressOptions *options, SnStressResult **result, char **message)
{
    *result = NULL;
    *message = NULL;
    OwnedStress *owned = mem_alloc(1, sizeof *owned);
    if (owned == NULL)
        return SN_SYSTEM;
    Stressing stressing = {.explored = explored, .options = options, .owned = owned, .message = message};
    owned->result.explored = explored;
    Status status = run_all(&stressing);
    text_free(&stressing.key);
    mem_free(stressing.counted.counts);
    owned->arena.escape = NULL;
    if (status == STATUS_OK || status == STATUS_INTERRUPTED) {
        *result = &owned->result;
        return judge(&owned->result, status);
    }
    sn_stress_result_free(&owned->result);
    if (status == STATUS_INVALID)
        return SN_INVALID;
    if (*message == NULL)
        *message = api_message("%s", "not enough memory to run the threads");
    return SN_SYSTEM;
}

void sn_stress_result_free(SnStressResult *result)
{
    if (result == NULL)
        return;
    OwnedStress *owned = (OwnedStress *)result;
    arena_free(&owned->arena);
    mem_free(owned);
}
