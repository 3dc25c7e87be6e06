/* Any bytes as a schedule of a scenario with one of everything that a schedule can name. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "snarl/snarl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
    "shared x = 0\nqueue q[1] lossy\nfn f(n) { x += n }\n"
    "thread A { spawn f(1)\n put q, 1\n x = choose(1, 2, 3) }\n"
    "thread w[3] { x += 1\n print x }\ndaemon thread d { loop { get q } }\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static SnScenario *scenario;
    char *message = NULL;
    if (scenario == NULL && sn_load("fuzz.snarl", text, sizeof text - 1, NULL, &scenario, &message) != SN_OK)
        abort();
    sn_string_free(message);
    char *schedule = malloc(size + 1);
    if (schedule == NULL)
        return 0;
    memcpy(schedule, data, size);
    schedule[size] = '\0';
    const SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedule, .max_steps = 1000};
    SnTrace *trace = NULL;
    SnStatus status = sn_run(scenario, &options, &trace, &message);
    if ((status == SN_INVALID && (message == NULL || trace != NULL)) || status == SN_SYSTEM)
        abort();
    if (trace != NULL && strlen(trace->schedule) > 0) { /* what is printed is accepted back */
        const SnRunOptions printed = {.policy = SN_POLICY_SCHEDULE, .schedule = trace->schedule};
        SnTrace *second = NULL;
        char *refused = NULL;
        if (sn_run(scenario, &printed, &second, &refused) != SN_OK || strcmp(second->schedule, trace->schedule) != 0)
            abort();
        sn_string_free(refused);
        sn_trace_free(second);
    }
    sn_string_free(message);
    sn_trace_free(trace);
    free(schedule);
    return 0;
}
