/* snarl draw KIND FILE: a diagram of the most telling finding, or of what the options name. */
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

#ifdef SNARL_HAS_VIZ

#include "snarl/viz.h"

typedef enum DrawKind { DRAW_SCHEDULE, DRAW_WAITS } DrawKind;

/* ---------------------------------------------------------- the options */

static bool choose_kind(const char *word, DrawKind *kind)
{
    static const char *const now[] = {"schedule", "waits"}, *const later[] = {"locks", "states", "order", "timeline",
                                                                              "frames"};
    for (size_t k = 0; k < sizeof now / sizeof *now; k++)
        if (strcmp(word, now[k]) == 0) {
            *kind = (DrawKind)k;
            return true;
        }
    for (size_t k = 0; k < sizeof later / sizeof *later; k++)
        if (strcmp(word, later[k]) == 0) {
            output_error("`snarl draw %s` is not available in this version", word);
            return false;
        }
    const char *nearest = options_nearest(word, now, sizeof now / sizeof *now);
    if (nearest != NULL)
        output_error("unknown diagram `%s`; did you mean `%s`?", word, nearest);
    else
        output_error("unknown diagram `%s`; there are schedule and waits", word);
    return false;
}

static bool choose_format(const Options *options, SnFormat *format)
{
    static const SnFormat formats[] = {[FORMAT_SVG] = SN_FORMAT_SVG,
                                       [FORMAT_PDF] = SN_FORMAT_PDF,
                                       [FORMAT_PNG] = SN_FORMAT_PNG,
                                       [FORMAT_DOT] = SN_FORMAT_DOT};
    char word[8];
    *format = SN_FORMAT_DOT;
    if (options->given[OPTION_format]) {
        *format = formats[options->format];
        return true;
    }
    if (options->output == NULL)
        return true;
    const char *dot = strrchr(options->output, '.'), *slash = strrchr(options->output, '/');
    if (dot != NULL && (slash == NULL || slash < dot))
        for (size_t k = 0; options_word(option_specs[OPTION_format].argument, k, word, sizeof word); k++)
            if (strcmp(dot + 1, word) == 0) {
                *format = formats[k];
                return true;
            }
    output_error("the ending of `%s` names no format; use .svg, .pdf, .png or .dot, or --format", options->output);
    return false;
}

static bool one_selection(const Options *options)
{
    int selections = options->given[OPTION_finding] + options->given[OPTION_kind] + options->given[OPTION_outcome] +
                     options->given[OPTION_schedule];
    if (selections > 1)
        output_error("use only one of --finding, --kind, --outcome and --schedule");
    return selections <= 1;
}

/* --------------------------------------------------------- what to draw */

/* "lost update" and "lost-update" name the same kind. */
static bool is_kind(const char *kind, const char *word)
{
    for (; *kind != '\0' && *word != '\0'; kind++, word++)
        if (*kind != *word && !(*kind == '-' && *word == ' '))
            return false;
    return *kind == *word;
}

static uint32_t first_of_kind(const SnResult *result, const char *kind)
{
    for (uint32_t f = 0; f < result->finding_count; f++)
        if (is_kind(result->findings[f].kind, kind))
            return f;
    return SN_NONE;
}

static SnStatus run_policy(const SnScenario *scenario, SnPolicy policy, const char *schedule, SnTrace **trace,
                           char **message)
{
    const SnRunOptions run = {.policy = policy, .schedule = schedule};
    return sn_run(scenario, &run, trace, message);
}

/* The trace that the options name in an explored scenario. SN_FOUND, after a message: there is none. */
static SnStatus select_trace(const Options *options, DrawKind kind, const SnResult *result, SnTrace **trace,
                             char **message)
{
    uint32_t finding = SN_NONE;
    if (options->given[OPTION_finding]) {
        if (options->finding > result->finding_count) {
            output_error("there is no finding %llu; %s has %u", (unsigned long long)options->finding,
                         options->operands[2], result->finding_count);
            return SN_INVALID;
        }
        finding = (uint32_t)(options->finding - 1);
    } else if (options->given[OPTION_outcome]) {
        if (options->outcome > result->outcome_count) {
            output_error("there is no outcome %llu; %s has %u", (unsigned long long)options->outcome,
                         options->operands[2], result->outcome_count);
            return SN_INVALID;
        }
        return sn_trace_outcome(result, (uint32_t)(options->outcome - 1), trace, message);
    } else if (options->given[OPTION_kind] || kind == DRAW_WAITS) {
        const char *wanted = options->given[OPTION_kind] ? options->kind : "deadlock";
        finding = first_of_kind(result, wanted);
        if (finding == SN_NONE) {
            output_error("no %s found in %s%s", wanted, options->operands[2], result->complete ? "" : " so far");
            return SN_FOUND;
        }
    } else {
        finding = work_most_telling(result);
        if (finding == SN_NONE)
            return run_policy(result->scenario, SN_POLICY_SEQUENTIAL, NULL, trace, message);
    }
    return sn_trace_finding(result, finding, trace, message);
}

/* --------------------------------------------------------------- output */

static SnStatus write_picture(const Options *options, SnFormat format, const char *bytes, size_t length)
{
    if (options->output != NULL && strcmp(options->output, "-") != 0) {
        char *message = NULL;
        SnStatus status = sn_write_file(options->output, bytes, length, &message);
        output_message(message);
        return status;
    }
    if ((format == SN_FORMAT_PDF || format == SN_FORMAT_PNG) && isatty(STDOUT_FILENO) == 1) {
        output_error("a picture on a terminal is of no use; name a file with -o");
        return SN_INVALID;
    }
    fwrite(bytes, 1, length, stdout);
    return SN_OK;
}

static SnStatus draw_trace(const Options *options, DrawKind kind, SnFormat format, const SnTrace *trace)
{
    const SnDrawOptions draw = {
        .theme = options->theme == THEME_DARK ? SN_THEME_DARK : SN_THEME_LIGHT,
        .format = format,
        .page = options->given[OPTION_page] ? (uint32_t)(options->page < UINT32_MAX ? options->page : UINT32_MAX) : 0,
    };
    char *bytes = NULL, *message = NULL;
    size_t length = 0;
    uint32_t pages = kind == DRAW_SCHEDULE ? sn_draw_schedule_pages(trace) : 1;
    if (draw.page > pages) {
        output_error("there is no page %u; the schedule takes %u", draw.page, pages);
        return SN_INVALID;
    }
    SnStatus status =
        (kind == DRAW_SCHEDULE ? sn_draw_schedule : sn_draw_waits)(trace, &draw, &bytes, &length, &message);
    output_message(message);
    if (status == SN_OK)
        status = write_picture(options, format, bytes, length);
    if (status == SN_OK && pages > 1 && draw.page == 0 && !options->quiet)
        output_error("the schedule takes %u pages; this is the one with the finding, --page N draws another", pages);
    sn_string_free(bytes);
    return status;
}

SnStatus draw_run(const Options *options)
{
    static const WorkWishes wishes = {.no_counts = true};
    DrawKind kind;
    SnFormat format;
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    SnTrace *trace = NULL;
    char *message = NULL;
    if (!choose_kind(options->operands[1], &kind) || !choose_format(options, &format) || !one_selection(options))
        return SN_INVALID;
    SnStatus status = work_load(options, options->operands[2], &scenario);
    if (status != SN_OK)
        goto done;
    if (options->given[OPTION_schedule]) {
        status = run_policy(scenario, SN_POLICY_SCHEDULE, options->schedule, &trace, &message);
    } else {
        status = work_explore(options, &wishes, scenario, &result);
        if (result != NULL)
            status = select_trace(options, kind, result, &trace, &message);
    }
    output_message(message);
    if (trace != NULL)
        status = draw_trace(options, kind, format, trace);
done:
    sn_trace_free(trace);
    sn_result_free(result);
    sn_scenario_free(scenario);
    return status;
}

#else

SnStatus draw_run(const Options *options)
{
    (void)options;
    output_error("this snarl was built without Graphviz and cannot draw");
    return SN_SYSTEM;
}

#endif
