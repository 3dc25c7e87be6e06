#include "api/exploration.h"
#include "api/scenario.h"

/* A trace of a printed schedule, by a machine of its own that keeps all locals. */
static SnStatus make_trace(const OwnedResult *owned, const char *text, const TraceSubject *subject, SnTrace **trace,
                           char **message)
{
    *trace = NULL;
    *message = NULL;
    const Program *program = machine_program(owned->machine);
    const MachineOptions options = {.keep_locals = true};
    Machine *machine = NULL;
    Schedule schedule = {0};
    Status status = machine_new(program, &options, &machine);
    if (status == STATUS_OK)
        status = schedule_parse(program, text, &schedule, message);
    if (status == STATUS_OK)
        status = trace_build_schedule(owned->result.scenario, machine, program, &schedule, subject, trace, message);
    schedule_free(&schedule);
    machine_free(machine);
    if (status == STATUS_OK)
        return SN_OK;
    if (*message == NULL)
        *message = api_message(status == STATUS_INVALID ? "internal: the schedule '%s' cannot be replayed"
                                                        : "no memory left for the trace of '%s'",
                               text);
    return status == STATUS_INVALID ? SN_INVALID : SN_SYSTEM;
}

SnStatus sn_trace_finding(const SnResult *result, uint32_t finding, SnTrace **trace, char **message)
{
    const OwnedResult *owned = (const OwnedResult *)result;
    return make_trace(owned, result->findings[finding].schedule, &owned->subjects[finding], trace, message);
}

SnStatus sn_trace_outcome(const SnResult *result, uint32_t outcome, SnTrace **trace, char **message)
{
    const OwnedResult *owned = (const OwnedResult *)result;
    return make_trace(owned, result->outcomes[outcome].schedule, NULL, trace, message);
}
