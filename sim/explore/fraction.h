/* fraction.h: exact fractions and integers, as doubles and as text.
 *
 * Owner   texts are mem_free'd by the caller; an mpz_t must be initialised.
 * Errors  a NULL text: no memory.
 * Source  reconstruction from a residue: P. S. Wang, "A p-adic algorithm for univariate partial fractions", SYMSAC
 *         1981. */
#ifndef EXPLORE_FRACTION_H
#define EXPLORE_FRACTION_H

#include <gmp.h>
#include <stdbool.h>

enum { FRACTION_DIGITS = 60 }; /* longer denominators are not written out: nobody reads them */

/* The nearest double, ties to even, for 0 <= numerator and 0 < denominator; small ones become subnormal or 0. */
double fraction_round(const mpz_t numerator, const mpz_t denominator);
/* "19/120", "1", "0", of a reduced fraction. */
char *fraction_text(const mpz_t numerator, const mpz_t denominator);
/* Whether the denominator has at most FRACTION_DIGITS digits. */
bool fraction_is_short(const mpz_t denominator);
void fraction_reduce(mpz_t numerator, mpz_t denominator);
char *integer_text(const mpz_t number);
/* The reduced fraction, not negative, that is `residue` modulo `modulus` and whose numerator and denominator are at
 * most sqrt(modulus / 2); false when there is none. */
bool fraction_guess(const mpz_t residue, const mpz_t modulus, mpz_t numerator, mpz_t denominator);

#endif
