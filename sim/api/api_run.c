/* api_run.c: one execution: sn_run. */
#include "api/exploration.h"
#include "api/scenario.h"
#include "trace/build.h"
#include "trace/replay.h"

static ReplayPolicy policy_of(const SnRunOptions *options)
{
    switch (options->policy) {
    case SN_POLICY_RANDOM: return REPLAY_RANDOM;
    case SN_POLICY_ROUND_ROBIN: return REPLAY_ROUND_ROBIN;
    case SN_POLICY_SEQUENTIAL: return REPLAY_SEQUENTIAL;
    case SN_POLICY_SCHEDULE: break;
    }
    return options->must_complete ? REPLAY_ROUND_ROBIN : REPLAY_STOP;
}

/* Runs the plan and builds the trace of what was done. */
static Status run_plan(const SnScenario *scenario, Machine *machine, const ReplayPlan *plan, SnTrace **trace,
                       char **message)
{
    Recording recording;
    Status status = replay_record(machine, plan, &recording);
    if (status == STATUS_INTERRUPTED) { /* as far as it came is told */
        ReplayPlan cut = *plan;
        cut.goes_on = NULL;
        cut.max_steps = recording.done.count > recording.longest ? recording.done.count : recording.longest;
        cut.max_steps += cut.max_steps == 0; /* 0 is the default */
        schedule_free(&recording.done);
        status = replay_record(machine, &cut, &recording);
    }
    if (status == STATUS_INVALID) {
        *message = trace_refusal_text(machine, &recording.done, &recording.refusal);
        if (*message == NULL)
            status = STATUS_NO_MEMORY;
    }
    if (status == STATUS_OK)
        status = trace_build_schedule(scenario, machine, NULL, &recording.done, NULL, trace, message);
    if (status == STATUS_OK && recording.loop_start != NO_ID)
        status = trace_set_loop(*trace, recording.loop_start);
    schedule_free(&recording.done);
    return status;
}

static bool is_in_time(void *context)
{
    return exploration_seconds() < *(const double *)context;
}

SnStatus sn_run(const SnScenario *scenario, const SnRunOptions *options, SnTrace **trace, char **message)
{
    static const SnRunOptions defaults = {.policy = SN_POLICY_ROUND_ROBIN};
    MachineOptions machine_options = {.keep_locals = true};
    Machine *machine = NULL;
    Schedule schedule = {0};
    *trace = NULL;
    *message = NULL;
    if (options == NULL)
        options = &defaults;
    Status status = machine_new(scenario->program, &machine_options, &machine);
    if (status == STATUS_OK && options->policy == SN_POLICY_SCHEDULE && options->schedule != NULL)
        status = schedule_parse(scenario->program, options->schedule, &schedule, message);
    if (status == STATUS_OK) {
        ReplayPlan plan = {.schedule = &schedule,
                           .policy = policy_of(options),
                           .seed = options->seed,
                           .max_steps = options->max_steps};
        double deadline = exploration_seconds() + options->max_seconds;
        if (options->max_seconds > 0) {
            plan.goes_on = is_in_time;
            plan.context = &deadline;
        }
        status = run_plan(scenario, machine, &plan, trace, message);
    }
    if (status != STATUS_OK) {
        trace_free(*trace);
        *trace = NULL;
    }
    schedule_free(&schedule);
    machine_free(machine);
    if (status == STATUS_OK)
        return SN_OK;
    if (status == STATUS_INVALID)
        return SN_INVALID;
    if (*message == NULL)
        *message = api_message("%s", "not enough memory to run the scenario");
    return SN_SYSTEM;
}

void sn_trace_free(SnTrace *trace)
{
    trace_free(trace);
}
