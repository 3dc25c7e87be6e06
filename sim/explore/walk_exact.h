/* walk_exact.h: exact probabilities of a random walk over a graph whose components are small.
 *
 * Method  the linear systems of the components are solved modulo one prime after the other by elimination. The
 *         fractions are guessed from the residues (fraction_guess) until a guess holds modulo one prime more. A wrong
 *         one would have to agree by chance, about once in 2^60.
 * Units   1 word a state, 8 a slot.
 * Errors  STATUS_NO_MEMORY, STATUS_INTERRUPTED. */
#ifndef EXPLORE_WALK_EXACT_H
#define EXPLORE_WALK_EXACT_H

#include "explore/walk.h"

/* Whether the components are small enough. */
bool walk_exact_is_cheap(const Walk *walk);
/* Sets the results it finds; a fraction with a long denominator is left without its text. */
Status walk_exact(const Walk *walk, WalkResult *results);

#endif
