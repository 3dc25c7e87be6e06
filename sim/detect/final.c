#include "detect/final.h"

bool final_is(const Machine *machine, const Word *state, const Finding *row)
{
    if (row->kind != FINDING_FINAL || !machine_all_ended(machine, state))
        return false;
    uint32_t failed = machine_failed_finally(machine, state);
    return failed != NO_ID && machine_program(machine)->finally[failed].line == row->lines[0];
}

Status final_state(FindingTable *table, const MonitorEvent *event)
{
    const Program *program = machine_program(event->machine);
    if (program->finally_count == 0 || event->is_start_report)
        return STATUS_OK;
    /* most states have a step of a thread that is no daemon, which has not ended then */
    const Expansion *expansion = event->expansion;
    if (expansion->count > 0 && !program->threads[expansion->steps[0].thread].is_daemon)
        return STATUS_OK;
    if (!machine_all_ended(event->machine, event->state))
        return STATUS_OK;
    uint32_t failed = machine_failed_finally(event->machine, event->state);
    if (failed == NO_ID)
        return STATUS_OK;
    const Property *property = &program->finally[failed];
    uint32_t line = property->line;
    Finding key = {.kind = FINDING_FINAL, .lines = &line, .line_count = 1, .text = property->text};
    uint32_t row = finding_row(table, &key);
    return row == NO_ID || !finding_add_state(table, row, event->state_id) ? STATUS_NO_MEMORY : STATUS_OK;
}
