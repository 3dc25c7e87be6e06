/* api_export.c: sn_export: the scenario as a program in another language. */
#include <string.h>

#include "api/scenario.h"
#include "export/export.h"
#include "export/models.h"
#include "export/promela.h"

/* A thread of a function is always told with its number: `f` alone is f[0]. */
static const char *turn_name(Arena *arena, const Scenario *tree, const char *name)
{
    for (uint32_t f = 0; f < tree->functions.count; f++)
        if (strcmp(tree->functions.items[f]->name, name) == 0)
            return arena_format(arena, "%s[0]", name);
    return name;
}

static void add_turns(Arena *arena, const Scenario *tree, const SnTrace *trace, ExportPlan *plan)
{
    ExportTurn *turns = ARENA_ARRAY(arena, ExportTurn, trace->step_count + 1);
    for (uint32_t s = 0; s < trace->step_count; s++) {
        const SnStep *step = &trace->steps[s];
        turns[s] = (ExportTurn){turn_name(arena, tree, trace->threads[step->thread].name), step->choice, step->choices, step->line};
    }
    plan->turns = turns;
    plan->turn_count = trace->step_count;
    plan->is_whole = trace->end != SN_END_RUNNING;
}

static const char *outcome_line(Arena *arena, const SnOutcome *outcome, uint32_t names)
{
    const char *text = outcome->end == SN_END_OK ? "" : sn_end_name(outcome->end);
    for (uint32_t n = 0; n < names; n++)
        text = arena_format(arena, "%s%s%s = %s", text, *text == '\0' ? "" : ", ", outcome->names[n], outcome->values[n]);
    for (uint32_t n = 0; n < outcome->output_count; n++)
        text = arena_format(arena, "%s%sprints %s", text, *text == '\0' ? "" : ", ", outcome->output[n]);
    if (outcome->has_final && !outcome->final && outcome->end == SN_END_OK)
        text = arena_format(arena, "%s (breaks `finally`)", text);
    return *text == '\0' ? "ends" : text;
}

/* What was found and how it may end, a line each. */
static void add_expected(Arena *arena, const SnResult *result, ExportPlan *plan)
{
    enum { MOST_OUTCOMES = 12 };
    ArenaVec(const char *) lines = {0};
    const char *extent = result->complete ? "" : " (not everything was explored)";
    if (result->finding_count == 0)
        ARENA_PUSH(arena, lines, (const char *)arena_format(arena, "nothing wrong%s", extent));
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const SnFinding *finding = &result->findings[f];
        const char *objects = "";
        for (uint32_t o = 0; o < finding->object_count; o++)
            objects = arena_format(arena, "%s%s%s", objects, o == 0 ? " on " : ", ", finding->objects[o]);
        ARENA_PUSH(arena, lines, (const char *)arena_format(arena, "%s%s; schedule: %s", finding->words, objects, finding->schedule));
    }
    for (uint32_t o = 0; o < result->outcome_count && o < MOST_OUTCOMES; o++)
        ARENA_PUSH(arena, lines, (const char *)arena_format(arena, "outcome %u: %s", o + 1, outcome_line(arena, &result->outcomes[o], result->outcome_name_count)));
    if (result->outcome_count > MOST_OUTCOMES)
        ARENA_PUSH(arena, lines, (const char *)arena_format(arena, "and %u more outcomes", result->outcome_count - MOST_OUTCOMES));
    plan->expected = lines.items;
    plan->expected_count = lines.count;
}

typedef struct Export {
    Arena arena;
    DiagList diagnostics;
    Text text, printed;
} Export;

/* Fills the texts; leaves by a jump when memory ends. */
static SnStatus fill(Export *export, const SnScenario *scenario, const SnExportOptions *options, const SnTrace *trace)
{
    Arena *arena = &export->arena;
    ExportPlan plan = {.file = scenario->source.name, .is_spurious = scenario->lowering.spurious};
    diag_begin(&export->diagnostics, arena, &scenario->source);
    if (options->language == SN_EXPORT_PROMELA) {
        bool is_made = !models_refuse(scenario->tree, &export->diagnostics, "Promela") &&
                       export_promela(arena, scenario->program, scenario->source.name, &export->diagnostics, &export->text);
        diag_print(&export->diagnostics, &export->printed);
        if (export->text.failed || export->printed.failed)
            return SN_SYSTEM;
        return is_made ? SN_OK : SN_INVALID;
    }
    if (options->result != NULL)
        add_expected(arena, options->result, &plan);
    if (trace != NULL) {
        plan.has_schedule = true;
        plan.schedule = trace->schedule;
        add_turns(arena, scenario->tree, trace, &plan);
    }
    bool is_done = export_c(arena, scenario->tree, &plan, &export->diagnostics, &export->text);
    diag_print(&export->diagnostics, &export->printed);
    if (export->text.failed || export->printed.failed)
        return SN_SYSTEM;
    return is_done ? SN_OK : SN_INVALID;
}

static SnStatus fill_or_fail(Export *export, const SnScenario *scenario, const SnExportOptions *options, const SnTrace *trace)
{
    jmp_buf escape;
    export->arena.escape = &escape;
    SnStatus status = setjmp(escape) != 0 ? SN_SYSTEM : fill(export, scenario, options, trace);
    export->arena.escape = NULL;
    return status;
}

SnStatus sn_export(const SnScenario *scenario, const SnExportOptions *options, char **text, char **message)
{
    Export export = {0};
    SnTrace *trace = NULL;
    SnStatus status = SN_OK;
    *text = NULL;
    *message = NULL;
    if (options->schedule != NULL) {
        if (scenario->lowering.statement_granularity) {
            *message = api_message("%s", "an exported program follows schedules of single steps: leave out --granularity statement");
            return SN_INVALID;
        }
        const SnRunOptions run = {.policy = SN_POLICY_SCHEDULE, .schedule = options->schedule};
        status = sn_run(scenario, &run, &trace, message);
    }
    if (status == SN_OK)
        status = fill_or_fail(&export, scenario, options, trace);
    if (status == SN_OK)
        *text = text_take(&export.text);
    else if (status == SN_INVALID && *message == NULL)
        *message = text_take(&export.printed);
    if (status == SN_SYSTEM && *message == NULL)
        *message = api_message("%s", "not enough memory to export the scenario");
    text_free(&export.text);
    text_free(&export.printed);
    arena_free(&export.arena);
    sn_trace_free(trace);
    return status;
}
