/* snarl outcomes FILE: every final outcome, how often and how likely. Findings are not what it is asked for: its exit
 * status is 0 whatever was found, and 3 where the table may lack outcomes. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

SnStatus outcomes_run(const Options *options)
{
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    SnStatus status = work_load(options, options->operands[1], &scenario);
    if (status == SN_OK)
        status = work_explore(options, NULL, scenario, &result);
    if (result != NULL) {
        const SnTextStyle style = output_style(options);
        if (result->complete) /* otherwise the table says it */
            work_tell_limit(options, result);
        status = output_take(options->json ? sn_report_result_json(result) : sn_report_outcomes(result, &style));
        status = output_worse(status, result->complete ? SN_OK : SN_INCOMPLETE);
        status = work_told(options, result, status);
    }
    sn_result_free(result);
    sn_scenario_free(scenario);
    return status;
}
