/* snarl step FILE: an execution by hand. */
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/step.h"
#include "cli/work.h"

enum { MAP_STATES = 200000 }; /* what lies ahead is told for scenarios up to this size */

/* Where to begin: along --schedule, --finding or --outcome. */
static SnStatus go_to_start(Session *session, const Options *options)
{
    const char *schedule = options->schedule;
    if (options->given[OPTION_finding]) {
        if (options->finding > session->result->finding_count) {
            output_error("there is no finding %llu; there are %u", (unsigned long long)options->finding,
                         session->result->finding_count);
            return SN_INVALID;
        }
        schedule = session->result->findings[options->finding - 1].schedule;
    } else if (options->given[OPTION_outcome]) {
        if (options->outcome > session->result->outcome_count) {
            output_error("there is no outcome %llu; there are %u", (unsigned long long)options->outcome,
                         session->result->outcome_count);
            return SN_INVALID;
        }
        schedule = session->result->outcomes[options->outcome - 1].schedule;
    }
    char *message;
    if (schedule == NULL || session_follow(session, schedule, &message))
        return SN_OK;
    output_message(message);
    return SN_INVALID;
}

SnStatus step_run(const Options *options)
{
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    Session session = {0};
    if (options->given[OPTION_schedule] + options->given[OPTION_finding] + options->given[OPTION_outcome] > 1) {
        output_error("--schedule, --finding and --outcome each say where to begin; give one of them");
        return SN_INVALID;
    }
    const char *path = options->operands[1];
    if (path[0] == '-' && path[1] == '\0') {
        output_error("`snarl step` reads its commands from standard input; give the scenario as a file");
        return SN_INVALID;
    }
    SnStatus status = work_load(options, path, &scenario);
    const WorkWishes wishes = {.map_states = MAP_STATES};
    if (status == SN_OK)
        status = work_explore(options, &wishes, scenario, &result);
    work_tell_limit(options, result);
    if (result != NULL) {
        status = session_begin(&session, scenario, result) ? go_to_start(&session, options) : SN_SYSTEM;
        bool has_terminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
        if (status == SN_OK && has_terminal)
            status = step_screen(&session, options);
        if (status == SN_OK ? !has_terminal : status == SN_INCOMPLETE) /* no terminal, or one that cannot show it */
            status = step_lines(&session, options);
    }
    session_end(&session);
    sn_result_free(result);
    sn_scenario_free(scenario);
    return status;
}
