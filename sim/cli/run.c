/* snarl run FILE: one interleaving, step by step. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

enum { DEFAULT_SEED = 1 };

/* False, with a message, when the options contradict each other. */
static bool choose_policy(const Options *options, SnRunOptions *run)
{
    bool by_schedule = options->given[OPTION_schedule], by_seed = options->given[OPTION_seed],
         by_policy = options->given[OPTION_policy];
    if (by_schedule && (by_seed || by_policy)) {
        output_error("--schedule says who steps; --seed and --policy have nothing left to choose");
        return false;
    }
    if (by_seed && by_policy && options->policy != POLICY_RANDOM) {
        output_error("--seed is for --policy random");
        return false;
    }
    *run = (SnRunOptions){.policy = SN_POLICY_ROUND_ROBIN, .max_seconds = options->max_time};
    if (by_schedule) {
        run->policy = SN_POLICY_SCHEDULE;
        run->schedule = options->schedule;
    } else if (by_seed || (by_policy && options->policy == POLICY_RANDOM)) {
        run->policy = SN_POLICY_RANDOM;
        run->seed = by_seed ? options->seed : DEFAULT_SEED;
    } else if (by_policy && options->policy == POLICY_SEQUENTIAL) {
        run->policy = SN_POLICY_SEQUENTIAL;
    }
    return true;
}

SnStatus run_run(const Options *options)
{
    SnRunOptions run;
    SnScenario *scenario = NULL;
    SnTrace *trace = NULL;
    char *message = NULL;
    if (!choose_policy(options, &run))
        return SN_INVALID;
    SnStatus status = work_load(options, options->operands[1], &scenario);
    if (status != SN_OK)
        goto done;
    status = sn_run(scenario, &run, &trace, &message);
    if (trace == NULL) {
        if (message == NULL)
            output_error("out of memory");
        output_message(message);
        goto done;
    }
    output_message(message);
    const SnTextStyle style = output_style(options);
    status = output_take(options->json ? sn_report_trace_json(trace) : sn_report_trace(trace, &style));
    if (run.policy == SN_POLICY_RANDOM && !options->json && !options->quiet)
        printf("seed: %llu\n", (unsigned long long)run.seed);
done:
    sn_trace_free(trace);
    sn_scenario_free(scenario);
    return status;
}
