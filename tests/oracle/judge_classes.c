/* judge_classes.c: the explorer of classes against every interleaving, on files and on random scenarios.
 *
 * Usage   judge_classes [--max-paths N] [--statement] [--spurious] FILE...
 *         judge_classes [...] --generate GENERATE PROFILE FIRST LAST
 * Exit status 1 when they differ; the scenario is told. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/scenario.h"
#include "classes_judge.h"

static uint64_t compared, too_big, classes_seen;

static bool judge_scenario(SnScenario *scenario, uint64_t max_paths, const char *name)
{
    Machine *machine = NULL;
    const MachineOptions options = {0};
    char text[256];
    uint64_t classes = 0;
    if (machine_new(scenario->program, &options, &machine) != STATUS_OK)
        return false;
    bool agree = judge_compare(machine, max_paths, text, sizeof text, &classes);
    if (!agree)
        printf("%s: %s\n", name, text);
    if (classes > 0)
        compared++;
    else
        too_big++;
    classes_seen += classes;
    machine_free(machine);
    return agree;
}

static bool judge_text(const char *name, const char *source, size_t length, const SnLoadOptions *options,
                       uint64_t max_paths)
{
    SnScenario *scenario = NULL;
    char *message = NULL;
    SnStatus status = source == NULL ? sn_load_file(name, options, &scenario, &message)
                                     : sn_load(name, source, length, options, &scenario, &message);
    bool agree = status != SN_OK || judge_scenario(scenario, max_paths, name);
    sn_string_free(message);
    sn_scenario_free(scenario);
    return agree;
}

static bool judge_random(char **arguments, const SnLoadOptions *options, uint64_t max_paths)
{
    static char source[1 << 16];
    bool agree = true;
    for (long seed = atol(arguments[2]); seed <= atol(arguments[3]); seed++) {
        char command[512], name[64];
        snprintf(command, sizeof command, "'%s' --seed %ld --profile %s --size small", arguments[0], seed,
                 arguments[1]);
        snprintf(name, sizeof name, "%s-%ld", arguments[1], seed);
        FILE *pipe = popen(command, "r");
        if (pipe == NULL)
            return false;
        size_t length = fread(source, 1, sizeof source, pipe);
        if (pclose(pipe) != 0)
            return false;
        agree &= judge_text(name, source, length, options, max_paths);
    }
    return agree;
}

int main(int argc, char **argv)
{
    SnLoadOptions options = {0};
    uint64_t max_paths = 20000;
    bool agree = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--max-paths") == 0 && i + 1 < argc)
            max_paths = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--statement") == 0)
            options.statement_granularity = true;
        else if (strcmp(argv[i], "--spurious") == 0)
            options.spurious = true;
        else if (strcmp(argv[i], "--generate") == 0 && i + 4 < argc) {
            agree &= judge_random(argv + i + 1, &options, max_paths);
            i += 4;
        } else
            agree &= judge_text(argv[i], NULL, 0, &options, max_paths);
    }
    printf("%llu compared, %llu too big, %llu classes\n", (unsigned long long)compared, (unsigned long long)too_big,
           (unsigned long long)classes_seen);
    return agree ? 0 : 1;
}
