/* reduced_bench.c: the reduced search alone: no detectors, no schedules; the counterpart of `pan` with its reduction on.
 *
 * Usage   reduced_bench [--reduce LETTERS] [--monitors] [-D NAME=VALUE]... FILE
 *           --reduce    of p (persistent), s (sleep), m (merge), y (symmetry); default: all
 *           --monitors  keep the lost-update bits in the states
 * Prints one JSON object. Processor time, without loading. `states` are kept, `passed` merged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/scenario.h"
#include "explore/reduced.h"

enum { MAX_DEFINES = 32 };

typedef struct Ends {
    uint64_t deadlocks, others;
} Ends;

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static Status visit(void *context, const MonitorEvent *event, bool *is_news)
{
    Ends *ends = context;
    *is_news = false;
    if (event->expansion->count == 0 && !event->is_start_report) {
        bool is_deadlock = machine_end(event->machine, event->state) == STATE_DEADLOCK;
        ends->deadlocks += is_deadlock;
        ends->others += !is_deadlock;
    }
    return STATUS_OK;
}

static void restart(void *context)
{
    *(Ends *)context = (Ends){0};
}

static uint32_t reductions_of(const char *letters)
{
    uint32_t set = 0;
    set |= strchr(letters, 'p') != NULL ? (uint32_t)REDUCE_PERSISTENT : 0;
    set |= strchr(letters, 's') != NULL ? (uint32_t)REDUCE_SLEEP : 0;
    set |= strchr(letters, 'm') != NULL ? (uint32_t)REDUCE_MERGE : 0;
    set |= strchr(letters, 'y') != NULL ? (uint32_t)REDUCE_SYMMETRY : 0;
    return set;
}

static int search(const SnScenario *scenario, const char *path, uint32_t reductions, bool monitors)
{
    const MachineOptions machine_options = {.skip_lost_updates = !monitors};
    Machine *machine = NULL;
    Ends ends = {0};
    const ReducedVisitor visitor = {.context = &ends, .state = visit, .restart = restart};
    const SearchOptions options = {0};
    ReducedResult result = {0};
    double begin = seconds();
    Status status = machine_new(scenario->program, &machine_options, &machine);
    if (status == STATUS_OK)
        status = reduced_search(machine, &options, reductions, &visitor, &result);
    double cpu = seconds() - begin;
    machine_free(machine);
    if (status != STATUS_OK || result.is_cyclic || result.is_unfit) {
        fprintf(stderr, "reduced_bench: %s: not to be reduced\n", path);
        return 1;
    }
    printf("{ \"scenario\": \"%s\", \"states\": %llu, \"passed\": %llu, \"steps\": %llu, \"deadlocks\": %llu, "
           "\"ends\": %llu, \"cpu_seconds\": %.5f }\n",
           path, (unsigned long long)result.states, (unsigned long long)result.passed,
           (unsigned long long)result.steps, (unsigned long long)ends.deadlocks, (unsigned long long)ends.others, cpu);
    return 0;
}

int main(int argc, char **argv)
{
    SnDefine defines[MAX_DEFINES];
    SnLoadOptions load = {.defines = defines};
    const char *path = NULL, *letters = "psmy";
    bool monitors = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--reduce") == 0 && i + 1 < argc) {
            letters = argv[++i];
        } else if (strcmp(argv[i], "--monitors") == 0) {
            monitors = true;
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
        fprintf(stderr, "reduced_bench: %s\n", message == NULL ? "no file" : message);
        return 2;
    }
    int answer = search(scenario, path, reductions_of(letters), monitors);
    sn_string_free(message);
    sn_scenario_free(scenario);
    return answer;
}
