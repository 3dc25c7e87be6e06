#include "explore/fraction.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"

enum { LEAST_EXPONENT = DBL_MIN_EXP - DBL_MANT_DIG }; /* the least subnormal is 2^-1074 */

/* The quotient is cut at the last bit that the double will have, a subnormal has fewer, and rounded there once: no
 * double rounding. */
double fraction_round(const mpz_t numerator, const mpz_t denominator)
{
    if (mpz_sgn(numerator) == 0)
        return 0;
    mpz_t quotient, rest;
    mpz_inits(quotient, rest, NULL);
    long exponent = (long)mpz_sizeinbase(numerator, 2) -
                    (long)mpz_sizeinbase(denominator, 2); /* the leading bit has this exponent or one less */
    if (exponent >= 0) {
        mpz_mul_2exp(quotient, denominator, (mp_bitcnt_t)exponent);
        exponent -= mpz_cmp(numerator, quotient) < 0;
    } else {
        mpz_mul_2exp(quotient, numerator, (mp_bitcnt_t)-exponent);
        exponent -= mpz_cmp(quotient, denominator) < 0;
    }
    long unit = exponent - (DBL_MANT_DIG - 1);
    if (unit < LEAST_EXPONENT)
        unit = LEAST_EXPONENT;
    if (unit < 0) {
        mpz_mul_2exp(rest, numerator, (mp_bitcnt_t)-unit);
        mpz_fdiv_qr(quotient, rest, rest, denominator);
        mpz_mul_2exp(rest, rest, 1);
        int half = mpz_cmp(rest, denominator);
        if (half > 0 || (half == 0 && mpz_odd_p(quotient)))
            mpz_add_ui(quotient, quotient, 1);
    } else {
        mpz_t divisor;
        mpz_init(divisor);
        mpz_mul_2exp(divisor, denominator, (mp_bitcnt_t)unit);
        mpz_fdiv_qr(quotient, rest, numerator, divisor);
        mpz_mul_2exp(rest, rest, 1);
        int half = mpz_cmp(rest, divisor);
        if (half > 0 || (half == 0 && mpz_odd_p(quotient)))
            mpz_add_ui(quotient, quotient, 1);
        mpz_clear(divisor);
    }
    double result = unit > DBL_MAX_EXP ? HUGE_VAL : ldexp(mpz_get_d(quotient), (int)unit);
    mpz_clears(quotient, rest, NULL);
    return result;
}

char *integer_text(const mpz_t number)
{
    char *text = mem_alloc(mpz_sizeinbase(number, 10) + 2, 1);
    if (text)
        mpz_get_str(text, 10, number);
    return text;
}

char *fraction_text(const mpz_t numerator, const mpz_t denominator)
{
    if (mpz_cmp_ui(denominator, 1) == 0)
        return integer_text(numerator);
    char *text = mem_alloc(mpz_sizeinbase(numerator, 10) + mpz_sizeinbase(denominator, 10) + 4, 1);
    if (!text)
        return NULL;
    mpz_get_str(text, 10, numerator);
    size_t length = strlen(text);
    text[length] = '/';
    mpz_get_str(text + length + 1, 10, denominator);
    return text;
}

bool fraction_is_short(const mpz_t denominator)
{
    bool answer = mpz_sizeinbase(denominator, 10) <= FRACTION_DIGITS; /* may be one too many */
    if (!answer && mpz_sizeinbase(denominator, 10) == FRACTION_DIGITS + 1) {
        mpz_t limit;
        mpz_init(limit);
        mpz_ui_pow_ui(limit, 10, FRACTION_DIGITS);
        answer = mpz_cmp(denominator, limit) < 0;
        mpz_clear(limit);
    }
    return answer;
}

void fraction_reduce(mpz_t numerator, mpz_t denominator)
{
    mpz_t common;
    mpz_init(common);
    mpz_gcd(common, numerator, denominator);
    mpz_divexact(numerator, numerator, common);
    mpz_divexact(denominator, denominator, common);
    mpz_clear(common);
}

/* Euclid's algorithm on (modulus, residue): each row holds remainder = factor * residue (mod modulus); the first
 * remainder within the bound is the numerator. */
bool fraction_guess(const mpz_t residue, const mpz_t modulus, mpz_t numerator, mpz_t denominator)
{
    mpz_t bound, row, factor, quotient;
    mpz_inits(bound, row, factor, quotient, NULL);
    mpz_fdiv_q_2exp(bound, modulus, 1);
    mpz_sqrt(bound, bound);
    mpz_set(row, modulus);
    mpz_set_ui(factor, 0);
    mpz_set(numerator, residue);
    mpz_set_ui(denominator, 1);
    while (mpz_cmp(numerator, bound) > 0) {
        mpz_fdiv_qr(quotient, row, row, numerator);
        mpz_swap(row, numerator);
        mpz_submul(factor, quotient, denominator);
        mpz_swap(factor, denominator);
    }
    if (mpz_sgn(denominator) < 0) {
        mpz_neg(numerator, numerator);
        mpz_neg(denominator, denominator);
    }
    mpz_gcd(quotient, numerator, denominator);
    bool answer = mpz_sgn(numerator) >= 0 && mpz_cmp(denominator, bound) <= 0 && mpz_cmp_ui(quotient, 1) == 0;
    mpz_clears(bound, row, factor, quotient, NULL);
    return answer;
}
