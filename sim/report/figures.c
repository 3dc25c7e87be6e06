#include "report/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_DIGITS = 24,      /* beyond it a count is rounded */
    MOST_EXACT_DIGITS = 19 /* what fits 64 bits */
};

static bool is_decimal(const char *text)
{
    return text != NULL && text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

bool figures_is_one(const char *decimal)
{
    return decimal != NULL && strcmp(decimal, "1") == 0;
}

bool figures_is_infinite(const char *decimal)
{
    return decimal != NULL && strcmp(decimal, "infinite") == 0;
}

void figures_count(Text *out, const char *decimal)
{
    if (!is_decimal(decimal)) {
        text_add(out, decimal == NULL ? "?" : decimal);
        return;
    }
    size_t digits = strlen(decimal);
    if (digits > MOST_DIGITS) {
        text_format(out, "about %c.%c%ce%zu", decimal[0], decimal[1], decimal[2], digits - 1);
        return;
    }
    for (size_t at = 0; at < digits; at++) {
        if (at > 0 && (digits - at) % 3 == 0)
            text_add_char(out, ',');
        text_add_char(out, decimal[at]);
    }
}

void figures_number(Text *out, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    figures_count(out, digits);
}

void figures_plural(Text *out, uint64_t number, const char *word)
{
    figures_number(out, number);
    text_add_char(out, ' ');
    text_add(out, word);
    if (number != 1)
        text_add_char(out, 's');
}

/* printf of a double with a point, whatever the locale of the program that uses the library. */
static void add_double(Text *out, const char *format, double value)
{
    char digits[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(digits, sizeof digits, format, value);
#pragma GCC diagnostic pop
    for (char *at = digits; *at != '\0'; at++)
        if (*at == ',')
            *at = '.';
    text_add(out, digits);
}

/* "1.8e-06" -> "1.8e-6" */
static void add_scientific(Text *out, double value)
{
    int exponent = (int)floor(log10(value));
    double mantissa = value / pow(10, exponent);
    if (mantissa >= 9.95) {
        mantissa /= 10;
        exponent++;
    }
    add_double(out, "%.1f", mantissa);
    text_format(out, "e%d", exponent);
}

void figures_decimal(Text *out, double value)
{
    if (isnan(value))
        return;
    if (value <= 0)
        text_add(out, "0");
    else if (value >= 1)
        text_add(out, "1");
    else if (value >= 0.9995)
        text_add(out, "> 0.999");
    else if (value >= 0.001)
        add_double(out, "%.3f", value);
    else
        add_scientific(out, value);
}

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* part / whole of decimals too long for 64 bits, from their leading digits. */
static double share_of_long(const char *part, const char *whole)
{
    char lead_part[MOST_EXACT_DIGITS + 1], lead_whole[MOST_EXACT_DIGITS + 1];
    snprintf(lead_part, sizeof lead_part, "%s", part);
    snprintf(lead_whole, sizeof lead_whole, "%s", whole);
    double mantissa = (double)strtoull(lead_part, NULL, 10) / (double)strtoull(lead_whole, NULL, 10);
    int part_cut = (int)(strlen(part) - strlen(lead_part)), whole_cut = (int)(strlen(whole) - strlen(lead_whole));
    return mantissa * pow(10, part_cut - whole_cut);
}

bool figures_share(Text *out, const char *part, const char *whole)
{
    enum { GREATEST_DENOMINATOR = 9999 };
    if (!is_decimal(part) || !is_decimal(whole) || strcmp(whole, "0") == 0)
        return false;
    if (strlen(part) > MOST_EXACT_DIGITS || strlen(whole) > MOST_EXACT_DIGITS) {
        figures_decimal(out, share_of_long(part, whole));
        return true;
    }
    uint64_t above = strtoull(part, NULL, 10), below = strtoull(whole, NULL, 10);
    uint64_t divisor = greatest_common_divisor(above, below);
    if (below / divisor > GREATEST_DENOMINATOR)
        figures_decimal(out, (double)above / (double)below);
    else if (below == divisor)
        text_format(out, "%llu", (unsigned long long)(above / divisor));
    else
        text_format(out, "%llu/%llu", (unsigned long long)(above / divisor), (unsigned long long)(below / divisor));
    return true;
}

void figures_probability(Text *out, const char *exact, double value)
{
    enum { LONGEST_EXACT = 15, LONGEST_PLAIN = 3 };
    if (exact == NULL || strlen(exact) > LONGEST_EXACT) {
        figures_decimal(out, value);
        return;
    }
    text_add(out, exact);
    if (strlen(exact) > LONGEST_PLAIN && !isnan(value)) {
        text_add(out, " = ");
        figures_decimal(out, value);
    }
}

void figures_seconds(Text *out, double seconds)
{
    if (seconds < 0.0005)
        text_add(out, "0.000 s");
    else if (seconds < 10)
        add_double(out, "%.3f s", seconds);
    else if (seconds < 120)
        add_double(out, "%.1f s", seconds);
    else
        text_format(out, "%.0f min %02d s", floor(seconds / 60), (int)fmod(seconds, 60));
}

void figures_bytes(Text *out, size_t bytes)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB"};
    double size = (double)bytes;
    size_t unit = 0;
    while (size >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        size /= 1000;
        unit++;
    }
    add_double(out, unit == 0 || size >= 99.95 ? "%.0f " : "%.1f ", size);
    text_add(out, units[unit]);
}

void figures_schedule(Text *out, const char *schedule)
{
    enum { SHORT = 60 }; /* columns up to which every step stands by itself */
    if (text_columns(schedule, strlen(schedule)) <= SHORT) {
        text_add(out, schedule);
        return;
    }
    for (const char *at = schedule; *at != '\0';) {
        size_t length = strcspn(at, " "), repeats = 1;
        const char *next = at + length;
        bool plain = memchr(at, ':', length) == NULL && memchr(at, '*', length) == NULL;
        while (plain && next[0] == ' ' && strncmp(next + 1, at, length) == 0 &&
               (next[1 + length] == ' ' || next[1 + length] == '\0')) {
            next += 1 + length;
            repeats++;
        }
        if (at != schedule)
            text_add_char(out, ' ');
        text_add_bytes(out, at, length);
        if (repeats > 1)
            text_format(out, "*%zu", repeats);
        at = next + strspn(next, " ");
    }
}

void figures_json_number(Text *out, double value)
{
    if (!isfinite(value)) {
        text_add(out, "null");
        return;
    }
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) >= value && strtod(digits, NULL) <= value)
            break;
    }
    for (char *at = digits; *at != '\0'; at++)
        if (*at == ',')
            *at = '.';
    text_add(out, digits);
}

void figures_bar(Text *out, double value, uint32_t columns)
{
    static const char *const eighths[] = {"", "\u258F", "\u258E", "\u258D", "\u258C", "\u258B", "\u258A", "\u2589"};
    long length = lround(value * columns * 8);
    if (length == 0 && value > 0)
        length = 1;
    for (; length >= 8; length -= 8)
        text_add(out, "\u2588");
    text_add(out, eighths[length]);
}
