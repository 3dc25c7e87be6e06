/* outcome_set.h: the distinct outcomes of the ends met so far.
 *
 * Terms   an outcome's key: its values, a number for the output, how it ended, whether `finally` held. Within one
 *         machine.
 * Owner   outcome_set_free. */
#ifndef API_OUTCOME_SET_H
#define API_OUTCOME_SET_H

#include "machine/machine.h"

typedef struct OutcomeSet {
    int64_t *keys; /* width each */
    uint32_t *slots; /* key + 1; 0 free */
    uint32_t width, count, room, slot_count;
} OutcomeSet;

void outcome_set_free(OutcomeSet *set); /* leaves it empty */
/* Adds the outcome of a state without steps. */
Status outcome_set_add(OutcomeSet *set, const Machine *machine, const Word *state, bool *is_new);

#endif
