/* count_races FILE...: how many interleavings of each scenario lose an update. Shows how a program uses libsnarl.
 *
 * Build:  cc -std=c17 count_races.c $(pkg-config --cflags --libs snarl) -o count_races */
#include <snarl/snarl.h>
#include <stdio.h>
#include <string.h>

/* The exact number of interleavings with a lost update, of all; 0 on success. */
static int count(const char *path)
{
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    char *message = NULL;
    if (sn_load_file(path, NULL, &scenario, &message) == SN_OK)
        sn_explore(scenario, NULL, &result, &message);
    if (message != NULL) /* errors with their places, or warnings */
        fputs(message, stderr);
    sn_string_free(message);
    for (uint32_t f = 0; result != NULL && f < result->finding_count; f++) {
        const SnFinding *finding = &result->findings[f];
        if (strcmp(finding->kind, "lost-update") == 0)
            printf("%s: %s of %s interleavings lose an update of %s, as in: %s\n", path, finding->interleavings,
                   result->interleavings, finding->objects[0], finding->schedule);
    }
    int failed = result == NULL;
    sn_result_free(result);
    sn_scenario_free(scenario);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= count(argv[i]);
    return failed;
}
