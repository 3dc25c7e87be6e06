/* snarl draw KIND FILE: a diagram of the most telling finding, or of what the options name. */
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

#ifdef SNARL_HAS_VIZ

#include "cli/picture.h"

/* ---------------------------------------------------------- the options */

static bool choose_kind(const char *word, PictureKind *kind)
{
    for (size_t k = 0; k < PICTURE_COUNT; k++)
        if (strcmp(word, picture_words[k]) == 0) {
            *kind = (PictureKind)k;
            return true;
        }
    const char *nearest = options_nearest(word, picture_words, PICTURE_COUNT);
    if (nearest != NULL)
        output_error("unknown diagram `%s`; did you mean `%s`?", word, nearest);
    else
        output_error("unknown diagram `%s`; there are schedule, waits, order, timeline, states, locks, outcomes and frames", word);
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

/* The scenario: the last operand, behind KIND where there is one. */
static const char *file_of(const Options *options)
{
    return options->operands[options->operand_count - 1];
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
static SnStatus select_trace(const Options *options, PictureKind kind, const SnResult *result, SnTrace **trace,
                             char **message)
{
    uint32_t finding = SN_NONE;
    if (options->given[OPTION_finding]) {
        if (options->finding > result->finding_count) {
            output_error("there is no finding %llu; %s has %u", (unsigned long long)options->finding, file_of(options),
                         result->finding_count);
            return SN_INVALID;
        }
        finding = (uint32_t)(options->finding - 1);
    } else if (options->given[OPTION_outcome]) {
        if (options->outcome > result->outcome_count) {
            output_error("there is no outcome %llu; %s has %u", (unsigned long long)options->outcome, file_of(options),
                         result->outcome_count);
            return SN_INVALID;
        }
        return sn_trace_outcome(result, (uint32_t)(options->outcome - 1), trace, message);
    } else if (options->given[OPTION_kind] || kind == PICTURE_WAITS) {
        const char *wanted = options->given[OPTION_kind] ? options->kind : "deadlock";
        finding = first_of_kind(result, wanted);
        if (finding == SN_NONE) {
            output_error("no %s found in %s%s", wanted, file_of(options), result->complete ? "" : " so far");
            return SN_FOUND;
        }
    } else if (kind == PICTURE_TIMELINE && result->time.is_known) {
        bool is_slowest = options->slowest && result->time.greatest_schedule != NULL;
        const char *schedule = is_slowest ? result->time.greatest_schedule : result->time.least_schedule;
        return run_policy(result->scenario, SN_POLICY_SCHEDULE, schedule, trace, message);
    } else {
        finding = kind == PICTURE_ORDER ? first_of_kind(result, "data-race") : SN_NONE;
        if (finding == SN_NONE)
            finding = work_most_telling(result);
        if (finding == SN_NONE)
            return run_policy(result->scenario, SN_POLICY_SEQUENTIAL, NULL, trace, message);
    }
    return sn_trace_finding(result, finding, trace, message);
}

/* --------------------------------------------------------------- output */

static bool has_file(const Options *options)
{
    return options->output != NULL && strcmp(options->output, "-") != 0;
}

static SnStatus write_picture(const Options *options, SnFormat format, const char *bytes, size_t length)
{
    if (!has_file(options) && (format == SN_FORMAT_PDF || format == SN_FORMAT_PNG) && isatty(STDOUT_FILENO) == 1) {
        output_error("a picture on a terminal is of no use; name a file with -o");
        return SN_INVALID;
    }
    return output_file(options->output, bytes, length);
}

static SnStatus draw_picture(const Options *options, const Picture *picture)
{
    char *bytes = NULL;
    size_t length = 0;
    if (picture->kind == PICTURE_FRAMES)
        return picture_frames(picture, options->output, options->beamer);
    uint32_t pages = picture_pages(picture);
    if (picture->draw.page > pages) {
        output_error("there is no page %u; the %s take%s %u", picture->draw.page, picture_words[picture->kind],
                     picture->kind == PICTURE_OUTCOMES ? "" : "s", pages);
        return SN_INVALID;
    }
    SnStatus status = picture_make(picture, &bytes, &length);
    if (status == SN_OK)
        status = write_picture(options, picture->draw.format, bytes, length);
    if (status == SN_OK && pages > 1 && picture->draw.page == 0 && !options->quiet)
        output_error("the %s take%s %u pages; this is %s, --page N draws another", picture_words[picture->kind],
                     picture->kind == PICTURE_OUTCOMES ? "" : "s", pages,
                     picture->kind == PICTURE_OUTCOMES ? "the first"
                     /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): all other pictures have a trace */
                     : picture->trace->is_bad ? "the one with the finding"
                                              : "the last");
    sn_string_free(bytes);
    return status;
}

/* What cannot go together. */
static bool options_fit(const Options *options, const Picture *picture)
{
    if (!one_selection(options))
        return false;
    if (options->given[OPTION_all]) {
        if (options->output == NULL)
            return true;
        output_error("--all writes into its folder; it has no use for -o");
        return false;
    }
    if (picture->kind == PICTURE_FRAMES && !has_file(options)) {
        output_error("frames become several pages or files; name one with -o, as frames.pdf or frame.svg");
        return false;
    }
    if (options->beamer && picture->kind != PICTURE_FRAMES) {
        output_error("--beamer is for `snarl draw frames`");
        return false;
    }
    if (options->path && picture->kind != PICTURE_STATES) {
        output_error("--path is for `snarl draw states`");
        return false;
    }
    if (options->slowest && picture->kind != PICTURE_TIMELINE) {
        output_error("--slowest is for `snarl draw timeline`");
        return false;
    }
    if (picture->kind != PICTURE_OUTCOMES && options->given[OPTION_seconds]) {
        output_error("--seconds is for `snarl draw outcomes`");
        return false;
    }
    if (picture->kind == PICTURE_OUTCOMES && options->given[OPTION_schedule]) {
        output_error("the outcomes are those of all schedules; leave out --schedule");
        return false;
    }
    if (picture->kind == PICTURE_LOCKS && options->given[OPTION_schedule]) {
        output_error("the lock order is that of all schedules; --schedule has no use for it");
        return false;
    }
    return true;
}

static SnDrawOptions draw_options(const Options *options, SnFormat format)
{
    static const SnPageSize sizes[] = {
        [SIZE_SLIDE] = SN_SIZE_SLIDE, [SIZE_PAGE] = SN_SIZE_PAGE, [SIZE_WIDE] = SN_SIZE_WIDE};
    return (SnDrawOptions){
        .theme = options->theme == THEME_DARK ? SN_THEME_DARK : SN_THEME_LIGHT,
        .format = format,
        .page = options->given[OPTION_page] ? (uint32_t)(options->page < UINT32_MAX ? options->page : UINT32_MAX) : 0,
        .size = sizes[options->size],
        .language = options->language == LANGUAGE_RU ? SN_LANGUAGE_RUSSIAN : SN_LANGUAGE_ENGLISH,
    };
}

/* Explores, unless a schedule says what to draw. */
static SnStatus find_trace(const Options *options, const Picture *picture, SnResult **result, SnTrace **trace)
{
    static const WorkWishes wishes = {.no_counts = true};
    char *message = NULL;
    SnStatus status;
    if (options->given[OPTION_schedule] && !options->given[OPTION_all]) {
        status = run_policy(picture->scenario, SN_POLICY_SCHEDULE, options->schedule, trace, &message);
        output_message(message);
        return status;
    }
    enum { ENOUGH = 1000000 };
    Options search = *options;
    if (picture->kind == PICTURE_STATES && search.max_states < ENOUGH)
        search.max_states = ENOUGH; /* --max-states limits what is drawn; the way to a finding may be longer */
    bool has_bars = picture->kind == PICTURE_OUTCOMES || options->given[OPTION_all];
    status = work_explore(&search, has_bars ? NULL : &wishes, picture->scenario, result);
    if (*result == NULL)
        return status;
    work_tell_limit(options, *result);
    if (options->given[OPTION_all] || picture->kind == PICTURE_LOCKS || picture->kind == PICTURE_OUTCOMES)
        return SN_OK;
    status = select_trace(options, picture->kind, *result, trace, &message);
    output_message(message);
    return status;
}

/* With --seconds the outcomes have free runs beside them. */
static SnStatus run_threads(const Options *options, const SnResult *result, SnStressResult **stress)
{
    const SnStressOptions run = {.seconds = options->seconds, .seed = 1, .skip_forcing = true};
    char *message = NULL;
    if (!options->given[OPTION_seconds])
        return SN_OK;
    SnStatus status = sn_stress(result, &run, stress, &message);
    output_message(message);
    return *stress != NULL ? SN_OK : status;
}

SnStatus draw_run(const Options *options)
{
    Picture picture = {.max_states = options->max_states, .is_path_only = options->path};
    SnFormat format = SN_FORMAT_SVG;
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    SnTrace *trace = NULL;
    bool is_all = options->given[OPTION_all];
    if (!is_all && !choose_kind(options->operands[1], &picture.kind))
        return SN_INVALID;
    if (!options_fit(options, &picture) ||
        ((!is_all || options->given[OPTION_format]) && !choose_format(options, &format)))
        return SN_INVALID;
    picture.draw = draw_options(options, format);
    SnStatus status = work_load(options, file_of(options), &scenario);
    picture.scenario = scenario;
    if (status == SN_OK)
        status = find_trace(options, &picture, &result, &trace);
    picture.result = result;
    picture.trace = trace;
    SnStressResult *stress = NULL;
    if (status == SN_OK && (picture.kind == PICTURE_OUTCOMES || is_all))
        status = run_threads(options, result, &stress);
    picture.stress = stress;
    if (status == SN_OK)
        status = is_all ? album_write(&picture, options->all) : draw_picture(options, &picture);
    bool is_of_all = picture.kind == PICTURE_LOCKS || picture.kind == PICTURE_OUTCOMES;
    if (status == SN_INVALID && is_of_all && result != NULL && !result->complete)
        status = SN_INCOMPLETE; /* there may be something to draw behind the limit */
    if (status == SN_OK && !options->given[OPTION_outcome] && work_found_nothing_yet(result))
        status = SN_INCOMPLETE;
    sn_stress_result_free(stress);
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
