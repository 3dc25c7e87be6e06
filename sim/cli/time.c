/* snarl time FILE: how long the executions take on the virtual clock, and what tasks and cores do meanwhile. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

/* What must be freed at the end. */
typedef struct TimeWork {
    SnScenario *scenario, *one_core;
    SnResult *result, *one_core_result;
    SnTrace *traces[2];
} TimeWork;

static void time_free(TimeWork *work)
{
    sn_trace_free(work->traces[0]);
    sn_trace_free(work->traces[1]);
    sn_result_free(work->result);
    sn_result_free(work->one_core_result);
    sn_scenario_free(work->one_core);
    sn_scenario_free(work->scenario);
}

/* The execution of a schedule, gone on with in turn where the schedule ends early. */
static SnStatus add_trace(TimeWork *work, SnTimeReport *report, const char *name, const char *schedule)
{
    const SnRunOptions run = {.policy = schedule == NULL ? SN_POLICY_ROUND_ROBIN : SN_POLICY_SCHEDULE, .schedule = schedule, .must_complete = true};
    char *message = NULL;
    SnTrace **trace = &work->traces[report->trace_count];
    SnStatus status = sn_run(work->scenario, &run, trace, &message);
    if (*trace == NULL && message == NULL)
        output_error("out of memory");
    output_message(message);
    if (*trace == NULL)
        return status == SN_OK ? SN_SYSTEM : status;
    report->names[report->trace_count] = name;
    report->traces[report->trace_count++] = *trace;
    return SN_OK;
}

/* The range of times, its fastest execution and its slowest. */
static SnStatus explore(const Options *options, TimeWork *work, SnTimeReport *report)
{
    static const WorkWishes wishes = {.no_counts = true};
    SnStatus status = work_explore(options, &wishes, work->scenario, &work->result);
    if (work->result == NULL)
        return status;
    work_tell_limit(options, work->result);
    const SnTime *time = report->time = &work->result->time;
    bool is_one = !time->is_known || time->is_unbounded || time->greatest_ns == time->least_ns;
    if (!time->is_known)
        status = add_trace(work, report, "threads in turn", NULL);
    else
        status = add_trace(work, report, is_one && !time->is_unbounded ? "an execution" : "fastest", time->least_schedule);
    if (status == SN_OK && !is_one)
        status = add_trace(work, report, "slowest", time->greatest_schedule);
    return status;
}

static SnStatus explore_on_one_core(const Options *options, TimeWork *work, SnTimeReport *report)
{
    static const WorkWishes wishes = {.no_counts = true};
    SnStatus status = sn_scenario_on_cores(work->scenario, 1, &work->one_core);
    if (status != SN_OK) {
        output_error("out of memory");
        return status;
    }
    status = work_explore(options, &wishes, work->one_core, &work->one_core_result);
    if (work->one_core_result == NULL)
        return status;
    work_tell_limit(options, work->one_core_result);
    report->one_core = &work->one_core_result->time;
    return SN_OK;
}

SnStatus time_run(const Options *options)
{
    TimeWork work = {0};
    SnTimeReport report = {0};
    SnStatus status = work_load(options, options->operands[1], &work.scenario);
    if (status != SN_OK)
        return status;
    report.scenario = work.scenario;
    if (!sn_scenario_has_clock(work.scenario)) {
        output_error("%s has no clock; with `clock virtual` its sleep, io and compute take their time", sn_scenario_name(work.scenario));
        status = SN_INVALID;
    } else if (options->given[OPTION_schedule]) {
        status = add_trace(&work, &report, "this schedule", options->schedule);
    } else {
        status = explore(options, &work, &report);
        if (status == SN_OK && report.traces[0] != NULL && report.traces[0]->cores != 1)
            status = explore_on_one_core(options, &work, &report);
    }
    if (report.trace_count > 0 && status == SN_OK) {
        const SnTextStyle style = output_style(options);
        status = output_take(options->json ? sn_report_time_json(&report) : sn_report_time(&report, &style));
    }
    if (status == SN_OK && report.time != NULL && !report.time->is_exact)
        status = SN_INCOMPLETE;
    time_free(&work);
    return status;
}
