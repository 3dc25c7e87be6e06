/* sn_report_replay: what became of schedules that were forced on real threads. */
#include <string.h>

#include "report/figures.h"
#include "report/json.h"
#include "report/page.h"
#include "report/result.h"

enum { LISTED = 12 }; /* more schedules than that are listed with -v only */

static const char *end_words(SnEnd end)
{
    switch (end) {
    case SN_END_OK: return "all threads ended";
    case SN_END_RUNTIME_ERROR: return "runtime error";
    case SN_END_RUNNING: return "the threads could go on";
    case SN_END_ASSUME: return "dropped by an assume";
    default: return sn_end_name(end);
    }
}

static const char *evidence_words(SnEvidence evidence)
{
    switch (evidence) {
    case SN_EVIDENCE_QUIET: return "nothing moved for half a second; without /proc no more can be told";
    case SN_EVIDENCE_ASLEEP: return "seen from outside: asleep, and not once awake between two looks";
    default: return "seen from outside: each asleep in this very object, and not once awake between two looks";
    }
}

static void write_stuck(Page *page, const SnReplayed *replay)
{
    Text *line = &page->scratch;
    for (uint32_t s = 0; s < replay->stuck_count; s++) {
        const SnStuck *stuck = &replay->stuck[s];
        text_add(line, "  ");
        page_toned(line, TONE_STRONG, stuck->thread);
        text_format(line, " is stuck in %s, line %u", stuck->call, stuck->line);
        if (stuck->object != NULL) {
            text_add(line, ": ");
            page_user(line, stuck->object);
        }
        page_paragraph(page, 0, 4);
    }
    if (replay->stuck_count == 0)
        return;
    text_add(line, "  ");
    page_toned(line, TONE_FAINT, evidence_words(replay->evidence));
    page_paragraph(page, 0, 4);
}

static void write_replay(Page *page, const SnReplayed *replay)
{
    Text *line = &page->scratch;
    page_toned(line, replay->agrees ? TONE_GOOD : TONE_BAD, replay->agrees ? "\u2713 " : "\u2717 ");
    page_toned(line, TONE_STRONG, replay->what);
    text_add(line, ", ");
    figures_plural(line, replay->step_count, "step");
    if (replay->step_count > 0)
        text_add(line, ": ");
    Text schedule = {0};
    figures_schedule(&schedule, replay->schedule);
    size_t length = schedule.length, most = page->style.verbose ? length : text_prefix(schedule.bytes, length, 400);
    if (!schedule.failed && length > 0)
        page_user(line, arena_string(&page->arena, schedule.bytes, most));
    text_add(line, most < length ? " \u2026" : "");
    text_free(&schedule);
    page_paragraph(page, 0, 4);
    if (!replay->agrees) {
        text_add(line, "  ");
        page_tone(line, TONE_BAD);
        if (replay->step > replay->step_count)
            text_add(line, "at the end: ");
        else
            text_format(line, "step %u: ", replay->step);
        page_tone(line, TONE_PLAIN);
        page_user(line, replay->difference);
        page_paragraph(page, 0, 4);
        return;
    }
    text_add(line, "  as simulated after every step; at the end: ");
    text_add(line, end_words(replay->end));
    if (replay->runs > 1)
        text_format(line, " (%u times)", replay->runs);
    page_paragraph(page, 0, 4);
    write_stuck(page, replay);
}

static void write_result(Page *page, const void *subject)
{
    const SnReplayResult *result = subject;
    Text *line = &page->scratch;
    bool agrees = result->agreed == result->replay_count;
    page_tone(line, TONE_STRONG);
    page_user(line, result_name(result->scenario));
    page_tone(line, TONE_PLAIN);
    text_add(line, ": ");
    if (result->replay_count == 0) {
        if (result->schedule_count > 0) {
            text_add(line, "interrupted before any of ");
            figures_plural(line, result->schedule_count, "schedule");
            text_add(line, " was forced on real threads");
        } else {
            text_add(line, "no schedule to force on real threads: no finding, and no execution that comes to an end");
        }
        page_paragraph(page, 0, 2);
        return;
    }
    figures_plural(line, result->replay_count, "schedule");
    text_add(line, " on real threads: ");
    if (agrees) {
        page_toned(line, TONE_GOOD, result->replay_count == 1 ? "agrees" : "all agree");
    } else {
        page_tone(line, TONE_BAD);
        text_format(line, "%u %s", result->replay_count - result->agreed, result->replay_count - result->agreed == 1 ? "disagrees" : "disagree");
        page_tone(line, TONE_PLAIN);
    }
    text_add(line, " with the simulation");
    page_paragraph(page, 0, 2);
    if (page->style.quiet)
        return;
    bool lists = result->replay_count <= LISTED || page->style.verbose;
    uint32_t hidden = 0;
    for (uint32_t r = 0; r < result->replay_count; r++) {
        if (lists || !result->replays[r].agrees) {
            text_add_char(&page->out, '\n');
            write_replay(page, &result->replays[r]);
        } else {
            hidden++;
        }
    }
    if (hidden > 0) {
        text_add_char(&page->out, '\n');
        figures_plural(line, hidden, "schedule");
        text_add(line, " as simulated after every step and at the end; -v lists them");
        page_paragraph(page, 0, 2);
    }
}

char *sn_report_replay(const SnReplayResult *result, const SnTextStyle *style)
{
    return page_make(style, write_result, result);
}

/* ------------------------------------------------------------------- JSON */

static void add_replay(Text *out, const SnReplayed *replay)
{
    static const char *const evidence[] = {"none", "quiet", "asleep", "place"};
    text_add(out, "    {\"what\": ");
    json_string(out, replay->what);
    text_add(out, ", \"schedule\": ");
    json_string(out, replay->schedule);
    text_format(out, ", \"steps\": %u, \"runs\": %u, \"agrees\": %s, \"step\": ", replay->step_count, replay->runs, replay->agrees ? "true" : "false");
    if (replay->step == 0)
        text_add(out, "null");
    else
        text_format(out, "%u", replay->step);
    text_add(out, ", \"difference\": ");
    json_string(out, replay->difference);
    text_format(out, ", \"end\": \"%s\", \"evidence\": \"%s\", \"stuck\": [", sn_end_name(replay->end), evidence[replay->evidence]);
    for (uint32_t s = 0; s < replay->stuck_count; s++) {
        const SnStuck *stuck = &replay->stuck[s];
        text_add(out, s > 0 ? ", {\"thread\": " : "{\"thread\": ");
        json_string(out, stuck->thread);
        text_format(out, ", \"line\": %u, \"call\": ", stuck->line);
        json_string(out, stuck->call);
        text_add(out, ", \"object\": ");
        json_string(out, stuck->object);
        text_add_char(out, '}');
    }
    text_add(out, "]}");
}

char *sn_report_replay_json(const SnReplayResult *result)
{
    Text out = {0};
    text_add(&out, "{\n  \"schema\": 1,\n  \"scenario\": ");
    json_string(&out, result_name(result->scenario));
    text_format(&out, ",\n  \"agrees\": %s,\n  \"agreed\": %u,\n  \"steps\": %llu,\n  \"replays\": [\n", result->agreed == result->replay_count ? "true" : "false",
                result->agreed, (unsigned long long)result->steps);
    for (uint32_t r = 0; r < result->replay_count; r++) {
        add_replay(&out, &result->replays[r]);
        text_add(&out, r + 1 < result->replay_count ? ",\n" : "\n");
    }
    text_add(&out, "  ],\n  \"seconds\": ");
    figures_json_number(&out, result->seconds);
    text_add(&out, "\n}\n");
    return text_take(&out);
}
