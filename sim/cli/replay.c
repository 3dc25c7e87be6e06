/* snarl replay FILE: schedules forced on real threads. */
#include <time.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

typedef struct ProgressLine {
    bool is_shown, on_screen;
    struct timespec last;
} ProgressLine;

static bool on_progress(void *context, uint32_t done, uint32_t total)
{
    ProgressLine *line = context;
    if (work_interrupted())
        return false;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double pause_seconds = (double)(now.tv_sec - line->last.tv_sec) + (double)(now.tv_nsec - line->last.tv_nsec) / 1e9;
    if (line->is_shown && done > 0 && pause_seconds > 0.2) {
        line->last = now;
        fprintf(stderr, "\r\033[Kreplaying: %u of %u schedules", done, total);
        fflush(stderr);
        line->on_screen = true;
    }
    return true;
}

static bool choose(const Options *options)
{
    int selections = options->given[OPTION_schedule] + options->given[OPTION_finding] + options->given[OPTION_outcome] +
                     options->given[OPTION_replay_all] + options->given[OPTION_real_runs];
    if (selections > 1)
        output_error("use only one of --schedule, --finding, --outcome, --all and --runs");
    else if (options->given[OPTION_real_seed] && !options->given[OPTION_real_runs])
        output_error("--seed is for --runs");
    else if (options->real_runs > 1000000 || options->repeat > 1000000)
        output_error("--runs and --repeat are at most 1,000,000");
    else
        return true;
    return false;
}

/* What is left out: the most telling finding, without one the first outcome. */
static bool select_default(const Options *options, const SnResult *result, SnReplayOptions *replay)
{
    replay->finding = (uint32_t)options->finding;
    replay->outcome = (uint32_t)options->outcome;
    if (options->finding > result->finding_count) {
        output_error("there are %u findings, no number %llu", result->finding_count, (unsigned long long)options->finding);
        return false;
    }
    if (options->outcome > result->outcome_count) {
        output_error("there are %u outcomes, no number %llu", result->outcome_count, (unsigned long long)options->outcome);
        return false;
    }
    if (options->replay_all || options->finding > 0 || options->outcome > 0)
        return true;
    uint32_t telling = work_most_telling(result);
    if (telling != SN_NONE)
        replay->finding = telling + 1;
    else
        replay->outcome = result->outcome_count > 0;
    return true;
}

/* The simulated steps, for whoever reads along. */
static SnStatus print_steps(const Options *options, const SnScenario *scenario, const SnReplayResult *result)
{
    if (options->json || options->quiet || result->replay_count != 1)
        return SN_OK;
    const SnRunOptions run = {.policy = SN_POLICY_SCHEDULE, .schedule = result->replays[0].schedule};
    const SnTextStyle style = output_style(options);
    SnTrace *trace = NULL;
    char *message = NULL;
    SnStatus status = sn_run(scenario, &run, &trace, &message);
    if (status == SN_OK && (status = output_take(sn_report_trace(trace, &style))) == SN_OK)
        putchar('\n');
    else if (status == SN_SYSTEM && trace == NULL && message == NULL)
        output_error("out of memory");
    output_message(message);
    sn_trace_free(trace);
    return status == SN_SYSTEM ? SN_SYSTEM : SN_OK;
}

SnStatus replay_run(const Options *options)
{
    SnScenario *scenario = NULL;
    SnResult *explored = NULL;
    SnReplayResult *result = NULL;
    char *message = NULL;
    ProgressLine line = {.is_shown = !options->quiet && isatty(STDERR_FILENO) == 1};
    SnReplayOptions replay = {.schedule = options->schedule, .repeat = (uint32_t)options->repeat, .runs = (uint32_t)options->real_runs,
                              .seed = options->given[OPTION_real_seed] ? options->real_seed : 1, .progress = on_progress, .progress_context = &line};
    if (!choose(options))
        return SN_INVALID;
    SnStatus status = work_load(options, options->operands[1], &scenario);
    if (status == SN_OK && replay.schedule == NULL && replay.runs == 0) {
        const WorkWishes wishes = {.no_counts = true};
        status = work_explore(options, &wishes, scenario, &explored);
        status = explored == NULL ? status : SN_OK;
        work_tell_limit(options, explored);
        if (explored != NULL && !select_default(options, explored, &replay))
            status = SN_INVALID;
        replay.result = explored;
    }
    if (status != SN_OK)
        goto done;
    work_listen();
    status = sn_replay(scenario, &replay, &result, &message);
    if (line.on_screen)
        output_clear_line();
    output_message(message);
    if (result != NULL) {
        const SnTextStyle style = output_style(options);
        status = output_worse(status, print_steps(options, scenario, result));
        status = output_worse(status, output_take(options->json ? sn_report_replay_json(result) : sn_report_replay(result, &style)));
    }
done:
    sn_replay_result_free(result);
    sn_result_free(explored);
    sn_scenario_free(scenario);
    return status;
}
