/* sn_report_trace: one execution for people. */
#include <string.h>

#include "report/figures.h"
#include "report/page.h"
#include "report/steps.h"

static void write_trace(Page *page, const void *subject)
{
    const SnTrace *trace = subject;
    Text *out = &page->out;
    page_tone(out, trace->is_bad ? TONE_BAD : TONE_GOOD);
    text_add(out, trace->is_bad ? "\u2717 " : trace->end == SN_END_RUNNING ? "\u2026 " : "\u2713 ");
    page_tone(out, TONE_STRONG);
    page_user(&page->scratch, trace->title);
    page_paragraph(page, 2, 2);
    if (trace->verdict != NULL && trace->verdict[0] != '\0') {
        text_add(out, "  ");
        page_user(&page->scratch, trace->verdict);
        page_paragraph(page, 2, 2);
    }
    if (page->style.quiet)
        return;
    if (trace->end_message != NULL && (trace->verdict == NULL || strstr(trace->verdict, trace->end_message) == NULL)) {
        text_add(out, "  ");
        page_user(&page->scratch, trace->end_message);
        page_paragraph(page, 2, 2);
    }
    text_add_char(out, '\n');
    StepsStyle style = {.all = true, .locals = page->style.verbose};
    steps_table(page, trace, &style);
    bool has_remarks = trace->note_count + trace->wait_count + trace->cycle_count + trace->output_count > 0;
    if (has_remarks) {
        text_add_char(out, '\n');
        steps_remarks(page, trace, 2);
    }
    if (trace->schedule != NULL && trace->schedule[0] != '\0') {
        text_add_char(out, '\n');
        page_tone(out, TONE_FAINT);
        text_add(out, "schedule: ");
        page_tone(out, TONE_PLAIN);
        figures_schedule(&page->scratch, trace->schedule);
        const char *schedule = page_take(page);
        page_user(&page->scratch, schedule);
        page_paragraph(page, 10, 10);
    }
}

char *sn_report_trace(const SnTrace *trace, const SnTextStyle *style)
{
    return page_make(style, write_trace, trace);
}
