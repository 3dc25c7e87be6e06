/* page.c: sn_page: the HTML around the data, the style and the scripts; and what a reader without scripts sees. */
#include <string.h>

#include "base/memory.h"
#include "viz/markup.h"
#include "viz/page_assets.h"
#include "viz/page_data.h"
#include "viz/page_words.h"
#include "viz/theme.h"

enum { OUTCOME_RUNS = 24 }; /* outcomes that can be looked at; the others are counted only */

typedef enum PageWord {
#define PAGE_WORD_ID(name, english, russian) PAGE_##name,
    PAGE_WORDS(PAGE_WORD_ID)
#undef PAGE_WORD_ID
} PageWord;

static const char *word(const PageSubject *subject, PageWord which)
{
    static const char *const words[][2] = {
#define PAGE_WORD_TEXT(name, english, russian) [PAGE_##name] = {english, russian},
        PAGE_WORDS(PAGE_WORD_TEXT)
#undef PAGE_WORD_TEXT
    };
    return words[which][subject->options->language == SN_LANGUAGE_RUSSIAN];
}

/* ----------------------------------------------------------------------- style */

static void add_colors(Text *out, SnTheme which)
{
    const Theme *theme = theme_get(which);
    bool is_dark = which == SN_THEME_DARK;
    text_format(out,
                "color-scheme:%s;--page:%s;--text:%s;--mute:%s;--line:%s;--lane0:%s;--lane1:%s;--path:%s;--bad:%s;"
                "--badfill:%s;--good:%s;--goodfill:%s;--rule:%s;--mark:%s;--focus:%s;",
                is_dark ? "dark" : "light", theme->page, theme->text, theme->mute, theme->line, theme->lanes[0],
                theme->lanes[1], theme->path, theme->bad.stroke, theme->bad.fill, theme->good.stroke, theme->good.fill,
                is_dark ? "#39424D" : "#D5DBE2", is_dark ? "#4A431A" : "#FFF1B8", theme_object(theme, 0).stroke);
    for (uint32_t k = 0; k < THEME_OBJECTS; k++)
        text_format(out, "--s%u:%s;--f%u:%s;", (unsigned)k, theme_object(theme, k).stroke, (unsigned)k,
                    theme_object(theme, k).fill);
}

static void add_style(Text *out)
{
    text_add(out, "<style>\n:root{");
    add_colors(out, SN_THEME_LIGHT);
    text_add(out, "}\n:root[data-theme=dark]{");
    add_colors(out, SN_THEME_DARK);
    text_add(out, "}\n@media screen and (prefers-color-scheme:dark){:root:not([data-theme]){");
    add_colors(out, SN_THEME_DARK);
    text_add(out, "}}\n@media print{:root,:root[data-theme=dark]{");
    add_colors(out, SN_THEME_LIGHT);
    text_add(out, "}}\n");
    for (unsigned k = 0; k < THEME_OBJECTS; k++)
        text_format(out,
                    ".o%u>.body{fill:var(--f%u)!important;stroke:var(--s%u)!important}.hold.o%u{fill:var(--s%u)!"
                    "important}.t-o%u{color:var(--s%u)}\n",
                    k, k, k, k, k, k, k);
    text_add(out, page_style);
    text_add(out, "</style>\n");
}

/* ------------------------------------------------------------- without scripts */

static void add_cell(Text *out, const char *tag, const char *text)
{
    text_format(out, "<%s>", tag);
    markup_html(out, text);
    text_format(out, "</%s>", tag);
}

/* One row a step, one column a thread. */
static void add_steps(Text *out, const PageSubject *subject, const SnTrace *trace)
{
    text_format(out, "<table><thead><tr><th>%s</th>", word(subject, PAGE_step));
    for (uint32_t t = 0; t < trace->thread_count; t++)
        add_cell(out, "th", trace->threads[t].name);
    text_format(out, "<th>%s</th></tr></thead>\n<tbody>", word(subject, PAGE_line));
    for (uint32_t s = 0; s < trace->step_count; s++) {
        const SnStep *step = &trace->steps[s];
        text_format(out, "<tr><td>%u</td>", (unsigned)s + 1);
        for (uint32_t t = 0; t < trace->thread_count; t++) {
            text_add(out, "<td>");
            if (t == step->thread) {
                add_cell(out, "code", step->source);
                text_add(out, "<br>");
                markup_html(out, step->effect);
            }
            text_add(out, "</td>");
        }
        text_format(out, "<td>%u</td></tr>\n", (unsigned)step->line);
    }
    text_add(out, "</tbody></table>\n");
}

static void add_static(Text *out, const PageSubject *subject, const SnTrace *trace)
{
    const SnResult *result = subject->result;
    text_add(out, "<div id=\"static\">\n");
    add_cell(out, "h1", trace->title);
    add_cell(out, "p", trace->verdict);
    if (result->finding_count > 0) {
        text_add(out, "\n<ol>");
        for (uint32_t f = 0; f < result->finding_count; f++) {
            text_add(out, "<li><b>");
            markup_html(out, result->findings[f].words);
            text_add(out, "</b>: ");
            markup_html(out, result->findings[f].message);
            text_add(out, " <code>");
            markup_html(out, result->findings[f].schedule);
            text_add(out, "</code></li>\n");
        }
        text_add(out, "</ol>\n");
    } else {
        add_cell(out, "p", word(subject, result->complete ? PAGE_nothing_found : PAGE_incomplete));
    }
    add_steps(out, subject, trace);
    size_t length;
    add_cell(out, "h2", word(subject, PAGE_source));
    text_add(out, "<pre>");
    markup_html(out, sn_scenario_text(result->scenario, &length));
    text_add(out, "</pre>\n</div>\n");
}

/* ------------------------------------------------------------------ the page */

static const SnTrace *first_trace(const PageSubject *subject)
{
    uint32_t finding = subject->options->finding;
    if (subject->only != NULL)
        return subject->only;
    if (subject->result->finding_count > 0)
        return subject->finding_traces[finding < subject->result->finding_count ? finding : 0];
    return subject->outcome_traces[0];
}

static bool add_page(Text *out, const PageSubject *subject)
{
    const SnPageOptions *options = subject->options;
    const SnTrace *trace = first_trace(subject);
    text_format(out, "<!DOCTYPE html>\n<html lang=\"%s\"%s>\n<head>\n<meta charset=\"utf-8\">\n",
                options->language == SN_LANGUAGE_RUSSIAN ? "ru" : "en",
                !options->has_theme               ? ""
                : options->theme == SN_THEME_DARK ? " data-theme=\"dark\""
                                                  : " data-theme=\"light\"");
    /* nothing may be loaded, whatever the text of a scenario says */
    text_add(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
                  "'unsafe-inline'; "
                  "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<link rel=\"icon\" href=\"data:,\">\n");
    text_format(out, "<meta name=\"generator\" content=\"snarl %s\">\n<title>", SN_VERSION);
    markup_html(out, trace->title);
    text_add(out, "</title>\n");
    add_style(out);
    text_add(out, "</head>\n<body>\n<div id=\"app\"></div>\n");
    add_static(out, subject, trace);
    text_add(out, "<script type=\"application/json\" id=\"data\">\n");
    if (!page_data_add(out, subject))
        return false;
    text_add(out, "\n</script>\n<script>");
    text_add(out, page_script);
    text_add(out, "</script>\n</body>\n</html>\n");
    return !out->failed;
}

/* All that the page shows. */
typedef struct Gathered {
    SnMap *map;
    SnTrace **traces; /* of findings, then of outcomes */
    uint32_t trace_count;
    SnTrace *only;
} Gathered;

static SnStatus gather(const SnResult *result, Gathered *gathered, char **message)
{
    uint32_t outcomes = result->outcome_count < OUTCOME_RUNS ? result->outcome_count : OUTCOME_RUNS;
    gathered->traces = mem_alloc((size_t)result->finding_count + outcomes, sizeof(SnTrace *));
    if (gathered->traces == NULL)
        return SN_SYSTEM;
    SnStatus status = sn_map(result, &gathered->map, message);
    if (status == SN_INCOMPLETE) { /* too large: the page does without */
        sn_string_free(*message);
        *message = NULL;
        status = SN_OK;
    }
    for (uint32_t f = 0; f < result->finding_count && status == SN_OK; f++)
        status = sn_trace_finding(result, f, &gathered->traces[gathered->trace_count++], message);
    for (uint32_t o = 0; o < outcomes && status == SN_OK; o++)
        status = sn_trace_outcome(result, o, &gathered->traces[gathered->trace_count++], message);
    if (status == SN_OK && gathered->trace_count == 0) {
        static const SnRunOptions run = {.policy = SN_POLICY_ROUND_ROBIN, .max_steps = 100};
        status = sn_run(result->scenario, &run, &gathered->only, message);
    }
    return status;
}

SnStatus sn_page(const SnResult *result, const SnPageOptions *options, char **bytes, size_t *length, char **message)
{
    static const SnPageOptions defaults = {.finding = SN_NONE};
    Gathered gathered = {0};
    Text out = {0};
    *bytes = NULL;
    *length = 0;
    *message = NULL;
    SnStatus status = gather(result, &gathered, message);
    if (status == SN_OK) {
        const PageSubject subject = {.result = result,
                                     .map = gathered.map,
                                     .options = options != NULL ? options : &defaults,
                                     .finding_traces = gathered.traces,
                                     .outcome_traces = gathered.traces + result->finding_count,
                                     .outcome_run_count =
                                         gathered.only != NULL ? 0 : gathered.trace_count - result->finding_count,
                                     .only = gathered.only};
        status = add_page(&out, &subject) ? SN_OK : SN_SYSTEM;
        *length = out.length;
        *bytes = status == SN_OK ? text_take(&out) : NULL;
        if (*bytes == NULL)
            status = SN_SYSTEM;
    }
    if (status != SN_OK && *message == NULL) {
        Text text = {0};
        text_add(&text, "not enough memory for the page");
        *message = text_take(&text);
    }
    if (status != SN_OK)
        *length = 0;
    for (uint32_t t = 0; t < gathered.trace_count; t++)
        sn_trace_free(gathered.traces[t]);
    mem_free(gathered.traces);
    sn_trace_free(gathered.only);
    sn_map_free(gathered.map);
    text_free(&out);
    return status;
}
