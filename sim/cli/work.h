/* work.h: what several commands do: load a scenario, explore it with a progress line, be interrupted. */
#ifndef CLI_WORK_H
#define CLI_WORK_H

#include "cli/options.h"

/* Loads `path`, or standard input for "-". Errors and, unless -q, warnings go to standard error. */
SnStatus work_load(const Options *options, const char *path, SnScenario **scenario);

/* All of standard input; free. NULL with a message when it cannot be read. */
char *work_read_input(size_t *length);

typedef struct WorkWishes {
    uint64_t map_states; /* keep the state space for sn_map up to so many states */
    bool no_counts; /* neither interleavings nor probabilities are needed */
} WorkWishes;
/* Explores as the options say. On a terminal it keeps a progress line on standard error. The first Ctrl-C ends the
 * exploration with what was found so far, the second one the program. */
SnStatus work_explore(const Options *options, const WorkWishes *wishes, const SnScenario *scenario, SnResult **result);
/* Once the result is printed: a checkpoint that is of no more use goes, and one that could not be written is told.
 * `status`, or a worse one. */
SnStatus work_told(const Options *options, const SnResult *result, SnStatus status);
/* For commands whose own output does not say it: a note on standard error when a limit ended the exploration, unless -q. */
void work_tell_limit(const Options *options, const SnResult *result);
/* From now on the first Ctrl-C only sets work_interrupted. */
void work_listen(void);
/* True when Ctrl-C or SIGTERM came: go on with no further file. */
bool work_interrupted(void);

/* A limit ended the exploration before any finding: what is shown of it is not what was asked for, whole though it looks. False for NULL. */
bool work_found_nothing_yet(const SnResult *result);
/* The finding that tells most: the first that is more than a data race or a lock order; SN_NONE without findings. */
uint32_t work_most_telling(const SnResult *result);

#endif
