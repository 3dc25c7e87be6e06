/* Any bytes as a scenario: loaded, and formatted. Formatting must keep what loads, and be stable. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "snarl/snarl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SnScenario *scenario = NULL, *again = NULL;
    char *message = NULL, *formatted = NULL, *twice = NULL;
    SnStatus loaded = sn_load("fuzz.snarl", (const char *)data, size, NULL, &scenario, &message);
    if (loaded == SN_OK && scenario == NULL)
        abort();
    if (loaded == SN_INVALID && (message == NULL || strstr(message, "error: ") == NULL))
        abort();
    sn_string_free(message);
    if (sn_format("fuzz.snarl", (const char *)data, size, &formatted, &message) == SN_OK && memchr(data, 0, size) == NULL) {
        sn_string_free(message);
        if ((sn_load("fuzz.snarl", formatted, strlen(formatted), NULL, &again, &message) == SN_OK) != (loaded == SN_OK))
            abort();
        sn_string_free(message);
        if (sn_format("fuzz.snarl", formatted, strlen(formatted), &twice, &message) != SN_OK || strcmp(formatted, twice) != 0)
            abort();
    }
    sn_string_free(message);
    sn_string_free(formatted);
    sn_string_free(twice);
    sn_scenario_free(again);
    sn_scenario_free(scenario);
    return 0;
}
