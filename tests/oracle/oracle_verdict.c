/* oracle_verdict.c: numbers for findings and outcomes, sums over paths, and the JSON of it all. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lang/lang.h"
#include "oracle.h"

/* ------------------------------------------------------------------- findings */

void finding_set_add(FindingSet *set, uint32_t finding)
{
    set->bits[finding / 64] |= UINT64_C(1) << (finding % 64);
}

bool finding_set_has(const FindingSet *set, uint32_t finding)
{
    return (set->bits[finding / 64] >> (finding % 64) & 1) != 0;
}

FindingSet finding_set_union(const FindingSet *a, const FindingSet *b)
{
    FindingSet set;
    for (int i = 0; i < FINDING_WORDS; i++)
        set.bits[i] = a->bits[i] | b->bits[i];
    return set;
}

bool finding_set_equal(const FindingSet *a, const FindingSet *b)
{
    return memcmp(a->bits, b->bits, sizeof a->bits) == 0;
}

static FindingKey findings[MAX_FINDINGS];
static uint32_t finding_count;

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_finding(const FindingKey *a, const FindingKey *b)
{
    if (a->kind != b->kind || a->line_count != b->line_count || a->thread_count != b->thread_count ||
        !same_text(a->object, b->object))
        return false;
    for (uint32_t i = 0; i < a->thread_count; i++)
        if (!same_text(a->threads[i], b->threads[i]))
            return false;
    return memcmp(a->lines, b->lines, a->line_count * sizeof a->lines[0]) == 0;
}

static char **texts; /* names in findings */
static uint32_t text_count, text_room;

static const char *copy_text(const char *text)
{
    if (text == NULL)
        return NULL;
    if (text_count == text_room) {
        text_room = text_room == 0 ? 16 : 2 * text_room;
        texts = must_resize(texts, text_room, sizeof *texts);
    }
    size_t size = strlen(text) + 1;
    char *copy = must_alloc(size, 1);
    memcpy(copy, text, size);
    texts[text_count++] = copy;
    return copy;
}

uint32_t finding_number(const FindingKey *key)
{
    for (uint32_t i = 0; i < finding_count; i++)
        if (same_finding(&findings[i], key))
            return i;
    if (finding_count == MAX_FINDINGS)
        die(EXIT_TOO_BIG, "more than %d findings", MAX_FINDINGS);
    FindingKey *kept = &findings[finding_count];
    *kept = *key;
    kept->object = copy_text(key->object);
    for (uint32_t i = 0; i < key->thread_count; i++)
        kept->threads[i] = copy_text(key->threads[i]);
    return finding_count++;
}

uint32_t finding_simple(FindingKind kind, const char *object, uint32_t line)
{
    FindingKey key = {.kind = kind, .object = object, .lines = {line}, .line_count = 1};
    return finding_number(&key);
}

uint32_t finding_total(void)
{
    return finding_count;
}

const FindingKey *finding_at(uint32_t number)
{
    return &findings[number];
}

/* ------------------------------------------------------------------- outcomes */

static char **outcomes;
static uint32_t outcome_count, outcome_room;

static void add_quoted(Text *text, const char *string)
{
    text_add_char(text, '"');
    for (const char *c = string; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            text_format(text, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            text_format(text, "\\u%04x", (unsigned)*c);
        else
            text_add_char(text, *c);
    }
    text_add_char(text, '"');
}

static void add_variable(Text *text, const Model *model, const State *state, const Symbol *symbol)
{
    uint32_t first = model_element(model, symbol, 0);
    if (!symbol->is_array) {
        text_format(text, "%" PRId64, state->variables[first]);
        return;
    }
    for (uint32_t e = 0; e < symbol->length; e++)
        text_format(text, "%s%" PRId64, e == 0 ? "[" : ", ", state->variables[first + e]);
    text_add(text, "]");
}

static void add_member_array(Text *text, const Model *model, const State *state, const Expr *expr)
{
    const Thread *thread = NULL;
    for (uint32_t t = 0; t < state->thread_count; t++)
        if (state->threads[t].symbol == expr->thread && state->threads[t].instance == expr->instance_value)
            thread = &state->threads[t];
    for (uint32_t e = 0; e < expr->symbol->length; e++)
        text_format(text, "%s%" PRId64, e == 0 ? "[" : ", ",
                    thread == NULL ? 0 : thread->locals[model_local(model, expr->symbol) + e].n);
    text_add(text, "]");
}

static void add_item(Text *text, const Model *model, const State *state, const Expr *expr)
{
    bool is_whole =
        (expr->kind == EXPR_NAME || expr->kind == EXPR_MEMBER) && expr->symbol->is_array && expr->index == NULL;
    if (is_whole && expr->kind == EXPR_NAME) {
        add_variable(text, model, state, expr->symbol);
        return;
    }
    if (is_whole) {
        add_member_array(text, model, state, expr);
        return;
    }
    FindingSet events = {0};
    Run run = {.model = model, .events = &events};
    State *copy = state_new(model);
    state_copy(model, copy, state);
    run.state = copy;
    Value value;
    uint32_t line;
    if (evaluate(&run, NO_THREAD, expr, true, &value, &line))
        text_format(text, "%" PRId64, value.n);
    else
        text_add(text, "null");
    state_free(copy);
}

static void add_values(Text *text, const Model *model, const State *state, bool *has_output)
{
    const Scenario *scenario = model->scenario;
    const char *separator = "";
    *has_output = !scenario->has_outcome;
    if (!scenario->has_outcome) {
        for (uint32_t i = 0; i < scenario->symbols.count; i++) {
            if (scenario->symbols.items[i]->kind != SYMBOL_VARIABLE)
                continue;
            text_add(text, separator);
            add_quoted(text, scenario->symbols.items[i]->name);
            text_add(text, ": ");
            add_variable(text, model, state, scenario->symbols.items[i]);
            separator = ", ";
        }
        return;
    }
    for (uint32_t i = 0; i < scenario->outcome.count; i++) {
        const OutcomeItem *item = &scenario->outcome.items[i];
        if (item->expr == NULL) {
            *has_output = true;
            continue;
        }
        text_add(text, separator);
        add_quoted(text, item->text);
        text_add(text, ": ");
        add_item(text, model, state, item->expr);
        separator = ", ";
    }
}

uint32_t outcome_number(const Model *model, const State *state, const char *end, bool all_ended, bool final_holds)
{
    Text text = {0};
    bool has_output;
    text_add(&text, "\"values\": {");
    add_values(&text, model, state, &has_output);
    text_add(&text, "}, \"output\": [");
    const char **strings;
    uint32_t count;
    output_list(has_output ? state->output : 0, &strings, &count);
    for (uint32_t i = 0; i < count; i++) {
        text_add(&text, i == 0 ? "" : ", ");
        add_quoted(&text, strings[i]);
    }
    free(strings);
    bool is_ok = strcmp(end, "ok") == 0;
    text_format(&text, "], \"ended\": %s, \"end\": \"%s\"", is_ok ? "true" : "false", end);
    if (model->scenario->finally.count > 0)
        text_format(&text, ", \"final\": %s", all_ended && final_holds ? "true" : "false");
    for (uint32_t i = 0; i < outcome_count; i++) {
        if (strcmp(outcomes[i], text.bytes) == 0) {
            text_free(&text);
            return i;
        }
    }
    if (outcome_count == outcome_room) {
        outcome_room = outcome_room == 0 ? 16 : 2 * outcome_room;
        outcomes = must_resize(outcomes, outcome_room, sizeof *outcomes);
    }
    outcomes[outcome_count] = must_alloc(text.length + 1, 1);
    memcpy(outcomes[outcome_count], text.bytes, text.length);
    text_free(&text);
    return outcome_count++;
}

void outcomes_free(void)
{
    for (uint32_t i = 0; i < outcome_count; i++)
        free(outcomes[i]);
    free(outcomes);
    for (uint32_t i = 0; i < text_count; i++)
        free(texts[i]);
    free(texts);
}

/* ---------------------------------------------------------------------- tally */

Tally *tally_new(void)
{
    Tally *tally = must_alloc(1, sizeof *tally);
    mpz_init(tally->total);
    mpz_init(tally->dropped);
    return tally;
}

void tally_free(Tally *tally)
{
    for (uint32_t i = 0; i < tally->outcome_room; i++) {
        mpz_clear(tally->outcome_counts[i]);
        mpq_clear(tally->outcome_probabilities[i]);
    }
    for (uint32_t i = 0; i < tally->finding_room; i++) {
        mpz_clear(tally->finding_counts[i]);
        mpq_clear(tally->finding_probabilities[i]);
    }
    mpz_clear(tally->total);
    mpz_clear(tally->dropped);
    free(tally->outcome_counts);
    free(tally->outcome_probabilities);
    free(tally->outcome_seen);
    free(tally->outcome_endless);
    free(tally->outcome_chance);
    free(tally->finding_endless);
    free(tally->finding_chance);
    free(tally->finding_counts);
    free(tally->finding_probabilities);
    free(tally->finding_seen);
    free(tally);
}

static void grow(uint32_t *room, uint32_t wanted, mpz_t **counts, mpq_t **probabilities, bool **seen, bool **endless,
                 double **chance)
{
    if (wanted <= *room)
        return;
    uint32_t grown = 2 * wanted + 8;
    *counts = must_resize(*counts, grown, sizeof **counts);
    *probabilities = must_resize(*probabilities, grown, sizeof **probabilities);
    *seen = must_resize(*seen, grown, sizeof **seen);
    *endless = must_resize(*endless, grown, sizeof **endless);
    *chance = must_resize(*chance, grown, sizeof **chance);
    for (uint32_t i = *room; i < grown; i++) {
        mpz_init((*counts)[i]);
        mpq_init((*probabilities)[i]);
        (*seen)[i] = (*endless)[i] = false;
        (*chance)[i] = -1;
    }
    *room = grown;
}

static void make_room(Tally *tally)
{
    grow(&tally->outcome_room, outcome_count, &tally->outcome_counts, &tally->outcome_probabilities,
         &tally->outcome_seen, &tally->outcome_endless, &tally->outcome_chance);
    grow(&tally->finding_room, finding_count, &tally->finding_counts, &tally->finding_probabilities,
         &tally->finding_seen, &tally->finding_endless, &tally->finding_chance);
}

void tally_set_outcome(Tally *tally, uint32_t outcome, bool is_endless, const mpz_t count, double chance)
{
    make_room(tally);
    tally->outcome_endless[outcome] = is_endless;
    mpz_set(tally->outcome_counts[outcome], count);
    tally->outcome_chance[outcome] = chance;
}

void tally_set_finding(Tally *tally, uint32_t finding, bool is_endless, const mpz_t count, double chance)
{
    make_room(tally);
    tally->finding_endless[finding] = is_endless;
    mpz_set(tally->finding_counts[finding], count);
    tally->finding_chance[finding] = chance;
}

void tally_see_outcome(Tally *tally, uint32_t outcome)
{
    make_room(tally);
    tally->outcome_seen[outcome] = true;
}

void tally_see_findings(Tally *tally, const FindingSet *set)
{
    make_room(tally);
    for (uint32_t i = 0; i < finding_count; i++)
        if (finding_set_has(set, i))
            tally->finding_seen[i] = true;
}

void tally_add(Tally *tally, uint32_t outcome, bool dropped, const FindingSet *set, const mpz_t count,
               const mpq_t probability)
{
    tally_see_outcome(tally, outcome);
    mpz_add(tally->outcome_counts[outcome], tally->outcome_counts[outcome], count);
    mpq_add(tally->outcome_probabilities[outcome], tally->outcome_probabilities[outcome], probability);
    if (dropped) {
        mpz_add(tally->dropped, tally->dropped, count);
        return;
    }
    mpz_add(tally->total, tally->total, count);
    for (uint32_t i = 0; i < finding_count; i++) {
        if (!finding_set_has(set, i))
            continue;
        tally->finding_seen[i] = true;
        mpz_add(tally->finding_counts[i], tally->finding_counts[i], count);
        mpq_add(tally->finding_probabilities[i], tally->finding_probabilities[i], probability);
    }
}

/* ----------------------------------------------------------------------- JSON */

static void print_numbers(const Tally *tally, const mpz_t count, const mpq_t probability, bool is_endless,
                          double chance)
{
    if (!tally->is_infinite)
        gmp_printf(", \"interleavings\": \"%Zd\", \"probability\": \"%Qd\"", count, probability);
    else if (chance < 0)
        printf(", \"interleavings\": null, \"probability\": null");
    else if (is_endless)
        printf(", \"interleavings\": \"infinite\", \"probability\": %.15g", chance);
    else
        gmp_printf(", \"interleavings\": \"%Zd\", \"probability\": %.15g", count, chance);
}

static void print_finding(const Tally *tally, uint32_t number)
{
    const FindingKey *key = &findings[number];
    Text text = {0};
    text_format(&text, "{\"kind\": \"%s\", \"objects\": [", lang_finding_hyphenated(key->kind));
    if (key->object != NULL)
        add_quoted(&text, key->object);
    text_add(&text, "], \"threads\": [");
    for (uint32_t i = 0; i < key->thread_count; i++) {
        text_add(&text, i == 0 ? "" : ", ");
        add_quoted(&text, key->threads[i]);
    }
    text_add(&text, "], \"lines\": [");
    for (uint32_t i = 0; i < key->line_count; i++)
        text_format(&text, "%s%" PRIu32, i == 0 ? "" : ", ", key->lines[i]);
    printf("%s]", text.bytes);
    text_free(&text);
    print_numbers(tally, tally->finding_counts[number], tally->finding_probabilities[number],
                  tally->finding_endless[number], tally->finding_chance[number]);
    printf("}");
}

void tally_print(const Model *model, const Tally *tally)
{
    printf("{\"scenario\": ");
    Text name = {0};
    add_quoted(&name, model->scenario->source->name);
    printf("%s, \"nodes\": %" PRIu64 ", ", name.bytes, tally->nodes);
    text_free(&name);
    if (tally->is_infinite)
        printf("\"interleavings\": \"infinite\", \"dropped\": null, \"livelock\": %s",
               tally->has_livelock ? "true" : "false");
    else
        gmp_printf("\"interleavings\": \"%Zd\", \"dropped\": \"%Zd\"", tally->total, tally->dropped);
    printf(",\n \"findings\": [");
    const char *separator = "\n  ";
    for (uint32_t i = 0; i < tally->finding_room && i < finding_count; i++) {
        if (!tally->finding_seen[i])
            continue;
        printf("%s", separator);
        print_finding(tally, i);
        separator = ",\n  ";
    }
    printf("],\n \"outcomes\": [");
    separator = "\n  ";
    for (uint32_t i = 0; i < tally->outcome_room && i < outcome_count; i++) {
        if (!tally->outcome_seen[i])
            continue;
        printf("%s{%s", separator, outcomes[i]);
        print_numbers(tally, tally->outcome_counts[i], tally->outcome_probabilities[i], tally->outcome_endless[i],
                      tally->outcome_chance[i]);
        printf("}");
        separator = ",\n  ";
    }
    printf("]}\n");
}

void limits_check_time(const Limits *limits)
{
    struct timespec used;
    if (limits->seconds <= 0 || clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0)
        return;
    if ((double)used.tv_sec + (double)used.tv_nsec / 1e9 > limits->seconds)
        die(EXIT_TOO_BIG, "stopped after %g seconds", limits->seconds);
}
