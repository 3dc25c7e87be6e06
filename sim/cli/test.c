/* snarl test PATH...: each scenario against its `expect` line. The last line is "N passed, N failed", exactly. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/work.h"

/* ------------------------------------------------------- which scenarios */

typedef struct Paths {
    char **items;
    size_t count, room;
    SnStatus status; /* the worst of what went wrong on the way */
} Paths;

static void add_path(Paths *paths, char *path)
{
    if (path != NULL && paths->count == paths->room) {
        size_t room = paths->room == 0 ? 64 : paths->room * 2;
        char **larger = realloc(paths->items, room * sizeof *larger);
        if (larger == NULL) {
            free(path);
            path = NULL;
        } else {
            paths->items = larger;
            paths->room = room;
        }
    }
    if (path == NULL) {
        output_error("out of memory");
        paths->status = SN_SYSTEM;
        return;
    }
    paths->items[paths->count++] = path;
}

static char *join_path(const char *folder, const char *name)
{
    size_t length = strlen(folder), room = length + strlen(name) + 2;
    char *path = malloc(room);
    if (path != NULL)
        snprintf(path, room, "%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", name);
    return path;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_scenario(const char *name)
{
    static const char ending[] = ".snarl";
    size_t length = strlen(name);
    return length > sizeof ending - 1 && strcmp(name + length - (sizeof ending - 1), ending) == 0;
}

/* All scenarios below a folder; hidden entries and links to folders are left alone. */
static void walk(Paths *paths, const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        output_error("cannot read %s: %s", folder, strerror(errno));
        paths->status = SN_SYSTEM;
        return;
    }
    Paths inside = {.status = SN_OK};
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            add_path(&inside, join_path(folder, entry->d_name));
    closedir(directory);
    if (inside.count > 0)
        qsort(inside.items, inside.count, sizeof *inside.items, compare_names);
    for (size_t i = 0; i < inside.count; i++) {
        struct stat about;
        if (lstat(inside.items[i], &about) == 0 && S_ISDIR(about.st_mode)) {
            walk(paths, inside.items[i]);
            free(inside.items[i]);
        } else if (is_scenario(inside.items[i])) {
            add_path(paths, inside.items[i]);
        } else {
            free(inside.items[i]);
        }
    }
    free(inside.items);
    paths->status = output_worse(paths->status, inside.status);
}

/* ------------------------------------------------------------ one of them */

typedef struct Verdict {
    bool passed;
    SnStatus status; /* of loading and exploring */
    char *message;   /* what differs; sn_string_free */
    double seconds;
} Verdict;

static void print_kinds(const SnResult *result)
{
    if (result == NULL)
        return;
    if (result->finding_count == 0)
        fputs(result->complete ? "ok" : "incomplete", stdout);
    for (uint32_t f = 0; f < result->finding_count; f++)
        if (f == 0 || strcmp(result->findings[f].kind, result->findings[f - 1].kind) != 0)
            printf("%s%s", f > 0 ? ", " : "", result->findings[f].words);
}

static void print_line(const Options *options, const char *path, int width, const SnResult *result,
                       const Verdict *verdict)
{
    bool color = output_colors(options, stdout);
    const char *tone = !color ? "" : verdict->passed ? "\033[32m" : "\033[1;31m", *plain = color ? "\033[0m" : "";
    if (options->quiet && verdict->passed)
        return;
    printf("%s%s%s ", tone, verdict->passed ? "\u2713" : "\u2717", plain);
    output_visible(stdout, path);
    printf("%*s  ", (int)strlen(path) < width ? width - (int)strlen(path) : 0, "");
    if (verdict->status == SN_INVALID)
        fputs("the scenario is wrong", stdout);
    else if (result == NULL)
        fputs("could not be explored", stdout);
    print_kinds(result);
    printf("  %s%.3f s%s\n", color ? "\033[90m" : "", verdict->seconds, plain);
    if (verdict->message != NULL && verdict->message[0] != '\0')
        printf("    %s\n", verdict->message);
}

static void print_json(const char *path, const SnScenario *scenario, const SnResult *result, const Verdict *verdict,
                       bool first)
{
    const SnExpectation *expectations = NULL;
    size_t count = 0;
    printf("%s  {\"scenario\": ", first ? "" : ",\n");
    output_json_string(path);
    printf(", \"passed\": %s, \"verdict\": ", verdict->passed ? "true" : "false");
    output_json_string(result != NULL ? result->verdict : verdict->status == SN_INVALID ? "invalid" : "error");
    fputs(", \"expected\": ", stdout);
    if (scenario == NULL || !sn_scenario_expects(scenario, &expectations, &count))
        fputs("null", stdout);
    else
        putchar('[');
    for (size_t e = 0; e < count; e++) {
        fputs(e > 0 ? ", {\"kind\": " : "{\"kind\": ", stdout);
        output_json_string(expectations[e].kind);
        fputs(", \"object\": ", stdout);
        if (expectations[e].object != NULL)
            output_json_string(expectations[e].object);
        else
            fputs("null", stdout);
        putchar('}');
    }
    if (scenario != NULL && sn_scenario_expects(scenario, &expectations, &count))
        putchar(']');
    fputs(", \"found\": [", stdout);
    for (uint32_t f = 0; result != NULL && f < result->finding_count; f++)
        if (f == 0 || strcmp(result->findings[f].kind, result->findings[f - 1].kind) != 0) {
            fputs(f > 0 ? ", " : "", stdout);
            output_json_string(result->findings[f].kind);
        }
    fputs("], \"message\": ", stdout);
    if (verdict->message != NULL)
        output_json_string(verdict->message);
    else
        fputs("null", stdout);
    printf(", \"seconds\": %.6f}", verdict->seconds);
}

static Verdict test_scenario(const Options *options, const char *path, int width, bool first)
{
    static const WorkWishes wishes = {.no_counts = true};
    SnScenario *scenario = NULL;
    SnResult *result = NULL;
    Verdict verdict = {.status = work_load(options, path, &scenario)};
    if (verdict.status == SN_OK)
        verdict.status = work_explore(options, &wishes, scenario, &result);
    if (result != NULL) {
        verdict.passed = sn_expectation_met(result, &verdict.message);
        verdict.seconds = result->seconds;
    }
    if (options->json)
        print_json(path, scenario, result, &verdict, first);
    else
        print_line(options, path, width, result, &verdict);
    output_flush();
    sn_string_free(verdict.message);
    verdict.message = NULL;
    sn_result_free(result);
    sn_scenario_free(scenario);
    return verdict;
}

/* Wide enough for the longest path, but a single long one must not push all times to the right. */
static int name_width(const Paths *paths)
{
    enum { WIDEST = 60 };
    size_t widest = 0;
    for (size_t p = 0; p < paths->count; p++) {
        size_t length = strlen(paths->items[p]);
        if (length > widest && length <= WIDEST)
            widest = length;
    }
    return (int)widest;
}

SnStatus test_run(const Options *options)
{
    Paths paths = {.status = SN_OK};
    size_t passed = 0, failed = 0;
    for (size_t f = 1; f < options->operand_count; f++) {
        struct stat about;
        const char *path = options->operands[f];
        if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
            walk(&paths, path);
        else
            add_path(&paths, strdup(path)); /* what is wrong with it, loading tells */
    }
    SnStatus status = paths.status;
    if (paths.count == 0 && status == SN_OK) {
        output_error("no scenario (*.snarl) to test there");
        status = SN_INVALID;
    }
    int width = name_width(&paths);
    if (options->json)
        fputs("[\n", stdout);
    for (size_t p = 0; p < paths.count && !work_interrupted(); p++) {
        Verdict verdict = test_scenario(options, paths.items[p], width, p == 0);
        passed += verdict.passed;
        failed += !verdict.passed;
        if (verdict.status == SN_INVALID || verdict.status == SN_SYSTEM)
            status = output_worse(status, verdict.status);
        else if (!verdict.passed)
            status = output_worse(status, SN_FOUND);
    }
    if (work_interrupted())
        status = status == SN_FOUND || status == SN_OK ? SN_INCOMPLETE : status;
    if (options->json)
        fputs("\n]\n", stdout);
    else
        printf("%zu passed, %zu failed\n", passed, failed);
    for (size_t p = 0; p < paths.count; p++)
        free(paths.items[p]);
    free(paths.items);
    return status;
}
