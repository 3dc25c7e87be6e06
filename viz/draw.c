/* The public calls of viz.h: one sheet each, drawn, rendered, closed. */
#include "viz/graph.h"
#include "viz/locks.h"
#include "viz/order.h"
#include "viz/outcomes.h"
#include "viz/render.h"
#include "viz/schedule.h"
#include "viz/sheet.h"
#include "viz/states.h"
#include "viz/timeline.h"
#include "viz/waits.h"

typedef struct DrawJob {
    const SnTrace *trace;
    uint32_t page;
    void (*draw)(Sheet *sheet, const SnTrace *trace, uint32_t page);
} DrawJob;

static void draw_body(Sheet *sheet, void *context)
{
    const DrawJob *job = context;
    job->draw(sheet, job->trace, job->page);
}

static SnStatus draw_sheet(const char *title, DrawJob *job, const SnDrawOptions *options, char **bytes, size_t *length,
                           char **message)
{
    *bytes = NULL;
    *length = 0;
    *message = NULL;
    Sheet sheet;
    SnStatus status;
    if (!sheet_open(&sheet, options, title) || !sheet_try(&sheet, draw_body, job))
        status = render_out_of_memory(message);
    else
        status = render_graph(sheet.graph, "nop2", options->format, bytes, length, message);
    sheet_close(&sheet);
    return status;
}

SnStatus sn_draw_schedule(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length,
                          char **message)
{
    DrawJob job = {trace, options->page, schedule_draw};
    return draw_sheet("schedule", &job, options, bytes, length, message);
}

typedef struct PageCount {
    const SnTrace *trace;
    uint32_t (*pages)(Sheet *sheet, const SnTrace *trace);
    uint32_t count;
} PageCount;

static void count_body(Sheet *sheet, void *context)
{
    PageCount *count = context;
    count->count = count->pages(sheet, count->trace);
}

/* The sheet is only memory and a size here. */
static uint32_t count_pages(const SnTrace *trace, SnPageSize size, uint32_t (*pages)(Sheet *, const SnTrace *))
{
    PageCount count = {trace, pages, 1};
    Point extent = sheet_size(size);
    Sheet sheet = {.width = extent.x, .height = extent.y};
    sheet.arena.escape = &sheet.escape;
    sheet_try(&sheet, count_body, &count);
    sheet_close(&sheet);
    return count.count;
}

uint32_t sn_draw_schedule_pages(const SnTrace *trace, SnPageSize size)
{
    return count_pages(trace, size, plan_pages);
}

uint32_t sn_draw_order_pages(const SnTrace *trace, SnPageSize size)
{
    return count_pages(trace, size, order_pages);
}

SnStatus sn_draw_order(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message)
{
    DrawJob job = {trace, options->page, order_draw};
    return draw_sheet("order", &job, options, bytes, length, message);
}

uint32_t sn_draw_timeline_pages(const SnTrace *trace, SnPageSize size)
{
    return count_pages(trace, size, timeline_pages);
}

static SnStatus refuse(const char *why, char **bytes, size_t *length, char **message)
{
    *bytes = NULL;
    *length = 0;
    Text text = {0};
    text_format(&text, "nothing to draw: %s", why);
    *message = text_take(&text);
    return SN_INVALID;
}

SnStatus sn_draw_timeline(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length,
                          char **message)
{
    if (!trace->has_clock)
        return refuse("without `clock virtual` no time passes in this scenario", bytes, length, message);
    if (trace->end_ns == 0)
        return refuse("no time passes in this execution", bytes, length, message);
    DrawJob job = {trace, options->page, timeline_draw};
    return draw_sheet("timeline", &job, options, bytes, length, message);
}

SnStatus sn_draw_waits(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message)
{
    if (trace->wait_count == 0)
        return refuse("no thread waits in the last state of this schedule", bytes, length, message);
    DrawJob job = {trace, options->page, waits_draw};
    return draw_sheet("waits", &job, options, bytes, length, message);
}

typedef struct OutcomesJob {
    OutcomesSubject subject;
    uint32_t page, pages;
} OutcomesJob;

static void count_outcomes_body(Sheet *sheet, void *context)
{
    OutcomesJob *job = context;
    job->pages = outcomes_pages(sheet, &job->subject);
}

uint32_t sn_draw_outcomes_pages(const SnResult *result, const SnStressResult *stress, const SnDrawOptions *options)
{
    OutcomesJob job = {{result, stress}, .pages = 1};
    Point extent = sheet_size(options->size);
    Sheet sheet = {.width = extent.x, .height = extent.y, .language = options->language};
    sheet.arena.escape = &sheet.escape;
    sheet_try(&sheet, count_outcomes_body, &job);
    sheet_close(&sheet);
    return job.pages;
}

static void outcomes_body(Sheet *sheet, void *context)
{
    const OutcomesJob *job = context;
    outcomes_draw(sheet, &job->subject, job->page);
}

SnStatus sn_draw_outcomes(const SnResult *result, const SnStressResult *stress, const SnDrawOptions *options, char **bytes, size_t *length,
                          char **message)
{
    if (result->outcome_count == 0)
        return refuse(result->complete ? "no execution of this scenario comes to an end" : "no execution came to an end before the limit",
                      bytes, length, message);
    OutcomesJob job = {{result, stress}, .page = options->page};
    *bytes = NULL;
    *length = 0;
    *message = NULL;
    Sheet sheet;
    SnStatus status = !sheet_open(&sheet, options, "outcomes") || !sheet_try(&sheet, outcomes_body, &job)
                          ? render_out_of_memory(message)
                          : render_graph(sheet.graph, "nop2", options->format, bytes, length, message);
    sheet_close(&sheet);
    return status;
}

/* -------------------------------------------------------------- frames */

uint32_t sn_draw_frame_count(const SnTrace *trace)
{
    return trace->step_count + 1;
}

SnStatus sn_draw_frame(const SnTrace *trace, uint32_t frame, const SnDrawOptions *options, char **bytes, size_t *length,
                       char **message)
{
    DrawJob job = {trace, frame, schedule_draw_frame};
    return draw_sheet("frame", &job, options, bytes, length, message);
}

static SnStatus add_frame(RenderPages *pages, const SnTrace *trace, uint32_t frame, const SnDrawOptions *options,
                          char **message)
{
    DrawJob job = {trace, frame, schedule_draw_frame};
    Sheet sheet;
    SnStatus status = !sheet_open(&sheet, options, "frame") || !sheet_try(&sheet, draw_body, &job)
                          ? render_out_of_memory(message)
                          : render_page(pages, sheet.graph, "nop2", message);
    sheet_close(&sheet);
    return status;
}

SnStatus sn_draw_frames(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length,
                        char **message)
{
    *bytes = NULL;
    *length = 0;
    Point size = sheet_size(options->size);
    RenderPages *pages = NULL;
    SnStatus status = render_pages_open(size.x, size.y, &pages, message);
    for (uint32_t frame = 0; status == SN_OK && frame <= trace->step_count; frame++)
        status = add_frame(pages, trace, frame, options, message);
    if (status == SN_OK)
        return render_pages_close(pages, bytes, length, message);
    render_pages_close(pages, NULL, NULL, message);
    return status;
}

/* -------------------------------------------------------------- laid out by Graphviz */

typedef struct ModelJob {
    const SnStateGraph *graph;
    const SnResult *result;
    const SnTrace *trace;
    const SnDrawOptions *options;
    Agraph_t *model;
    FlowTexts texts;
} ModelJob;

static void states_body(Sheet *sheet, void *context)
{
    ModelJob *job = context;
    states_build(sheet, job->graph, job->trace, job->options, job->model, &job->texts);
}

static void locks_body(Sheet *sheet, void *context)
{
    ModelJob *job = context;
    locks_build(sheet, job->result, job->options, job->model, &job->texts);
}

/* The sheet is only memory, theme and language here: it has no graph, and so no page. */
static SnStatus draw_model(const char *title, ModelJob *job, void (*body)(Sheet *sheet, void *context),
                           const SnDrawOptions *options, char **bytes, size_t *length, char **message)
{
    *bytes = NULL;
    *length = 0;
    *message = NULL;
    Sheet maker = {.theme = theme_get(options->theme), .language = options->language};
    maker.arena.escape = &maker.escape;
    job->model = graph_open(title);
    SnStatus status = job->model == NULL || !sheet_try(&maker, body, job)
                          ? render_out_of_memory(message)
                          : flow_draw(job->model, &job->texts, options, bytes, length, message);
    graph_close(job->model);
    sheet_close(&maker);
    return status;
}

SnStatus sn_draw_states(const SnStateGraph *graph, const SnTrace *trace, const SnDrawOptions *options, char **bytes,
                        size_t *length, char **message)
{
    ModelJob job = {.graph = graph, .trace = trace, .options = options};
    return draw_model("states", &job, states_body, options, bytes, length, message);
}

SnStatus sn_draw_locks(const SnResult *result, const SnDrawOptions *options, char **bytes, size_t *length,
                       char **message)
{
    if (result->lock_order.lock_count == 0)
        return refuse("this scenario has no mutex or rwlock that anybody takes", bytes, length, message);
    ModelJob job = {.result = result, .options = options};
    return draw_model("locks", &job, locks_body, options, bytes, length, message);
}
