#include "viz/outcomes.h"

#include <math.h>
#include <string.h>

enum { TITLE = 26, LEAST_ROW = 26, MOST_ROW = 96, AXIS = 22, RIGHT = 92 };

typedef struct Chart {
    Sheet *sheet;
    Arena *arena;
    const Theme *theme;
    const SnResult *result;
    const SnStressResult *stress;
    uint32_t page, pages, first, last;
    double top, pitch, label_right, end_right, axis_left, axis_right, most;
} Chart;

static bool is_bad(const SnOutcome *outcome)
{
    return outcome->end != SN_END_OK || (outcome->has_final && !outcome->final) || outcome->serial == SN_SERIAL_NO;
}

static double share_of(const Chart *c, uint32_t outcome)
{
    if (c->stress == NULL || c->stress->runs == 0)
        return (double)NAN;
    return (double)c->stress->outcomes[outcome].runs / (double)c->stress->runs;
}

/* "counter = 1, a = [0, 2]", then the prints. */
static char *name_of(const Chart *c, uint32_t number)
{
    const SnOutcome *outcome = &c->result->outcomes[number];
    char *name = arena_format(c->arena, "%s", "");
    for (uint32_t v = 0; v < c->result->outcome_name_count; v++)
        name = arena_format(c->arena, "%s%s%s = %s", name, v > 0 ? ", " : "", label_clean(c->arena, outcome->names[v]), outcome->values[v]);
    for (uint32_t o = 0; o < outcome->output_count; o++)
        name = arena_format(c->arena, "%s%s%s", name, o == 0 ? *name == '\0' ? "" : "; " : " | ", label_clean(c->arena, outcome->output[o]));
    return name;
}

static char *end_of(const Chart *c, uint32_t number)
{
    const SnOutcome *outcome = &c->result->outcomes[number];
    const char *words = outcome->end != SN_END_OK ? sn_end_name(outcome->end) : outcome->has_final && !outcome->final ? "final" : "ok";
    return arena_format(c->arena, "%s %s", is_bad(outcome) ? "\xE2\x9C\x97" : "\xE2\x9C\x93", words);
}

static double x_of(const Chart *c, double share)
{
    return c->axis_left + (c->axis_right - c->axis_left) * share / c->most;
}

/* A bar and its number behind it; what is not 0 shows. */
static void draw_bar(Chart *c, double top, double bottom, double share, const Shape *shape)
{
    double right = x_of(c, share);
    if (share > 0 && right < c->axis_left + 1.5)
        right = c->axis_left + 1.5;
    if (share > 0)
        sheet_shape(c->sheet, (Rect){c->axis_left, top, right, bottom}, shape);
    sheet_text(c->sheet, (Rect){right + 5, top, right + RIGHT, bottom}, ALIGN_LEFT, (Font){FACE_SANS, 12, c->theme->text},
               arena_format(c->arena, share > 0 && share < 0.001 ? "%.1e" : "%.3f", share));
}

static void draw_row(Chart *c, uint32_t number)
{
    const SnOutcome *outcome = &c->result->outcomes[number];
    double top = c->top + c->pitch * (number - c->first), bottom = top + c->pitch, size = fmin(15, fmax(SHEET_SMALLEST, c->pitch * 0.42));
    Paint paint = is_bad(outcome) ? c->theme->bad : c->theme->good;
    sheet_band(c->sheet, (Rect){c->axis_left, top, c->axis_right + RIGHT, bottom}, c->theme->lanes[number % 2]);
    sheet_text(c->sheet, (Rect){SHEET_MARGIN, top, c->label_right, bottom}, ALIGN_LEFT, (Font){FACE_MONO, size, c->theme->text}, name_of(c, number));
    sheet_text(c->sheet, (Rect){c->label_right + 8, top, c->end_right, bottom}, ALIGN_LEFT, (Font){FACE_BOLD, size, paint.stroke}, end_of(c, number));
    double space = c->pitch * 0.12, share = share_of(c, number), middle = isnan(share) ? bottom - space : top + c->pitch / 2;
    Shape simulated = {.form = "box", .style = "filled", .stroke = paint.stroke, .fill = paint.stroke, .pen = 1};
    Shape measured = {.form = "box", .style = "filled,rounded", .stroke = paint.stroke, .fill = paint.fill, .pen = 1.4};
    if (!isnan(outcome->probability))
        draw_bar(c, top + space, middle - (isnan(share) ? 0 : 1), outcome->probability, &simulated);
    if (!isnan(share))
        draw_bar(c, middle + 1, bottom - space, share, &measured);
}

static void draw_axis(Chart *c, double bottom)
{
    static const double steps[] = {0.01, 0.02, 0.05, 0.1, 0.2, 0.25};
    size_t s = 0;
    while (s + 1 < sizeof steps / sizeof *steps && c->most / steps[s] > 6)
        s++;
    for (uint32_t k = 0; k * steps[s] <= c->most + 1e-9; k++) {
        double x = x_of(c, k * steps[s]);
        sheet_band(c->sheet, (Rect){x - 0.3, c->top, x + 0.3, bottom + 4}, c->theme->path);
        sheet_text(c->sheet, (Rect){x - 30, bottom + 4, x + 30, bottom + 18}, ALIGN_CENTER, (Font){FACE_SANS, SHEET_SMALLEST, c->theme->mute},
                   arena_format(c->arena, "%g", k * steps[s]));
    }
}

static void make_columns(Chart *c)
{
    double name = 30, end = 30;
    c->most = 0.1;
    for (uint32_t o = 0; o < c->result->outcome_count; o++) {
        c->most = fmax(c->most, fmax(c->result->outcomes[o].probability, share_of(c, o))); /* fmax leaves NAN out */
        if (o < c->first || o >= c->last)
            continue;
        name = fmax(name, label_width(FACE_MONO, 15, name_of(c, o)));
        end = fmax(end, label_width(FACE_BOLD, 15, end_of(c, o)));
    }
    c->label_right = SHEET_MARGIN + fmin(name, c->sheet->width * 0.34);
    c->end_right = c->label_right + 8 + fmin(end + 6, c->sheet->width * 0.2);
    c->axis_left = c->end_right + 10;
    c->axis_right = c->sheet->width - SHEET_MARGIN - RIGHT;
}

static char *title_of(const Chart *c)
{
    const char *name = sn_scenario_name(c->result->scenario), *slash = strrchr(name, '/');
    char *title = arena_format(c->arena, sheet_word(c->sheet, WORD_OUTCOMES_OF), (unsigned)c->result->outcome_count,
                               label_clean(c->arena, slash == NULL ? name : slash + 1));
    if (c->stress == NULL)
        return title;
    const char *runs = arena_format(c->arena, sheet_word(c->sheet, WORD_RUNS_SEEN), (unsigned long long)c->stress->runs, (unsigned)c->stress->seen);
    return arena_format(c->arena, "%s; %s", title, runs);
}

/* Where rows begin, how much room they have, and on how many pages; `lines`: the title. */
static double plan_rows(Chart *c, char *lines[2], uint32_t *line_count, uint32_t *per_page)
{
    *line_count = label_wrap(c->arena, FACE_BOLD, 20, title_of(c), c->sheet->width - 2 * SHEET_MARGIN, lines, 2);
    c->top = 12 + TITLE * fmax(1, *line_count);
    double room = c->sheet->height - c->top - AXIS - sheet_legend_height(c->sheet) - 6;
    *per_page = (uint32_t)(room / (c->stress == NULL ? LEAST_ROW : LEAST_ROW * 1.5));
    uint32_t outcomes = c->result->outcome_count;
    c->pages = outcomes <= *per_page ? 1 : (outcomes + *per_page - 1) / *per_page;
    return room;
}

uint32_t outcomes_pages(Sheet *sheet, const OutcomesSubject *subject)
{
    Chart chart = {.sheet = sheet, .arena = &sheet->arena, .result = subject->result, .stress = subject->stress};
    char *lines[2];
    uint32_t count, per_page;
    plan_rows(&chart, lines, &count, &per_page);
    return chart.pages;
}

void outcomes_draw(Sheet *sheet, const OutcomesSubject *subject, uint32_t page)
{
    Chart chart = {.sheet = sheet, .arena = &sheet->arena, .theme = sheet->theme, .result = subject->result, .stress = subject->stress};
    Chart *c = &chart;
    char *lines[2];
    uint32_t count, per_page, outcomes = c->result->outcome_count;
    double room = plan_rows(c, lines, &count, &per_page);
    sheet_lines(sheet, SHEET_MARGIN, 6, sheet->width - SHEET_MARGIN, TITLE, (Font){FACE_BOLD, 20, c->theme->text}, lines, count);
    c->page = page == 0 || page > c->pages ? 1 : page;
    c->first = (c->page - 1) * per_page;
    c->last = c->first + per_page < outcomes ? c->first + per_page : outcomes;
    c->pitch = fmin(MOST_ROW, room / (c->last > c->first ? c->last - c->first : 1));
    make_columns(c);
    for (uint32_t o = c->first; o < c->last; o++)
        draw_row(c, o);
    draw_axis(c, c->top + c->pitch * (c->last - c->first));
    char *legend = arena_format(c->arena, "%s", sheet_word(sheet, WORD_LEGEND_PROBABILITY));
    if (c->stress != NULL)
        legend = arena_format(c->arena, "%s   %s", legend, sheet_word(sheet, WORD_LEGEND_MEASURED));
    if (c->pages > 1)
        legend = arena_format(c->arena, "%s   %s", arena_format(c->arena, sheet_word(sheet, WORD_PAGE_OF), (unsigned)c->page, (unsigned)c->pages), legend);
    sheet_legend(sheet, legend);
    sheet_finish(sheet);
}
