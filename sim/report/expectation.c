#include "report/expectation.h"

#include <string.h>

#include "base/duration.h"

static bool is_element(const char *object, const char *expected)
{
    size_t length = strlen(expected);
    return strncmp(object, expected, length) == 0 && (object[length] == '\0' || object[length] == '[');
}

/* "fork[1]" is "fork[1]", and an element of "fork"; "S[0].news" is the queue that a subscriber has of "news",
 * "R[0].mailbox" that of "R[0]", an instance of "R". */
static bool is_object(const char *object, const char *expected)
{
    const char *dot = strrchr(object, '.');
    if (dot == NULL)
        return is_element(object, expected);
    size_t length = strlen(expected);
    bool is_actor = strcmp(dot, ".mailbox") == 0 && strncmp(object, expected, length) == 0 &&
                    (object + length == dot || object[length] == '[');
    return is_actor || is_element(object, expected) || is_element(dot + 1, expected);
}

static bool covers(const SnExpectation *expectation, const SnFinding *finding)
{
    if (strcmp(expectation->kind, finding->kind) != 0)
        return false;
    if (expectation->object == NULL)
        return true;
    for (uint32_t o = 0; o < finding->object_count; o++)
        if (is_object(finding->objects[o], expectation->object))
            return true;
    return false;
}

static void separate(Text *message)
{
    if (message->length > 0)
        text_add(message, "; ");
}

/* A kind in words: "lost-update" -> "lost update". */
static void add_words(Text *message, const char *kind)
{
    for (; *kind != '\0'; kind++)
        text_add_bytes(message, *kind == '-' ? " " : kind, 1);
}

static void add_range(Text *message, int64_t least_ns, int64_t most_ns)
{
    duration_add(message, least_ns);
    if (most_ns == least_ns)
        return;
    text_add(message, "..");
    duration_add(message, most_ns);
}

/* What `takes` says against what the executions take. */
static bool compare_times(const SnTime *time, Text *message)
{
    if (!time->has_takes || time->is_as_expected)
        return true;
    separate(message);
    text_add(message, "expected to take ");
    add_range(message, time->takes_least_ns, time->takes_most_ns);
    if (!time->is_known) {
        text_add(message, ", but no execution finishes");
        return false;
    }
    text_add(message, ", found ");
    add_range(message, time->least_ns, time->is_unbounded ? time->least_ns : time->greatest_ns);
    text_add(message, time->is_unbounded ? " and more, without bound" : "");
    return false;
}

bool expectation_compare(const SnResult *result, const SnExpectation *expectations, size_t count, Text *message)
{
    bool met = true;
    for (size_t e = 0; e < count; e++) {
        bool is_found = false;
        for (uint32_t f = 0; f < result->finding_count && !is_found; f++)
            is_found = covers(&expectations[e], &result->findings[f]);
        if (is_found)
            continue;
        met = false;
        separate(message);
        text_add(message, "expected ");
        add_words(message, expectations[e].kind);
        if (expectations[e].object != NULL)
            text_format(message, " on %s", expectations[e].object);
        text_add(message, ", not found");
    }
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const SnFinding *finding = &result->findings[f];
        bool is_expected = false;
        for (size_t e = 0; e < count && !is_expected; e++)
            is_expected = covers(&expectations[e], finding);
        if (is_expected)
            continue;
        met = false;
        separate(message);
        text_add(message, "found ");
        add_words(message, finding->kind);
        for (uint32_t o = 0; o < finding->object_count; o++)
            text_format(message, "%s%s", o == 0 ? " on " : ", ", finding->objects[o]);
        if (finding->line_count > 0)
            text_format(message, " (line %u)", finding->lines[0]);
        text_add(message, ", not expected");
    }
    met = compare_times(&result->time, message) && met;
    if (!result->complete) { /* what was not explored may hold something unexpected */
        met = false;
        separate(message);
        text_format(message, "not all explored: %s", result->stopped != NULL ? result->stopped : "stopped early");
    }
    return met;
}

bool sn_expectation_met(const SnResult *result, char **message)
{
    const SnExpectation *expectations = NULL;
    size_t count = 0;
    Text text = {0};
    bool met = false;
    if (message != NULL)
        *message = NULL;
    if (sn_scenario_expects(result->scenario, &expectations, &count))
        met = expectation_compare(result, expectations, count, &text);
    else
        text_add(&text, "no `expect` line says what to expect; for a scenario without errors write `expect ok`");
    if (!met && message != NULL)
        *message = text_take(&text);
    text_free(&text);
    return met;
}
