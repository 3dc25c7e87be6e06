/* classes_bench.c: the exploration of classes alone: nobody looks at the runs.
 *
 * Usage   classes_bench [--seconds S] [-D NAME=VALUE]... FILE
 *           --seconds   go on exploring again until that much processor time has passed, three times at least; default 0.5
 * Prints one JSON object. Processor time, without loading: `seconds` of a whole exploration, `start_seconds` of one that ends
 * with its first run; the least of all times, since other work on the machine only adds to it. `steps` are those of all runs, what a run shares with the one before counted once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/scenario.h"
#include "explore/classes.h"

enum { MAX_DEFINES = 32, LEAST = 3 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static Status run(const SnScenario *scenario, uint64_t max_runs, double *cpu, ClassesResult *result)
{
    const MachineOptions machine_options = {.skip_lost_updates = true};
    const ClassesOptions options = {.max_runs = max_runs};
    Machine *machine = NULL;
    double begin = seconds();
    Status status = machine_new(scenario->program, &machine_options, &machine);
    if (status == STATUS_OK)
        status = classes_run(machine, &options, result);
    *cpu = seconds() - begin;
    machine_free(machine);
    return status;
}

/* Least of the times of some explorations, all alike. */
static Status measure(const SnScenario *scenario, uint64_t max_runs, double budget, double *cpu, ClassesResult *result)
{
    double sum = 0;
    for (int count = 0; count < LEAST || sum < budget; count++) {
        double spent;
        Status status = run(scenario, max_runs, &spent, result);
        if (status != STATUS_OK)
            return status;
        if (count == 0 || spent < *cpu)
            *cpu = spent;
        sum += spent;
    }
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    SnDefine defines[MAX_DEFINES];
    SnLoadOptions load = {.defines = defines};
    const char *path = NULL;
    double budget = 0.5;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc) {
            budget = strtod(argv[++i], NULL);
        } else if (strcmp(argv[i], "-D") == 0 && i + 1 < argc && load.define_count < MAX_DEFINES) {
            char *equals = strchr(argv[++i], '=');
            if (equals == NULL)
                return 2;
            *equals = '\0';
            defines[load.define_count++] = (SnDefine){argv[i], strtoll(equals + 1, NULL, 10)};
        } else {
            path = argv[i];
        }
    }
    SnScenario *scenario = NULL;
    char *message = NULL;
    if (path == NULL || sn_load_file(path, &load, &scenario, &message) != SN_OK) {
        fprintf(stderr, "classes_bench: %s\n", message == NULL ? "no file" : message);
        sn_string_free(message);
        return 2;
    }
    ClassesResult first = {0}, all = {0};
    double start = 0, cpu = 0;
    Status status = measure(scenario, 1, budget / 5, &start, &first);
    if (status == STATUS_OK)
        status = measure(scenario, 0, budget, &cpu, &all);
    sn_scenario_free(scenario);
    if (status != STATUS_OK || !all.is_complete) {
        fprintf(stderr, "classes_bench: %s: no number of classes\n", path);
        return 1;
    }
    printf("{ \"scenario\": \"%s\", \"classes\": %llu, \"steps\": %llu, \"max_depth\": %u, \"start_seconds\": %.6f, "
           "\"seconds\": %.6f }\n",
           path, (unsigned long long)all.classes, (unsigned long long)all.steps, all.max_depth, start, cpu);
    return 0;
}
