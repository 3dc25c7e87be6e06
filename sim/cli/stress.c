/* snarl stress FILE: free runs on real threads beside the exact set of outcomes. */
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

typedef struct ProgressLine {
    bool is_shown, on_screen;
    uint32_t outcomes;
    double last;
} ProgressLine;

static bool on_progress(void *context, uint64_t runs, uint32_t seen, double seconds)
{
    static const double pause_seconds = 0.1;
    ProgressLine *line = context;
    if (work_interrupted())
        return false;
    if (!line->is_shown || seconds - line->last < pause_seconds)
        return true;
    fprintf(stderr, "\r\033[Krunning: %llu runs, seen %u of %u outcomes, %.1f s", (unsigned long long)runs, seen, line->outcomes, seconds);
    fflush(stderr);
    line->last = seconds;
    line->on_screen = true;
    return true;
}

SnStatus stress_run(const Options *options)
{
    static const SnStressProfile profiles[] = {[PROFILE_MIXED] = SN_STRESS_MIXED,
                                               [PROFILE_PLAIN] = SN_STRESS_PLAIN,
                                               [PROFILE_PAUSES] = SN_STRESS_PAUSES,
                                               [PROFILE_YIELDS] = SN_STRESS_YIELDS};
    SnScenario *scenario = NULL;
    SnResult *explored = NULL;
    SnStressResult *result = NULL;
    char *message = NULL;
    SnStatus status = work_load(options, options->operands[1], &scenario);
    if (status == SN_OK) {
        status = sn_stress_check(scenario, &message);
        output_message(message);
        message = NULL;
    }
    if (status == SN_OK) {
        status = work_explore(options, NULL, scenario, &explored);
        status = explored == NULL ? status : SN_OK;
        work_tell_limit(options, explored);
    }
    if (status != SN_OK || explored == NULL)
        goto done;
    ProgressLine line = {.is_shown = !options->quiet && isatty(STDERR_FILENO) == 1, .outcomes = explored->outcome_count};
    const SnStressOptions stress = {.profile = profiles[options->profile],
                                    .seconds = options->given[OPTION_seconds] ? options->seconds
                                               : options->given[OPTION_real_runs] ? 3600
                                                                                  : 0,
                                    .runs = options->real_runs,
                                    .seed = options->given[OPTION_real_seed] ? options->real_seed : 1,
                                    .progress = on_progress,
                                    .progress_context = &line};
    status = sn_stress(explored, &stress, &result, &message);
    if (line.on_screen)
        output_clear_line();
    output_message(message);
    if (result != NULL) {
        const SnTextStyle style = output_style(options);
        status = output_worse(status, output_take(options->json ? sn_report_stress_json(result) : sn_report_stress(result, &style)));
    }
done:
    sn_stress_result_free(result);
    sn_result_free(explored);
    sn_scenario_free(scenario);
    return status;
}
