/* snarl explore FILE...: every interleaving of each file. */
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

static SnStatus explore_file(const Options *options, const char *path)
{
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    SnStatus status = work_load(options, path, &scenario);
    if (status != SN_OK)
        goto done;
    if (options->steps) {
        status = output_take(sn_scenario_steps(scenario));
        goto done;
    }
    status = work_explore(options, NULL, scenario, &result);
    if (result == NULL)
        goto done;
    const SnTextStyle style = output_style(options);
    status = output_worse(
        status, output_take(options->json ? sn_report_result_json(result) : sn_report_result(result, &style)));
    status = work_told(options, result, status);
done:
    sn_result_free(result);
    sn_scenario_free(scenario);
    return status;
}

/* A line that tells the reports of several files apart. */
static void file_header(const Options *options, const char *path, bool first)
{
    bool color = output_colors(options, stdout);
    printf("%s%s== ", first ? "" : "\n", color ? "\033[1m" : "");
    output_visible(stdout, path);
    printf(" ==%s\n", color ? "\033[0m" : "");
}

SnStatus explore_run(const Options *options)
{
    SnStatus worst = SN_OK;
    for (size_t f = 1; f < options->operand_count; f++) {
        if (options->operand_count > 2 && !options->json && !options->quiet)
            file_header(options, options->operands[f], f == 1);
        worst = output_worse(worst, explore_file(options, options->operands[f]));
        output_flush();
        if (work_interrupted() && f + 1 < options->operand_count)
            return output_worse(worst, SN_INCOMPLETE);
    }
    return worst;
}
