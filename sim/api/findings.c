/* findings.c: from the rows of the detectors to the findings of the result. */
#include "api/exploration.h"

#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/loops.h"
#include "api/reducing.h"
#include "lang/lang.h"

typedef struct Report {
    const Finding *row;
    EasiestSchedule easiest;
    uint32_t loop_start; /* NO_ID: it shows no loop */
    bool may_be_easier;  /* the hunt for easier schedules was cut short */
    SnSeen seen;
} Report;

/* ------------------------------------------------------------- dropped executions */

/* A mark counts only where the execution can still end without being dropped, or go on for ever. */
static bool keeps(void *context, uint32_t state, uint64_t edge)
{
    const Exploration *exploration = context;
    return !exploration->is_doomed[edge == UINT64_MAX ? state : exploration->graph->edge_to[edge]];
}

/* Where memory ended while the detectors looked at a state, the marks that it has by then lead nowhere: it counts as
 * not expanded. The start's own are there before. */
static bool is_expanded(void *context, uint32_t state, uint64_t edge)
{
    const Graph *graph = ((const Exploration *)context)->graph;
    return !graph_is_open(graph, state) || (state == 0 && edge == UINT64_MAX);
}

static void drop_doomed(Exploration *exploration)
{
    FindingTable *table = exploration->detectors.table;
    for (uint32_t row = 0; row < finding_count(table) && exploration->ended == STATUS_NO_MEMORY; row++)
        finding_keep_marks(table, row, is_expanded, exploration);
    if (exploration->is_doomed == NULL)
        return;
    for (uint32_t row = 0; row < finding_count(table); row++)
        finding_keep_marks(table, row, keeps, exploration);
}

/* ------------------------------------------------------------------------ ordering */

static int compare_lists(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
    for (uint32_t i = 0; i < a_count && i < b_count; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return (a_count > b_count) - (a_count < b_count);
}

/* By kind, cost of the easiest schedule, objects, lines, threads. What the threads of a deadlock wait for is no part of its name: the row has
 * it from the state that was met first, which depends on the search. */
static int compare_reports(const void *left, const void *right)
{
    const Report *a = left, *b = right;
    if (a->row->kind != b->row->kind)
        return a->row->kind < b->row->kind ? -1 : 1;
    const uint32_t a_cost[3] = {a->easiest.cost.preemptions, a->easiest.cost.switches, a->easiest.cost.steps};
    const uint32_t b_cost[3] = {b->easiest.cost.preemptions, b->easiest.cost.switches, b->easiest.cost.steps};
    int order = compare_lists(a_cost, 3, b_cost, 3);
    if (order == 0 && a->row->kind != FINDING_DEADLOCK)
        order = compare_lists(a->row->objects, a->row->object_count, b->row->objects, b->row->object_count);
    if (order == 0)
        order = compare_lists(a->row->lines, a->row->line_count, b->row->lines, b->row->line_count);
    if (order == 0)
        order = compare_lists(a->row->threads, a->row->thread_count, b->row->threads, b->row->thread_count);
    if (order == 0)
        order = compare_lists(a->row->blocked_lines, a->row->blocked_lines == NULL ? 0 : a->row->thread_count,
                              b->row->blocked_lines, b->row->blocked_lines == NULL ? 0 : b->row->thread_count);
    return order;
}

/* The easiest schedule of each row that has a mark left. */
static Status find_schedules(Exploration *exploration)
{
    const FindingTable *table = exploration->detectors.table;
    uint32_t most = UINT32_MAX;
    bool is_bounded = searching_is_bounded(exploration, &most);
    exploration->reports = mem_alloc(finding_count(table), sizeof *exploration->reports);
    if (exploration->reports == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < finding_count(table); i++) {
        const Finding *row = finding_get(table, i);
        if (row->state_count == 0 && row->edge_count == 0)
            continue;
        Status status = easiest_find(exploration, row);
        /* the graph of a bounded search has steps, and so marks, that lie behind one preemption more */
        if (is_bounded &&
            (status == STATUS_INVALID || (status == STATUS_OK && exploration->easiest.cost.preemptions > most)))
            continue;
        bool may_be_easier = status == STATUS_OK && (exploration->is_reduced || exploration->has_class_graph) &&
                             !(exploration->has_half_race ? exploration->hunt.is_all
                                                          : reducing_is_easiest(exploration, exploration->easiest.cost));
        exploration->not_easiest += may_be_easier;
        if (status == STATUS_OK && ((exploration->sample.run_count > 0 && !exploration->graph->is_complete) || may_be_easier) && !loops_is(row))
            status = easier_make(exploration, row);
        if (status == STATUS_INVALID)
            exploration->message = api_message("internal: no schedule leads to a finding (kind %d, line %u)",
                                               (int)row->kind, row->line_count == 0 ? 0 : row->lines[0]);
        uint32_t loop_start = NO_ID;
        if (status == STATUS_OK && loops_is(row))
            status = loops_close(exploration, i, &loop_start);
        if (status != STATUS_OK)
            return status;
        Report *report = &exploration->reports[exploration->report_count++];
        report->loop_start = loop_start;
        report->may_be_easier = may_be_easier;
        report->row = row;
        report->easiest = exploration->easiest;
        memset(&exploration->easiest, 0, sizeof exploration->easiest);
    }
    if (exploration->report_count > 1)
        qsort(exploration->reports, exploration->report_count, sizeof *exploration->reports, compare_reports);
    return STATUS_OK;
}

/* In how many random runs each of them happened. */
static Status count_runs(Exploration *exploration)
{
    uint32_t count = exploration->report_count;
    if (exploration->sample.run_count == 0 || count == 0)
        return STATUS_OK;
    const Finding **rows = mem_alloc(count, sizeof *rows);
    SnSeen *seen = mem_alloc(count, sizeof *seen);
    Status status = STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count && rows != NULL; i++)
        rows[i] = exploration->reports[i].row;
    if (rows != NULL && seen != NULL)
        status = sampled_count(exploration, rows, count, seen);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
        exploration->reports[i].seen = seen[i];
    mem_free(rows);
    mem_free(seen);
    return status;
}

/* -------------------------------------------------------------------------- result */

static Status count_finding(Exploration *exploration, const Finding *row, SnFinding *finding)
{
    finding->probability = (double)NAN;
    if (exploration->counter == NULL)
        return STATUS_OK;
    exploration->phase = "counting findings";
    bool is_loop = loops_is(row) || row->eventually > 0;
    Status status = is_loop ? loops_count(exploration, row) : counting_finding(exploration, row, &exploration->count);
    if (status == STATUS_OK)
        exploration_add_count(exploration, &exploration->count, &finding->interleavings, &finding->probability,
                              &finding->probability_exact);
    count_clear(&exploration->count);
    return status == STATUS_INTERRUPTED ? STATUS_OK : status;
}

static Status add_finding(Exploration *exploration, const Report *report, SnFinding *finding, TraceSubject *subject)
{
    Arena *arena = &exploration->owned->arena;
    const Program *program = machine_program(exploration->machine);
    const Finding *row = report->row;
    Shown shown;
    Status status = witness_show(exploration, row, &report->easiest, report->loop_start, &shown);
    if (status != STATUS_OK)
        return status;

    finding->kind = lang_finding_hyphenated(row->kind);
    finding->words = lang_finding_words(row->kind);
    finding->message = shown.message;
    const char **objects = ARENA_ARRAY(arena, const char *, shown.object_count);
    for (uint32_t i = 0; i < shown.object_count; i++)
        objects[i] = arena_string(arena, program->objects[shown.objects[i]].name,
                                  strlen(program->objects[shown.objects[i]].name));
    finding->objects = objects;
    finding->object_count = shown.object_count;
    const char **threads = ARENA_ARRAY(arena, const char *, shown.thread_count);
    for (uint32_t i = 0; i < shown.thread_count; i++)
        threads[i] = arena_string(arena, program->threads[shown.threads[i]].name,
                                  strlen(program->threads[shown.threads[i]].name));
    finding->threads = threads;
    finding->thread_count = shown.thread_count;
    finding->lines = shown.lines;
    finding->line_count = shown.line_count;
    schedule_print_steps(program, report->easiest.steps, report->easiest.count, &exploration->text);
    finding->schedule = exploration_take_text(exploration);
    finding->preemptions = report->easiest.cost.preemptions;
    finding->switches = report->easiest.cost.switches;
    finding->step_count = report->easiest.count;
    finding->loop_start = report->loop_start;
    finding->may_be_easier = report->may_be_easier;
    if (row->kind == FINDING_LOCK_ORDER)
        finding->status = row->is_cycle ? "confirmed" : "unconfirmed";
    finding->seen = report->seen;
    if (exploration->sample.run_count == 0)
        sampled_estimate(exploration, &finding->seen);

    *subject = (TraceSubject){.kind = row->kind,
                              .objects = shown.objects,
                              .object_count = shown.object_count,
                              .lines = shown.lines,
                              .line_count = shown.line_count,
                              .threads = shown.threads,
                              .thread_count = shown.thread_count,
                              .text = shown.text,
                              .is_cycle = shown.is_cycle,
                              .loop_start = report->loop_start,
                              .eventually = row->eventually};
    return count_finding(exploration, row, finding);
}

/* What was found of them stays when the search for loops is cut short. */
static Status find_loops(Exploration *exploration)
{
    if (exploration->is_reduced) /* a loop would have ended the reduced search */
        return STATUS_OK;
    Status status = loops_find(exploration);
    bool is_short = status == STATUS_NO_MEMORY && exploration->loops != NULL;
    if (status != STATUS_INTERRUPTED && !is_short)
        return status;
    SnResult *result = &exploration->owned->result;
    if (result->complete)
        result->stopped = is_short ? "all states are explored, but there was no memory left to look for livelocks "
                                     "(--max-memory); raise it, or make the scenario smaller"
                                   : "all states are explored, but looking for livelocks was cut short";
    result->complete = false;
    return STATUS_OK;
}

Status findings_find(Exploration *exploration)
{
    drop_doomed(exploration);
    Status status = find_loops(exploration);
    if (status == STATUS_OK)
        status = lock_orders_find(exploration);
    if (status == STATUS_OK)
        status = counting_begin(exploration);
    if (status == STATUS_OK)
        status = find_schedules(exploration);
    return status == STATUS_OK ? count_runs(exploration) : status;
}

Status findings_report(Exploration *exploration)
{
    Status status = STATUS_OK;
    OwnedResult *owned = exploration->owned;
    SnFinding *findings = ARENA_ARRAY(&owned->arena, SnFinding, exploration->report_count);
    owned->subjects = ARENA_ARRAY(&owned->arena, TraceSubject, exploration->report_count);
    owned->result.findings = findings;
    for (uint32_t i = 0; i < exploration->report_count; i++) {
        status = add_finding(exploration, &exploration->reports[i], &findings[i], &owned->subjects[i]);
        if (status != STATUS_OK)
            return status;
        owned->result.finding_count = i + 1;
    }
    return STATUS_OK;
}

const Finding *findings_row(const Exploration *exploration, uint32_t finding)
{
    return exploration->reports[finding].row;
}

void findings_free(Exploration *exploration)
{
    for (uint32_t i = 0; i < exploration->report_count; i++)
        easiest_clear(&exploration->reports[i].easiest);
    loops_free(exploration);
    mem_free(exploration->reports);
    exploration->reports = NULL;
    exploration->report_count = 0;
}
