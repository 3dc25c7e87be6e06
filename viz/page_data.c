#include "viz/page_data.h"

#include <math.h>
#include <string.h>

#include "viz/markup.h"
#include "viz/page_words.h"
#include "viz/pool.h"

typedef struct Writer {
    Arena arena;
    Text *out;
    Text scratch; /* an entry of a pool in the making */
    const PageSubject *subject;
    Pool strings, stands, steps;
    const char **threads; /* all threads of the page; a trace has those that it met */
    bool *is_daemon;
    uint32_t thread_count;
} Writer;

static void add_number(Text *out, uint32_t number)
{
    if (number == SN_NONE)
        text_add(out, "-1");
    else
        text_format(out, "%u", (unsigned)number);
}

static void add_chance(Text *out, double probability)
{
    if (isnan(probability))
        text_add(out, "-1");
    else /* what is possible at all is not 0 */
        text_format(out, "%ld", probability > 0 && probability < 1e-6 ? 1 : lround(probability * 1e6));
}

/* NULL is -1. */
static void add_string(Writer *writer, Text *out, const char *text)
{
    if (text == NULL)
        text_add(out, "-1");
    else
        text_format(out, "%u", (unsigned)pool_number(&writer->strings, text));
}

static void add_numbers(Text *out, const uint32_t *numbers, uint32_t count)
{
    text_add_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        text_add(out, i == 0 ? "" : ",");
        add_number(out, numbers[i]);
    }
    text_add_char(out, ']');
}

static void add_strings(Writer *writer, Text *out, const char *const *texts, uint32_t count)
{
    text_add_char(out, '[');
    for (uint32_t i = 0; i < count; i++) {
        text_add(out, i == 0 ? "" : ",");
        add_string(writer, out, texts[i]);
    }
    text_add_char(out, ']');
}

/* What is in scratch, as the number of an entry. */
static uint32_t take_entry(Writer *writer, Pool *pool)
{
    if (writer->scratch.failed)
        longjmp(*writer->arena.escape, 1);
    uint32_t number = pool_number(pool, writer->scratch.bytes);
    writer->scratch.length = 0;
    return number;
}

/* -------------------------------------------------------------------- threads */

static uint32_t thread_number(const Writer *writer, const char *name)
{
    uint32_t t = 0;
    while (t < writer->thread_count && strcmp(writer->threads[t], name) != 0)
        t++;
    return t;
}

static void add_threads_of(Writer *writer, const SnThread *threads, uint32_t count)
{
    const char **all = ARENA_ARRAY(&writer->arena, const char *, writer->thread_count + count);
    bool *is_daemon = ARENA_ARRAY(&writer->arena, bool, writer->thread_count + count);
    if (writer->thread_count > 0) {
        memcpy(all, writer->threads, writer->thread_count * sizeof *all);
        memcpy(is_daemon, writer->is_daemon, writer->thread_count * sizeof *is_daemon);
    }
    writer->threads = all;
    writer->is_daemon = is_daemon;
    for (uint32_t t = 0; t < count; t++)
        if (thread_number(writer, threads[t].name) == writer->thread_count) {
            all[writer->thread_count] = threads[t].name;
            is_daemon[writer->thread_count++] = threads[t].is_daemon;
        }
}

static void find_threads(Writer *writer)
{
    const PageSubject *subject = writer->subject;
    if (subject->map != NULL)
        add_threads_of(writer, subject->map->threads, subject->map->thread_count);
    for (uint32_t f = 0; f < subject->result->finding_count; f++)
        add_threads_of(writer, subject->finding_traces[f]->threads, subject->finding_traces[f]->thread_count);
    for (uint32_t o = 0; o < subject->outcome_run_count; o++)
        add_threads_of(writer, subject->outcome_traces[o]->threads, subject->outcome_traces[o]->thread_count);
    if (subject->only != NULL)
        add_threads_of(writer, subject->only->threads, subject->only->thread_count);
}

/* ------------------------------------------------------------- steps and stands */

/* `threads` translates those of the step; NULL: they are the page's. */
static uint32_t step_entry(Writer *writer, const SnStep *step, const uint32_t *threads)
{
    Text *out = &writer->scratch;
    uint32_t partner = step->partner == SN_NONE || threads == NULL ? step->partner : threads[step->partner];
    text_format(out, "[%u,%u,%u,%u,", (unsigned)(threads == NULL ? step->thread : threads[step->thread]),
                (unsigned)step->choice, (unsigned)step->choices, (unsigned)step->line);
    add_string(writer, out, step->source);
    text_add_char(out, ',');
    add_string(writer, out, step->effect);
    text_format(out, ",%d,", (int)step->action);
    add_number(out, step->object);
    text_add_char(out, ',');
    add_number(out, partner);
    text_add_char(out, ']');
    return take_entry(writer, &writer->steps);
}

static uint32_t stand_entry(Writer *writer, const SnStand *stand)
{
    Text *out = &writer->scratch;
    text_format(out, "[%d,%u,", (int)stand->state, (unsigned)stand->line);
    add_string(writer, out, stand->source);
    text_add_char(out, ',');
    add_string(writer, out, stand->locals);
    text_add_char(out, ',');
    add_number(out, stand->object);
    text_add_char(out, ',');
    add_number(out, stand->target);
    text_add_char(out, ',');
    add_string(writer, out, stand->why);
    text_add_char(out, ']');
    return take_entry(writer, &writer->stands);
}

static void add_cycles(Text *out, const uint32_t *start, const uint32_t *threads, uint32_t count, const uint32_t *names)
{
    text_add_char(out, '[');
    for (uint32_t c = 0; c < count; c++) {
        text_add(out, c == 0 ? "[" : ",[");
        for (uint32_t i = start[c]; i < start[c + 1]; i++)
            text_format(out, "%s%u", i == start[c] ? "" : ",",
                        (unsigned)(names == NULL ? threads[i] : names[threads[i]]));
        text_add_char(out, ']');
    }
    text_add_char(out, ']');
}

/* ---------------------------------------------------------------- state space */

static void add_ahead(Writer *writer, const SnAhead *ahead)
{
    Text *out = writer->out;
    const SnMap *map = writer->subject->map;
    uint32_t outcomes = map->result->outcome_count;
    text_add_char(out, '[');
    add_string(writer, out, ahead->interleavings);
    text_add_char(out, ',');
    add_strings(writer, out, ahead->kinds, map->kind_count);
    text_add(out, ",[");
    for (uint32_t k = 0; k < map->kind_count; k++) {
        text_add(out, k == 0 ? "" : ",");
        add_chance(out, ahead->kind_probability[k]);
    }
    text_add(out, "],");
    outcomes = outcomes < writer->subject->outcome_run_count ? outcomes : writer->subject->outcome_run_count;
    add_strings(writer, out, ahead->outcomes, outcomes);
    text_add(out, ",[");
    for (uint32_t o = 0; o < outcomes; o++) {
        text_add(out, o == 0 ? "" : ",");
        add_chance(out, ahead->outcome_probability[o]);
    }
    text_add(out, "]]");
}

static void add_place(Writer *writer, const SnPlace *place)
{
    Text *out = writer->out;
    const SnMap *map = writer->subject->map;
    text_add_char(out, '[');
    add_strings(writer, out, place->values, map->object_count);
    text_add(out, ",[");
    for (uint32_t t = 0; t < map->thread_count; t++)
        text_format(out, "%s%u", t == 0 ? "" : ",", (unsigned)stand_entry(writer, &place->stands[t]));
    text_add(out, "],[");
    for (uint32_t i = 0; i < place->owner_count; i++)
        text_format(out, "%s[%u,%u]", i == 0 ? "" : ",", (unsigned)place->owners[i].thread,
                    (unsigned)place->owners[i].object);
    text_add(out, "],");
    add_cycles(out, place->cycle_start, place->cycle_threads, place->cycle_count, NULL);
    text_format(out, ",%d,%d,%d,", (int)place->end, place->is_bad, place->can_end_well);
    add_number(out, place->outcome < writer->subject->outcome_run_count ? place->outcome : SN_NONE);
    text_add_char(out, ',');
    add_numbers(out, place->findings, place->finding_count);
    text_add(out, ",[");
    for (uint32_t m = 0; m < place->move_count; m++) {
        const SnMove *move = &place->moves[m];
        text_format(out, "%s[%u,%u", m == 0 ? "" : ",", (unsigned)move->to,
                    (unsigned)step_entry(writer, &move->step, NULL));
        if (move->finding_count > 0) {
            text_add_char(out, ',');
            add_numbers(out, move->findings, move->finding_count);
        }
        text_add_char(out, ']');
    }
    text_add(out, "],");
    add_ahead(writer, &place->ahead);
    text_add_char(out, ']');
}

static void add_map(Writer *writer)
{
    SnMap *map = writer->subject->map;
    Text *out = writer->out;
    if (map == NULL) {
        text_add(out, "null");
        return;
    }
    text_add_char(out, '[');
    for (uint32_t s = 0; s < map->state_count; s++) {
        const SnPlace *place = sn_map_place(map, s);
        if (place == NULL)
            longjmp(*writer->arena.escape, 1);
        text_add(out, s == 0 ? "" : ",\n");
        add_place(writer, place);
    }
    text_add_char(out, ']');
}

/* ----------------------------------------------------------------------- runs */

/* A trace tells where threads stand by line; the statement is that of the thread's next step, or what it waits at. */
static SnStand trace_stand(const SnTrace *trace, uint32_t s, uint32_t t)
{
    size_t at = (size_t)s * trace->thread_count + t;
    SnStand stand = {.state = (SnThreadState)trace->thread_states[at],
                     .line = trace->thread_lines[at],
                     .locals = "",
                     .object = SN_NONE,
                     .target = SN_NONE};
    bool is_last = s == trace->step_count;
    for (uint32_t i = s; i < trace->step_count && stand.source == NULL; i++)
        if (trace->steps[i].thread == t) {
            stand.source = trace->steps[i].source;
            if (stand.state == SN_THREAD_BLOCKED)
                stand.object = trace->steps[i].object;
        }
    for (uint32_t w = 0; w < trace->wait_count && (is_last || stand.source == NULL); w++)
        if (trace->waits[w].thread == t) {
            stand.source = trace->waits[w].source;
            stand.object = trace->waits[w].object;
            stand.target = trace->waits[w].target;
            stand.why = is_last ? trace->waits[w].why : NULL;
        }
    return stand;
}

/* Where a part stands that was written last; `length` 0: none was. */
typedef struct Part {
    size_t start, length;
} Part;

/* What was written from `start` on becomes a 0 where it is the same as the last time. */
static void leave_out_same(Text *out, size_t start, Part *last)
{
    if (out->failed)
        return;
    size_t length = out->length - start;
    if (length == last->length && memcmp(out->bytes + start, out->bytes + last->start, length) == 0) {
        out->length = start;
        text_add_char(out, '0');
    } else {
        *last = (Part){start, length};
    }
}

/* The parts of a place that a run writes: values, stands, owners. */
enum { PLACE_PARTS = 3 };

static void add_trace_place(Writer *writer, const SnTrace *trace, const uint32_t *threads, uint32_t s, Part last[PLACE_PARTS])
{
    Text *out = writer->out;
    text_add_char(out, '[');
    size_t start = out->length;
    text_add_char(out, '[');
    for (uint32_t o = 0; o < trace->object_count; o++) {
        uint32_t w = 0;
        while (w < trace->watched_count && trace->watched[w] != o)
            w++;
        text_add(out, o == 0 ? "" : ",");
        add_string(writer, out, w < trace->watched_count ? trace->values[(size_t)s * trace->watched_count + w] : NULL);
    }
    text_add_char(out, ']');
    leave_out_same(out, start, &last[0]);
    text_add_char(out, ',');
    start = out->length;
    text_add_char(out, '[');
    for (uint32_t k = 0; k < writer->thread_count; k++) {
        SnStand stand = {.state = SN_THREAD_NOT_STARTED, .locals = "", .object = SN_NONE, .target = SN_NONE};
        for (uint32_t t = 0; t < trace->thread_count; t++)
            if (threads[t] == k)
                stand = trace_stand(trace, s, t);
        if (stand.target != SN_NONE)
            stand.target = threads[stand.target];
        text_format(out, "%s%u", k == 0 ? "" : ",", (unsigned)stand_entry(writer, &stand));
    }
    text_add_char(out, ']');
    leave_out_same(out, start, &last[1]);
    text_add_char(out, ',');
    start = out->length;
    text_add_char(out, '[');
    bool is_first = true;
    for (uint32_t h = 0; h < trace->hold_count; h++) {
        const SnHold *hold = &trace->holds[h];
        if (hold->from_step >= s || (hold->to_step != SN_NONE && hold->to_step < s))
            continue;
        text_format(out, "%s[%u,%u]", is_first ? "" : ",", (unsigned)threads[hold->thread], (unsigned)hold->object);
        is_first = false;
    }
    text_add_char(out, ']');
    leave_out_same(out, start, &last[2]);
    if (s == trace->step_count) {
        text_add_char(out, ',');
        add_cycles(out, trace->cycle_start, trace->cycle_threads, trace->cycle_count, threads);
    }
    text_add_char(out, ']');
}

static void add_locals(Writer *writer, const SnTrace *trace, const uint32_t *threads)
{
    Text *out = writer->out;
    text_add(out, ",\"locals\":[");
    for (uint32_t l = 0; l < trace->local_count; l++) {
        text_add(out, l == 0 ? "[" : ",[");
        add_string(writer, out, trace->local_names[l]);
        text_format(out, ",%u]", (unsigned)threads[trace->local_threads[l]]);
    }
    text_add(out, "],\"localValues\":[");
    Part last = {0};
    for (uint32_t s = 0; s <= trace->step_count; s++) {
        text_add(out, s == 0 ? "" : ",");
        size_t start = out->length;
        add_strings(writer, out, trace->local_values + (size_t)s * trace->local_count, trace->local_count);
        leave_out_same(out, start, &last);
    }
    text_add_char(out, ']');
}

/* With a virtual clock: when each step happens. */
static void add_times(Writer *writer, const SnTrace *trace)
{
    Text *out = writer->out;
    char time[40];
    text_add(out, ",\"times\":[");
    for (uint32_t s = 0; trace->has_clock && s < trace->step_count; s++) {
        text_add(out, s == 0 ? "" : ",");
        add_string(writer, out, sn_print_duration(trace->steps[s].time_ns, time));
    }
    text_add_char(out, ']');
}

/* Who owns, or could provide, what each blocked thread waits for at the end. */
static void add_helpers(Writer *writer, const SnTrace *trace, const uint32_t *threads)
{
    Text *out = writer->out;
    text_add(out, ",\"helpers\":[");
    for (uint32_t w = 0; w < trace->wait_count; w++) {
        const SnWait *wait = &trace->waits[w];
        text_format(out, "%s[%u,[", w == 0 ? "" : ",", (unsigned)threads[wait->thread]);
        for (uint32_t i = 0; i < wait->holder_count; i++) {
            const SnHolder *holder = &trace->holders[wait->first_holder + i];
            text_format(out, "%s[%u,%d]", i == 0 ? "" : ",", (unsigned)threads[holder->thread], holder->holds);
        }
        text_add(out, "]]");
    }
    text_add_char(out, ']');
}

static void add_run(Writer *writer, const SnTrace *trace)
{
    Text *out = writer->out;
    uint32_t *threads = ARENA_ARRAY(&writer->arena, uint32_t, trace->thread_count);
    for (uint32_t t = 0; t < trace->thread_count; t++)
        threads[t] = thread_number(writer, trace->threads[t].name);
    text_add(out, "{\"title\":");
    add_string(writer, out, trace->title);
    text_add(out, ",\"verdict\":");
    add_string(writer, out, trace->verdict);
    text_format(out, ",\"bad\":%d,\"end\":%d,\"message\":", trace->is_bad, (int)trace->end);
    add_string(writer, out, trace->end_message);
    text_add(out, ",\"loop\":");
    add_number(out, trace->loop_start);
    text_add(out, ",\"steps\":[");
    for (uint32_t s = 0; s < trace->step_count; s++)
        text_format(out, "%s%u", s == 0 ? "" : ",", (unsigned)step_entry(writer, &trace->steps[s], threads));
    text_add(out, "],\"notes\":[");
    for (uint32_t n = 0; n < trace->note_count; n++) {
        const SnNote *note = &trace->notes[n];
        text_format(out, "%s[%u,", n == 0 ? "" : ",", (unsigned)note->step);
        add_number(out, note->from_step);
        text_format(out, ",%d,%d,", note->is_stale_read, note->is_offender);
        add_string(writer, out, note->text);
        text_add_char(out, ']');
    }
    text_add(out, "],\"output\":");
    add_strings(writer, out, trace->output, trace->output_count);
    add_locals(writer, trace, threads);
    add_helpers(writer, trace, threads);
    add_times(writer, trace);
    text_add(out, ",\"places\":[");
    Part last[PLACE_PARTS] = {{0}};
    for (uint32_t s = 0; writer->subject->map == NULL && s <= trace->step_count; s++) {
        text_add(out, s == 0 ? "" : ",");
        add_trace_place(writer, trace, threads, s, last);
    }
    text_add(out, "]}");
}

static void add_runs(Writer *writer)
{
    const PageSubject *subject = writer->subject;
    bool is_first = true;
    text_add(writer->out, "[");
    for (uint32_t f = 0; f < subject->result->finding_count; f++) {
        text_add(writer->out, is_first ? "" : ",\n");
        add_run(writer, subject->finding_traces[f]);
        is_first = false;
    }
    for (uint32_t o = 0; o < subject->outcome_run_count; o++) {
        text_add(writer->out, is_first ? "" : ",\n");
        add_run(writer, subject->outcome_traces[o]);
        is_first = false;
    }
    if (subject->only != NULL)
        add_run(writer, subject->only);
    text_add_char(writer->out, ']');
}

/* ------------------------------------------------------------- what was found */

static void add_findings(Writer *writer)
{
    Text *out = writer->out;
    const SnResult *result = writer->subject->result;
    text_add(out, "[");
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const SnFinding *finding = &result->findings[f];
        for (uint32_t i = 0; i < finding->object_count; i++)
            text_format(&writer->scratch, "%s%s", i == 0 ? "" : ", ", finding->objects[i]);
        text_format(out, "%s{\"kind\":", f == 0 ? "" : ",\n");
        markup_json(out, finding->kind);
        text_add(out, ",\"message\":");
        add_string(writer, out, finding->message);
        text_add(out, ",\"objects\":");
        if (finding->object_count == 0)
            text_add(out, "-1");
        else
            text_format(out, "%u", (unsigned)take_entry(writer, &writer->strings));
        text_add(out, ",\"count\":");
        add_string(writer, out, finding->interleavings);
        text_add(out, ",\"chance\":");
        add_chance(out, finding->probability);
        text_format(out, ",\"run\":%u}", (unsigned)f);
    }
    text_add_char(out, ']');
}

static void add_outcomes(Writer *writer)
{
    Text *out = writer->out;
    const SnStressResult *stress = writer->subject->options->stress;
    const SnResult *result = writer->subject->result;
    text_add(out, "[");
    for (uint32_t o = 0; o < writer->subject->outcome_run_count; o++) {
        const SnOutcome *outcome = &result->outcomes[o];
        text_format(out, "%s{\"values\":", o == 0 ? "" : ",\n");
        add_strings(writer, out, outcome->values, result->outcome_name_count);
        text_add(out, ",\"output\":");
        add_strings(writer, out, outcome->output, outcome->output_count);
        text_format(out, ",\"end\":%d,\"final\":%d,\"serial\":%d,\"count\":", (int)outcome->end,
                    outcome->has_final ? outcome->final : -1, (int)outcome->serial);
        add_string(writer, out, outcome->interleavings);
        text_add(out, ",\"chance\":");
        add_chance(out, outcome->probability);
        if (stress != NULL)
            text_format(out, ",\"runs\":%llu", (unsigned long long)stress->outcomes[o].runs);
        text_format(out, ",\"run\":%u}", (unsigned)(result->finding_count + o));
    }
    text_add_char(out, ']');
}

/* ------------------------------------------------------------------ all of it */

static void add_words(Text *out, SnLanguage language)
{
    static const struct {
        const char *name, *words[2];
    } words[] = {
#define PAGE_WORD(name, english, russian) {#name, {english, russian}},
        PAGE_WORDS(PAGE_WORD)
#undef PAGE_WORD
    };
    text_add_char(out, '{');
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        text_format(out, "%s\"%s\":", w == 0 ? "" : ",", words[w].name);
        markup_json(out, words[w].words[language == SN_LANGUAGE_RUSSIAN]);
    }
    text_add_char(out, '}');
}

static void add_pool(Text *out, const Pool *pool, bool is_strings)
{
    text_add_char(out, '[');
    for (uint32_t k = 0; k < pool->texts.count; k++) {
        text_add(out, k == 0 ? "" : ",");
        if (is_strings)
            markup_json(out, pool->texts.items[k]);
        else
            text_add(out, pool->texts.items[k]);
    }
    text_add_char(out, ']');
}

static void add_names(Writer *writer)
{
    Text *out = writer->out;
    const PageSubject *subject = writer->subject;
    const SnTrace *any = subject->only;
    if (any == NULL)
        any = subject->result->finding_count > 0 ? subject->finding_traces[0] : subject->outcome_traces[0];
    text_add(out, ",\n\"threads\":[");
    for (uint32_t t = 0; t < writer->thread_count; t++) {
        text_add(out, t == 0 ? "[" : ",[");
        add_string(writer, out, writer->threads[t]);
        text_format(out, ",%d]", writer->is_daemon[t]);
    }
    text_add(out, "],\n\"objects\":[");
    for (uint32_t o = 0; o < any->object_count; o++) {
        text_add(out, o == 0 ? "[" : ",[");
        add_string(writer, out, any->objects[o].name);
        text_format(out, ",%d]", (int)any->objects[o].kind);
    }
    text_add(out, "],\n\"kinds\":[");
    for (uint32_t k = 0; subject->map != NULL && k < subject->map->kind_count; k++) {
        text_add(out, k == 0 ? "" : ",");
        markup_json(out, subject->map->kinds[k]);
    }
    text_add_char(out, ']');
}

static void add_all(Writer *writer)
{
    Text *out = writer->out;
    const PageSubject *subject = writer->subject;
    const SnResult *result = subject->result;
    const char *path = sn_scenario_name(result->scenario), *slash = strrchr(path, '/');
    size_t length;
    find_threads(writer);
    text_add(out, "{\"file\":");
    markup_json(out, slash != NULL && slash[1] != '\0' ? slash + 1 : path);
    text_add(out, ",\"source\":");
    markup_json(out, sn_scenario_text(result->scenario, &length));
    text_format(out, ",\n\"lang\":\"%s\",\"states\":%llu,\"complete\":%s,\"first\":",
                subject->options->language == SN_LANGUAGE_RUSSIAN ? "ru" : "en", (unsigned long long)result->states,
                result->complete ? "true" : "false");
    add_number(out, subject->options->finding < result->finding_count ? subject->options->finding
                    : result->finding_count > 0                       ? 0
                                                                      : SN_NONE);
    if (subject->options->stress != NULL)
        text_format(out, ",\"stress\":{\"runs\":%llu,\"strangers\":%llu}",
                    (unsigned long long)subject->options->stress->runs,
                    (unsigned long long)subject->options->stress->stranger_runs);
    text_add(out, ",\"stopped\":");
    add_string(writer, out, result->stopped);
    text_add(out, ",\"interleavings\":");
    add_string(writer, out, result->interleavings);
    text_format(out, ",\"outcomeCount\":%u,\"outcomeNames\":", (unsigned)result->outcome_count);
    add_strings(writer, out, result->outcome_names, result->outcome_name_count);
    add_names(writer);
    text_add(out, ",\n\"findings\":");
    add_findings(writer);
    text_add(out, ",\n\"outcomes\":");
    add_outcomes(writer);
    text_add(out, ",\n\"runs\":");
    add_runs(writer);
    text_add(out, ",\n\"map\":");
    add_map(writer);
    text_add(out, ",\n\"steps\":");
    add_pool(out, &writer->steps, false);
    text_add(out, ",\n\"stands\":");
    add_pool(out, &writer->stands, false);
    text_add(out, ",\n\"strings\":");
    add_pool(out, &writer->strings, true);
    text_add(out, ",\n\"words\":");
    add_words(out, subject->options->language);
    text_add_char(out, '}');
}

/* Memory that ends jumps to here. */
static bool add_or_fail(Writer *writer)
{
    jmp_buf escape;
    writer->arena.escape = &escape;
    bool is_done = setjmp(escape) == 0;
    if (is_done)
        add_all(writer);
    writer->arena.escape = NULL;
    return is_done && !writer->out->failed;
}

bool page_data_add(Text *out, const PageSubject *subject)
{
    Writer writer = {.out = out, .subject = subject};
    writer.strings.arena = writer.stands.arena = writer.steps.arena = &writer.arena;
    bool is_done = add_or_fail(&writer);
    text_free(&writer.scratch);
    arena_free(&writer.arena);
    return is_done;
}
