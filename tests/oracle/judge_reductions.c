/* judge_reductions.c: reductions on against off, on files and on random scenarios.
 *
 * Usage   judge_reductions [--statement] [--spurious] FILE...
 *         judge_reductions [...] --generate GENERATE PROFILE FIRST LAST
 *         judge_reductions [...] --generate-medium GENERATE PROFILE FIRST LAST
 * Each scenario is explored with all its states, then with each reduction by itself and with all of them. Verdict,
 * findings (kind, objects, threads, lines, status, easiest schedule and its cost) and outcomes (values, output, end,
 * `finally`, easiest schedule and its cost) must be the same. Exit status 1 when they differ, or when nothing was
 * reduced. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snarl/snarl.h"

static const struct {
    SnReduce reduce;
    const char *name;
} reductions[] = {{SN_REDUCE_PERSISTENT, "persistent"},
                  {SN_REDUCE_SLEEP, "sleep"},
                  {SN_REDUCE_MERGE, "merge"},
                  {SN_REDUCE_SYMMETRY, "symmetry"},
                  {SN_REDUCE_ALL, "all"}};
enum { REDUCTIONS = sizeof reductions / sizeof *reductions };

static uint64_t compared, too_big, reduced, steps_of[REDUCTIONS], states_of[REDUCTIONS], all_states, all_steps;

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_texts(const char *const *a, uint32_t a_count, const char *const *b, uint32_t b_count)
{
    bool is_same = a_count == b_count;
    for (uint32_t i = 0; i < a_count && is_same; i++)
        is_same = same(a[i], b[i]);
    return is_same;
}

static bool same_finding(const SnFinding *a, const SnFinding *b)
{
    return same(a->kind, b->kind) && same(a->message, b->message) && same(a->status, b->status) &&
           same_texts(a->objects, a->object_count, b->objects, b->object_count) &&
           same_texts(a->threads, a->thread_count, b->threads, b->thread_count) && a->line_count == b->line_count &&
           memcmp(a->lines, b->lines, a->line_count * sizeof *a->lines) == 0 && same(a->schedule, b->schedule) &&
           a->preemptions == b->preemptions && a->switches == b->switches && !b->may_be_easier;
}

static bool same_outcome(const SnOutcome *a, const SnOutcome *b, uint32_t values)
{
    return same_texts(a->values, values, b->values, values) &&
           same_texts(a->output, a->output_count, b->output, b->output_count) && a->end == b->end &&
           a->final == b->final && a->serial == b->serial && same(a->schedule, b->schedule) &&
           a->preemptions == b->preemptions && a->switches == b->switches && !b->may_be_easier;
}

static bool differ(const char *name, const char *reduction, const char *what, const char *one, const char *other)
{
    printf("%s --reduce %s: %s: %s, but %s\n", name, reduction, what, one, other);
    return false;
}

static bool agree(const char *name, const char *reduction, const SnResult *a, const SnResult *b)
{
    if (!same(a->verdict, b->verdict))
        return differ(name, reduction, "verdict", a->verdict, b->verdict);
    for (uint32_t f = 0; f < a->finding_count && f < b->finding_count; f++)
        if (!same_finding(&a->findings[f], &b->findings[f])) {
            char one[1024], other[1024];
            snprintf(one, sizeof one, "%s [%s]", a->findings[f].message, a->findings[f].schedule);
            snprintf(other, sizeof other, "%s [%s]", b->findings[f].message, b->findings[f].schedule);
            return differ(name, reduction, "finding", one, other);
        }
    if (a->finding_count != b->finding_count) {
        const SnResult *more = a->finding_count > b->finding_count ? a : b;
        uint32_t extra = a->finding_count > b->finding_count ? b->finding_count : a->finding_count;
        return differ(name, reduction, more == a ? "missing finding" : "finding too many", more->findings[extra].message,
                      "no other");
    }
    if (a->outcome_count != b->outcome_count)
        return differ(name, reduction, "outcomes", "some", "another number of them");
    for (uint32_t o = 0; o < a->outcome_count; o++)
        if (!same_outcome(&a->outcomes[o], &b->outcomes[o], a->outcome_name_count))
            return differ(name, reduction, "outcome", a->outcomes[o].schedule, b->outcomes[o].schedule);
    return true;
}

static bool judge_scenario(const SnScenario *scenario, const char *name)
{
    enum { MAX_STATES = 20000 };
    SnExploreOptions options = {.max_states = MAX_STATES, .skip_counts = true};
    SnResult *whole = NULL;
    char *message = NULL;
    sn_explore(scenario, &options, &whole, &message);
    sn_string_free(message);
    if (whole == NULL || !whole->complete) {
        too_big++;
        sn_result_free(whole);
        return true;
    }
    bool is_good = true;
    all_states += whole->states;
    all_steps += whole->steps;
    for (uint32_t r = 0; r < REDUCTIONS; r++) {
        SnResult *part = NULL;
        options.reduce = reductions[r].reduce;
        sn_explore(scenario, &options, &part, &message);
        if (part == NULL) {
            is_good = differ(name, reductions[r].name, "result", whole->verdict, message == NULL ? "none" : message);
        } else {
            is_good &= agree(name, reductions[r].name, whole, part);
            states_of[r] += part->states;
            steps_of[r] += part->steps;
            reduced += part->is_reduced;
            compared++;
        }
        sn_string_free(message);
        message = NULL;
        sn_result_free(part);
    }
    sn_result_free(whole);
    return is_good;
}

static bool judge_text(const char *name, const char *source, size_t length, const SnLoadOptions *options)
{
    SnScenario *scenario = NULL;
    char *message = NULL;
    SnStatus status = source == NULL ? sn_load_file(name, options, &scenario, &message)
                                     : sn_load(name, source, length, options, &scenario, &message);
    bool is_good = status != SN_OK || judge_scenario(scenario, name);
    sn_string_free(message);
    sn_scenario_free(scenario);
    return is_good;
}

static bool judge_random(char **arguments, const char *size, const SnLoadOptions *options)
{
    static char source[1 << 16];
    bool is_good = true;
    for (long seed = atol(arguments[2]); seed <= atol(arguments[3]); seed++) {
        char command[512], name[64];
        snprintf(command, sizeof command, "'%s' --seed %ld --profile %s --size %s", arguments[0], seed, arguments[1],
                 size);
        snprintf(name, sizeof name, "%s-%ld", arguments[1], seed);
        FILE *pipe = popen(command, "r");
        if (pipe == NULL)
            return false;
        size_t length = fread(source, 1, sizeof source, pipe);
        if (pclose(pipe) != 0)
            return false;
        is_good &= judge_text(name, source, length, options);
    }
    return is_good;
}

int main(int argc, char **argv)
{
    SnLoadOptions options = {0};
    bool is_good = true;
    for (int i = 1; i < argc; i++) {
        bool is_medium = strcmp(argv[i], "--generate-medium") == 0;
        if (strcmp(argv[i], "--statement") == 0)
            options.statement_granularity = true;
        else if (strcmp(argv[i], "--spurious") == 0)
            options.spurious = true;
        else if ((is_medium || strcmp(argv[i], "--generate") == 0) && i + 4 < argc) {
            is_good &= judge_random(argv + i + 1, is_medium ? "medium" : "small", &options);
            i += 4;
        } else
            is_good &= judge_text(argv[i], NULL, 0, &options);
    }
    printf("%llu compared, %llu of them reduced, %llu scenarios too big; %llu states, %llu steps\n",
           (unsigned long long)compared, (unsigned long long)reduced, (unsigned long long)too_big,
           (unsigned long long)all_states, (unsigned long long)all_steps);
    for (uint32_t r = 0; r < REDUCTIONS; r++)
        printf("  %-10s %llu states, %llu steps\n", reductions[r].name, (unsigned long long)states_of[r],
               (unsigned long long)steps_of[r]);
    return is_good && reduced > 0 ? 0 : 1;
}
