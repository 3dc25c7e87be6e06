/* snarl export LANGUAGE FILE: the scenario as a program in another language. */
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

/* False, with a message, for a language that there is none of. */
static bool choose_language(const char *word, SnExportLanguage *language)
{
    static const struct {
        const char *word;
        SnExportLanguage language;
    } languages[] = {{"c", SN_EXPORT_C}, {"promela", SN_EXPORT_PROMELA}};
    for (size_t l = 0; l < sizeof languages / sizeof *languages; l++)
        if (strcmp(word, languages[l].word) == 0) {
            *language = languages[l].language;
            return true;
        }
    output_error("cannot export to `%s`; there are `c` and `promela`: snarl export c FILE", word);
    return false;
}

SnStatus export_run(const Options *options)
{
    static const WorkWishes wishes = {.no_counts = true};
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    char *text = NULL, *message = NULL;
    SnExportOptions export = {.schedule = options->schedule};
    if (!choose_language(options->operands[1], &export.language))
        return SN_INVALID;
    SnStatus status = work_load(options, options->operands[2], &scenario);
    if (status != SN_OK)
        goto done;
    if (export.language == SN_EXPORT_PROMELA && options->schedule != NULL) {
        output_error("a model has all interleavings: --schedule is for `snarl export c`");
        status = SN_INVALID;
        goto done;
    }
    if (export.language == SN_EXPORT_C) {
        enum { ENOUGH_STATES = 20000 }; /* for a comment; --max-states says otherwise */
        Options bounded = *options;
        if (!options->given[OPTION_max_states])
            bounded.max_states = ENOUGH_STATES;
        status = work_explore(&bounded, &wishes, scenario, &result);
        if (result == NULL)
            goto done;
        if (options->given[OPTION_max_states] || result->states < ENOUGH_STATES) /* our own limit is one for the comment only */
            work_tell_limit(options, result);
    }
    export.result = result;
    status = sn_export(scenario, &export, &text, &message);
    output_diagnostics(message);
    if (status == SN_OK)
        status = output_file(options->output, text, strlen(text));
done:
    sn_string_free(text);
    sn_result_free(result);
    sn_scenario_free(scenario);
    return status;
}
