/* learn.h: short walks ahead of a search, which teach the machine how wide its fields have to be.
 *
 * Shape   the first two walks take the threads in order, the others are random with fixed seeds: every run learns the same.
 * Owner   `expansion` is the caller's, and scratch here.
 * Errors  STATUS_NO_MEMORY; a value that does not fit later widens its field (STATUS_RELAYOUT of the search), so nothing is lost. */
#ifndef EXPLORE_LEARN_H
#define EXPLORE_LEARN_H

#include "machine/machine.h"

/* The ranges of all fields. */
Status learn_layout(Machine *machine, Expansion *expansion);
/* The same, for a layout in which each field has the bits for what it was seen to have (machine_narrow). */
Status learn_narrow_layout(Machine *machine, Expansion *expansion);

#endif
