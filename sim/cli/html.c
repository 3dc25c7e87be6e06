/* snarl html FILE: one self-contained page to step through. */
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

#ifdef SNARL_HAS_VIZ

#include "snarl/viz.h"

/* States of a state space that is embedded, so that each step can be chosen; more make a heavy page. */
enum { USUAL_MAP = 500, LARGEST_MAP = 5000 };

static bool wish_is_possible(const Options *options, const SnResult *result)
{
    if (!options->given[OPTION_finding] || options->finding <= result->finding_count)
        return true;
    output_error("there is no finding %llu; %s has %u", (unsigned long long)options->finding, options->operands[1],
                 result->finding_count);
    return false;
}

/* With --seconds: real threads, that many seconds. What they did stands beside the outcomes; the page is no judge. */
static SnStatus run_threads(const Options *options, const SnResult *result, SnStressResult **stress)
{
    char *message = NULL;
    *stress = NULL;
    if (!options->given[OPTION_seconds])
        return SN_OK;
    const SnStressOptions run = {.seconds = options->seconds, .seed = 1, .skip_forcing = true};
    SnStatus status = sn_stress(result, &run, stress, &message);
    output_message(message);
    return *stress != NULL ? SN_OK : status;
}

static SnStatus make_page(const Options *options, const SnResult *result, const SnStressResult *stress)
{
    char *bytes = NULL, *message = NULL;
    size_t length = 0;
    if (!wish_is_possible(options, result))
        return SN_INVALID;
    const SnPageOptions page = {
        .has_theme = options->given[OPTION_theme],
        .theme = options->theme == THEME_DARK ? SN_THEME_DARK : SN_THEME_LIGHT,
        .language = options->language == LANGUAGE_RU ? SN_LANGUAGE_RUSSIAN : SN_LANGUAGE_ENGLISH,
        .finding = options->given[OPTION_finding] ? (uint32_t)(options->finding - 1) : work_most_telling(result),
        .stress = stress,
    };
    SnStatus status = sn_page(result, &page, &bytes, &length, &message);
    output_message(message);
    if (status == SN_OK)
        status = output_file(options->output, bytes, length);
    sn_string_free(bytes);
    return status;
}

SnStatus html_run(const Options *options)
{
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    WorkWishes wishes = {.map_states = USUAL_MAP};
    if (options->given[OPTION_max_states])
        wishes.map_states = options->max_states < LARGEST_MAP ? options->max_states : LARGEST_MAP;
    SnStatus status = work_load(options, options->operands[1], &scenario);
    if (status == SN_OK)
        status = work_explore(options, &wishes, scenario, &result);
    SnStressResult *stress = NULL;
    work_tell_limit(options, result);
    if (result != NULL && (status = run_threads(options, result, &stress)) == SN_OK)
        status = make_page(options, result, stress);
    if (status == SN_OK && work_found_nothing_yet(result))
        status = SN_INCOMPLETE;
    sn_stress_result_free(stress);
    sn_result_free(result);
    sn_scenario_free(scenario);
    return status;
}

#else

SnStatus html_run(const Options *options)
{
    (void)options;
    output_error("this snarl was built without Graphviz and makes no pages");
    return SN_SYSTEM;
}

#endif
