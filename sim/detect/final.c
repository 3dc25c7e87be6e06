#include "detect/final.h"

#include "base/memory.h"

/* Which of the properties hold; NULL: no memory. */
static bool *holds_of(const Machine *machine, const Word *state)
{
    bool *holds = mem_alloc(machine_program(machine)->finally_count, sizeof *holds);
    if (holds != NULL)
        machine_finally_holds(machine, state, holds);
    return holds;
}

bool final_is(const Machine *machine, const Word *state, const Finding *row)
{
    if (row->kind != FINDING_FINAL || !machine_all_ended(machine, state))
        return false;
    const Program *program = machine_program(machine);
    bool *holds = holds_of(machine, state), is_it = false;
    for (uint32_t i = 0; holds != NULL && i < program->finally_count; i++)
        is_it = is_it || (!holds[i] && program->finally[i].line == row->lines[0]);
    mem_free(holds);
    return is_it;
}

static Status record_failed(FindingTable *table, const MonitorEvent *event)
{
    const Program *program = machine_program(event->machine);
    bool *holds = holds_of(event->machine, event->state);
    Status status = holds == NULL ? STATUS_NO_MEMORY : STATUS_OK;
    for (uint32_t i = 0; i < program->finally_count && status == STATUS_OK; i++) {
        if (holds[i])
            continue;
        const Property *property = &program->finally[i];
        uint32_t line = property->line;
        Finding key = {.kind = FINDING_FINAL, .lines = &line, .line_count = 1, .text = property->text};
        uint32_t row = finding_row(table, &key);
        if (row == NO_ID || !finding_add_state(table, row, event->state_id))
            status = STATUS_NO_MEMORY;
    }
    mem_free(holds);
    return status;
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
    if (!machine_all_ended(event->machine, event->state) ||
        machine_failed_finally(event->machine, event->state) == NO_ID)
        return STATUS_OK;
    return record_failed(table, event);
}
