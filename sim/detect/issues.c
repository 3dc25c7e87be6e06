#include "detect/issues.h"

#include <string.h>

void issues_key(const Issue *issue, Finding *key)
{
    memset(key, 0, sizeof *key);
    key->kind = issue->kind;
    key->text = issue->text;
    key->line_count = 1;
    key->lines = (uint32_t *)&issue->line; /* the table copies it */
    if (issue->object != NO_ID) {
        key->object_count = 1;
        key->objects = (ObjectId *)&issue->object;
    }
    if (issue->thread != NO_ID) {
        key->thread_count = 1;
        key->threads = (ThreadId *)&issue->thread;
    }
}

bool issues_is(const Issue *issue, const Finding *row)
{
    if (issue->is_assume || issue->kind != row->kind || row->line_count != 1 || row->lines[0] != issue->line)
        return false;
    return issue->object == NO_ID ? row->object_count == 0 : row->object_count == 1 && row->objects[0] == issue->object;
}

static uint32_t row_of(FindingTable *table, const Issue *issue)
{
    uint32_t row = finding_recall(table, issue->kind, issue->object, issue->line, 0);
    if (row != NO_ID)
        return row;
    Finding key;
    issues_key(issue, &key);
    row = finding_row(table, &key);
    if (row != NO_ID)
        finding_remember(table, issue->kind, issue->object, issue->line, 0, row);
    return row;
}

Status issues_state(FindingTable *table, const MonitorEvent *event)
{
    const Expansion *expansion = event->expansion;
    if (expansion->issue_count == 0)
        return STATUS_OK;
    if (event->is_start_report) {
        for (uint32_t i = 0; i < expansion->issue_count; i++) {
            if (expansion->issues[i].is_assume)
                continue;
            uint32_t row = row_of(table, &expansion->issues[i]);
            if (row == NO_ID || !finding_add_state(table, row, event->state_id))
                return STATUS_NO_MEMORY;
        }
        return STATUS_OK;
    }
    for (uint32_t s = 0; s < expansion->count; s++) {
        const StepInfo *step = &expansion->steps[s];
        for (uint32_t i = 0; i < step->issue_count; i++) {
            const Issue *issue = &expansion->issues[step->first_issue + i];
            if (issue->is_assume)
                continue;
            uint32_t row = row_of(table, issue);
            if (row == NO_ID || !finding_add_edge(table, row, event->state_id, event->first_edge + s))
                return STATUS_NO_MEMORY;
        }
    }
    return STATUS_OK;
}
