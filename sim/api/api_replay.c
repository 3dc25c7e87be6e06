/* api_replay.c: sn_replay: schedules forced on real threads. */
#include <string.h>

#include "api/exploration.h"
#include "pthreads/forced.h"
#include "pthreads/rig.h"
#include "trace/replay.h"

typedef struct OwnedReplay {
    SnReplayResult result; /* first: an SnReplayResult is an OwnedReplay */
    Arena arena;
} OwnedReplay;

typedef struct Replaying {
    const SnScenario *scenario;
    const SnReplayOptions *options;
    OwnedReplay *owned;
    SnReplayed *replays;
    Machine *machine;
    Schedule *schedules;
    ForcedJob *jobs;
    uint32_t count;
    char *printed; /* a schedule on its way into the arena */
    char **message;
} Replaying;

enum {
    RANDOM_STEPS = 2000,
    RANDOM_SPAWNED = 64 /* threads beside the declared ones: each is a real thread, and a place in every state */
};

static bool goes_on(void *context);

static void replaying_free(Replaying *replaying)
{
    for (uint32_t i = 0; replaying->schedules != NULL && i < replaying->count; i++)
        schedule_free(&replaying->schedules[i]);
    mem_free(replaying->schedules);
    mem_free(replaying->jobs);
    mem_free(replaying->printed);
    machine_free(replaying->machine);
}

/* Operations that have no counterpart yet. */
static Status check_supported(Replaying *replaying)
{
    const Program *program = machine_program(replaying->machine);
    const char *why;
    uint32_t line;
    const char *what = rig_refuses(program, true, &line, &why);
    if (what == NULL)
        return STATUS_OK;
    *replaying->message = api_message("%s:%u: `%s` is not replayed on real threads: %s", replaying->scenario->source.name, line, what, why);
    return *replaying->message == NULL ? STATUS_NO_MEMORY : STATUS_INVALID;
}

/* ------------------------------------------------------------------- jobs */

static Status add_job(Replaying *replaying, const char *what, const char *text, bool shows_blocked)
{
    uint32_t number = replaying->count;
    Status status = schedule_parse(machine_program(replaying->machine), text, &replaying->schedules[number], replaying->message);
    if (status != STATUS_OK)
        return status;
    replaying->count++;
    replaying->jobs[number] = (ForcedJob){&replaying->schedules[number], shows_blocked};
    replaying->replays[number] = (SnReplayed){.what = what, .schedule = text, .step_count = replaying->schedules[number].count};
    return STATUS_OK;
}

static Status add_finding(Replaying *replaying, uint32_t number)
{
    const SnFinding *finding = &replaying->options->result->findings[number];
    const char *what = arena_format(&replaying->owned->arena, "finding %u: %s", number + 1, finding->words);
    return add_job(replaying, what, finding->schedule, strcmp(finding->kind, "deadlock") == 0);
}

static Status add_outcome(Replaying *replaying, uint32_t number)
{
    const char *what = arena_format(&replaying->owned->arena, "outcome %u", number + 1);
    return add_job(replaying, what, replaying->options->result->outcomes[number].schedule, false);
}

static bool goes_on(void *context)
{
    const Replaying *replaying = context;
    const SnReplayOptions *options = replaying->options;
    return options->progress == NULL || options->progress(options->progress_context, replaying->owned->result.replay_count, replaying->count);
}

/* A schedule of the user's may not fit: says at which step, and who could. */
static Status check_fits(Replaying *replaying)
{
    ReplayPlan plan = {.schedule = &replaying->schedules[0], .policy = REPLAY_STOP};
    Recording recording;
    Status status = replay_record(replaying->machine, &plan, &recording);
    if (status == STATUS_INVALID) {
        *replaying->message = trace_refusal_text(replaying->machine, &recording.done, &recording.refusal);
        if (*replaying->message == NULL)
            status = STATUS_NO_MEMORY;
    }
    schedule_free(&recording.done);
    return status;
}

/* A random execution, as `snarl run --seed` makes it. May leave through the arena. */
static Status add_random(Replaying *replaying, uint64_t seed)
{
    ReplayPlan plan = {.policy = REPLAY_RANDOM, .seed = seed, .max_steps = RANDOM_STEPS, .goes_on = goes_on, .context = replaying};
    plan.max_threads = machine_program(replaying->machine)->declared_count + RANDOM_SPAWNED;
    Recording recording;
    Text text = {0};
    Status status = replay_record(replaying->machine, &plan, &recording);
    if (status == STATUS_OK)
        schedule_print(machine_program(replaying->machine), &recording.done, &text);
    schedule_free(&recording.done);
    char *printed = text_take(&text);
    if (status == STATUS_OK && printed == NULL)
        status = STATUS_NO_MEMORY;
    if (status != STATUS_OK) {
        mem_free(printed);
        return status;
    }
    replaying->printed = printed; /* so that it is freed also when the arena jumps */
    const char *copy = arena_string(&replaying->owned->arena, printed, strlen(printed));
    mem_free(printed);
    replaying->printed = NULL;
    return add_job(replaying, arena_format(&replaying->owned->arena, "seed %llu", (unsigned long long)seed), copy, false);
}

static Status add_jobs(Replaying *replaying)
{
    const SnReplayOptions *options = replaying->options;
    const SnResult *explored = options->result;
    if (options->schedule == NULL && options->runs == 0 && explored == NULL) {
        *replaying->message = api_message("%s", "nothing to replay: give a schedule, a number of runs or a result");
        return *replaying->message == NULL ? STATUS_NO_MEMORY : STATUS_INVALID;
    }
    uint32_t room = options->runs > 0 ? options->runs : explored == NULL ? 1 : explored->finding_count + explored->outcome_count + 1;
    replaying->replays = ARENA_ARRAY(&replaying->owned->arena, SnReplayed, room);
    replaying->owned->result.replays = replaying->replays;
    replaying->schedules = mem_alloc(room, sizeof *replaying->schedules);
    replaying->jobs = mem_alloc(room, sizeof *replaying->jobs);
    if (replaying->schedules == NULL || replaying->jobs == NULL)
        return STATUS_NO_MEMORY;
    Status status = STATUS_OK;
    if (options->schedule != NULL) {
        const char *text = arena_string(&replaying->owned->arena, options->schedule, strlen(options->schedule));
        status = add_job(replaying, "schedule", text, false);
        return status == STATUS_OK ? check_fits(replaying) : status;
    }
    for (uint32_t r = 0; r < options->runs && status == STATUS_OK; r++)
        status = goes_on(replaying) ? add_random(replaying, options->seed + r) : STATUS_INTERRUPTED;
    if (options->runs > 0)
        return status;
    bool all = options->finding == 0 && options->outcome == 0;
    for (uint32_t f = 0; f < explored->finding_count && status == STATUS_OK; f++)
        if (all || f + 1 == options->finding)
            status = add_finding(replaying, f);
    for (uint32_t o = 0; o < explored->outcome_count && status == STATUS_OK; o++)
        if (all || o + 1 == options->outcome)
            status = add_outcome(replaying, o);
    return status;
}

/* ---------------------------------------------------------------- records */

static SnEnd end_of(const ForcedRecord *record)
{
    switch (record->end) {
    case COURSE_OK: return SN_END_OK;
    case COURSE_DEADLOCK: return SN_END_DEADLOCK;
    case COURSE_RUNNING: return SN_END_RUNNING;
    case COURSE_STOPPED: break;
    }
    if (record->is_assume)
        return SN_END_ASSUME;
    switch (record->stop) {
    case FINDING_ASSERTION: return SN_END_ASSERTION;
    case FINDING_INVARIANT: return SN_END_INVARIANT;
    case FINDING_RUNTIME_ERROR: return SN_END_RUNTIME_ERROR;
    default: return SN_END_MISUSE;
    }
}

/* The call that a thread sleeps in when it is stuck at the operation. */
static const char *call_of(uint32_t op)
{
    switch (op) {
    case OP_LOCK: return "pthread_mutex_lock";
    case OP_RDLOCK: return "pthread_rwlock_rdlock";
    case OP_WRLOCK: return "pthread_rwlock_wrlock";
    case OP_ACQUIRE: return "sem_wait";
    case OP_CONDITION_SLEEP: case OP_CONDITION_WAKE: return "pthread_cond_wait";
    case OP_BARRIER_WAIT: return "pthread_barrier_wait";
    case OP_ONCE_ENTER: return "pthread_once";
    case OP_EVENT_WAIT: return "wait (event)";
    case OP_WAITGROUP_WAIT: return "wait (waitgroup)";
    case OP_PUT: return "put";
    case OP_GET: return "get";
    case OP_PUBLISH: return "publish";
    case OP_JOIN: case OP_JOIN_HANDLE: return "join";
    case OP_SELECT: return "select";
    default: return "await";
    }
}

/* Names by the machine's program: the child may have made room for more threads, whose names it sends no text for. */
static void copy_stuck(Replaying *replaying, const ForcedRecord *record, SnReplayed *replay)
{
    const Program *program = machine_program(replaying->machine);
    SnStuck *stuck = ARENA_ARRAY(&replaying->owned->arena, SnStuck, record->stuck_count + 1);
    for (uint32_t i = 0; i < record->stuck_count; i++) {
        const StuckThread *thread = &record->stuck[i];
        stuck[i] = (SnStuck){.thread = thread->thread < program->thread_count ? program->threads[thread->thread].name : "a spawned thread",
                             .line = thread->line,
                             .object = thread->object == NO_ID ? NULL : program->objects[thread->object].name,
                             .call = call_of(thread->op)};
    }
    replay->stuck = stuck;
    replay->stuck_count = record->stuck_count;
}

static void fill_replay(Replaying *replaying, const ForcedRecord *record, const char *text)
{
    SnReplayed *replay = &replaying->replays[record->job];
    bool is_first = replay->runs++ == 0;
    replay->agrees = record->agrees && (is_first || replay->agrees);
    replay->end = end_of(record);
    replay->evidence = (SnEvidence)record->evidence;
    replaying->owned->result.steps += record->step_count;
    if (is_first || !record->agrees)
        copy_stuck(replaying, record, replay);
    if (record->agrees)
        return;
    replay->step = record->step + 1;
    const NamedStep *step = record->step < record->step_count ? &replaying->schedules[record->job].steps[record->step] : NULL;
    Text name = {0};
    if (step != NULL)
        schedule_print_name(machine_program(replaying->machine), step->symbol, step->instance, &name);
    replay->difference = name.failed || step == NULL ? arena_string(&replaying->owned->arena, text, strlen(text))
                                                     : arena_format(&replaying->owned->arena, "%s: %s", name.bytes, text);
    text_free(&name);
}

static bool on_record(void *context, const ForcedRecord *record, const char *text)
{
    Replaying *replaying = context;
    jmp_buf escape;
    replaying->owned->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return false;
    fill_replay(replaying, record, text);
    replaying->owned->result.replay_count = record->job + 1;
    return true;
}

/* ------------------------------------------------------------------- calls */

static Status prepare(Replaying *replaying)
{
    jmp_buf escape;
    replaying->owned->arena.escape = &escape;
    if (setjmp(escape) != 0)
        return STATUS_NO_MEMORY;
    const MachineOptions machine_options = {.keep_locals = true, .skip_lost_updates = true};
    const SnResult *explored = replaying->options->result;
    const Program *program = explored != NULL ? exploration_program(explored) : replaying->scenario->program;
    Status status = machine_new(program, &machine_options, &replaying->machine);
    if (status == STATUS_OK)
        status = check_supported(replaying);
    return status == STATUS_OK ? add_jobs(replaying) : status;
}

/* Of an exploration that a limit ended, all that was asked for may be more than is known. */
static bool lacks_schedules(const Replaying *replaying)
{
    const SnReplayOptions *options = replaying->options;
    return options->result != NULL && !options->result->complete && options->finding == 0 && options->outcome == 0;
}

SnStatus sn_replay(const SnScenario *scenario, const SnReplayOptions *options, SnReplayResult **result, char **message)
{
    *result = NULL;
    *message = NULL;
    OwnedReplay *owned = mem_alloc(1, sizeof *owned);
    if (owned == NULL)
        return SN_SYSTEM;
    double started = exploration_seconds();
    Replaying replaying = {.scenario = scenario, .options = options, .owned = owned, .message = message};
    Status status = prepare(&replaying);
    if (status == STATUS_OK) {
        ForcedOptions forced = {.repeat = options->repeat, .proc = options->proc, .record = on_record, .goes_on = goes_on, .context = &replaying};
        status = forced_run(replaying.machine, replaying.jobs, replaying.count, &forced, message);
    }
    replaying_free(&replaying);
    owned->arena.escape = NULL;
    SnReplayResult *done = &owned->result;
    done->scenario = scenario;
    done->schedule_count = options->runs > 0 ? options->runs : replaying.count;
    done->seconds = exploration_seconds() - started;
    for (uint32_t i = 0; i < done->replay_count; i++)
        done->agreed += done->replays[i].agrees;
    if (status == STATUS_OK || status == STATUS_INTERRUPTED) {
        *result = done;
        return done->agreed < done->replay_count ? SN_FOUND : status == STATUS_OK && !lacks_schedules(&replaying) ? SN_OK : SN_INCOMPLETE;
    }
    sn_replay_result_free(done);
    if (status == STATUS_INVALID)
        return SN_INVALID;
    if (*message == NULL)
        *message = api_message("%s", "not enough memory to replay the scenario");
    return SN_SYSTEM;
}

void sn_replay_result_free(SnReplayResult *result)
{
    if (result == NULL)
        return;
    OwnedReplay *owned = (OwnedReplay *)result;
    arena_free(&owned->arena);
    mem_free(owned);
}
