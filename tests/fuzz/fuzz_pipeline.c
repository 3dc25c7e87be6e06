/* A scenario through everything: explored within small limits, reported, each finding and outcome replayed, its state space walked, exported. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "snarl/snarl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STATES = 300, REPLAYED = 3, BYTES = 4000 };

static void tell(const SnResult *result)
{
    const SnTextStyle style = {.verbose = true};
    sn_string_free(sn_report_result(result, &style));
    sn_string_free(sn_report_outcomes(result, &style));
    sn_string_free(sn_report_result_json(result));
    for (uint32_t f = 0; f < result->finding_count && f < REPLAYED; f++) {
        SnTrace *trace = NULL;
        char *message = NULL;
        if (sn_trace_finding(result, f, &trace, &message) != SN_OK)
            abort(); /* each finding can be shown */
        sn_string_free(sn_report_trace(trace, &style));
        sn_string_free(sn_report_trace_json(trace));
        sn_string_free(message);
        sn_trace_free(trace);
    }
}

static void walk(const SnResult *result)
{
    SnMap *map = NULL;
    char *message = NULL;
    if (sn_map(result, &map, &message) == SN_OK)
        for (uint32_t s = 0; s < map->state_count && s < 20; s++)
            if (sn_map_place(map, s) == NULL)
                abort();
    sn_string_free(message);
    sn_map_free(map);
}

static void export(const SnScenario *scenario, const SnResult *result)
{
    const SnExportOptions wishes[] = {
        {.language = SN_EXPORT_C, .result = result},
        {.language = SN_EXPORT_C, .result = result, .schedule = result->finding_count > 0 ? result->findings[0].schedule : ""},
        {.language = SN_EXPORT_PROMELA},
    };
    for (size_t w = 0; w < sizeof wishes / sizeof *wishes; w++) {
        char *text = NULL, *message = NULL;
        SnStatus status = sn_export(scenario, &wishes[w], &text, &message);
        if (status == SN_OK ? text == NULL : message == NULL)
            abort();
        sn_string_free(text);
        sn_string_free(message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    char *message = NULL;
    if (size > BYTES)
        return -1;
    const SnLoadOptions load = {.statement_granularity = size % 3 == 0, .spurious = size % 5 == 0};
    SnStatus status = sn_load("fuzz.snarl", (const char *)data, size, &load, &scenario, &message);
    sn_string_free(message);
    message = NULL;
    if (status == SN_OK) {
        const SnExploreOptions options = {.max_states = STATES, .max_seconds = 2, .max_memory = 64 << 20, .map_states = STATES,
                                          .reduce = size % 7 == 0 ? SN_REDUCE_CLASSES : SN_REDUCE_AUTO};
        status = sn_explore(scenario, &options, &result, &message);
        if (result == NULL && message == NULL)
            abort();
        sn_string_free(message);
    }
    if (result != NULL) {
        tell(result);
        walk(result);
        export(scenario, result);
    }
    sn_result_free(result);
    sn_scenario_free(scenario);
    return 0;
}
