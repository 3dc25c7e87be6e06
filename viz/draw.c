/* The public calls of viz.h: one sheet each, drawn, rendered, closed. */
#include "viz/render.h"
#include "viz/schedule.h"
#include "viz/sheet.h"
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
    if (!sheet_open(&sheet, SHEET_WIDTH, SHEET_HEIGHT, options->theme, title) || !sheet_try(&sheet, draw_body, job))
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
    uint32_t pages;
} PageCount;

static void count_body(Sheet *sheet, void *context)
{
    PageCount *count = context;
    count->pages = plan_pages(count->trace, &sheet->arena);
}

uint32_t sn_draw_schedule_pages(const SnTrace *trace)
{
    PageCount count = {trace, 1};
    Sheet sheet = {0};
    sheet.arena.escape = &sheet.escape;
    sheet_try(&sheet, count_body, &count);
    sheet_close(&sheet);
    return count.pages;
}

SnStatus sn_draw_waits(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message)
{
    if (trace->wait_count == 0) {
        *bytes = NULL;
        *length = 0;
        Text text = {0};
        text_add(&text, "nothing to draw: no thread waits in the last state of this schedule");
        *message = text_take(&text);
        return SN_INVALID;
    }
    DrawJob job = {trace, options->page, waits_draw};
    return draw_sheet("waits", &job, options, bytes, length, message);
}
