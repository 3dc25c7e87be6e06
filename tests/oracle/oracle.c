/* oracle.c: the program: reads a scenario, walks it, prints one JSON object.
 *
 * Usage   oracle FILE [-D N=V] [--granularity statement|step] [--spurious] [--memo] [--check] [--max-paths N]
 *         [--max-seconds T]
 *         oracle --batch     takes lines like that from standard input (batch.h)
 * Exit    0 done, 2 the scenario or the command line is wrong, 3 a limit was reached, 5 something is
 * beyond this judge. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "lang/lang.h"
#include "oracle.h"

typedef struct Options {
    const char *file;
    Define defines[64];
    uint32_t define_count;
    bool statement_granularity, spurious, memo, check;
    Limits limits;
} Options;

static void usage(void)
{
    die(EXIT_INVALID, "usage: oracle FILE [-D N=V] [--granularity statement] [--spurious] [--memo] [--check] "
                      "[--max-paths N] [--max-seconds T]");
}

static void add_define(Options *options, char *text)
{
    char *equals = strchr(text, '=');
    if (equals == NULL || options->define_count == 64)
        usage();
    *equals = '\0';
    options->defines[options->define_count++] = (Define){.name = text, .value = strtoll(equals + 1, NULL, 10)};
}

static Options read_options(int argc, char **argv)
{
    Options options = {.limits = {.paths = 1000000}};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool has_next = i + 1 < argc;
        if (strcmp(arg, "-D") == 0 && has_next)
            add_define(&options, argv[++i]);
        else if (strncmp(arg, "-D", 2) == 0 && arg[2] != '\0')
            add_define(&options, argv[i] + 2);
        else if (strcmp(arg, "--granularity") == 0 && has_next)
            options.statement_granularity = strcmp(argv[++i], "statement") == 0;
        else if (strcmp(arg, "--spurious") == 0)
            options.spurious = true;
        else if (strcmp(arg, "--memo") == 0)
            options.memo = true;
        else if (strcmp(arg, "--check") == 0)
            options.check = true;
        else if (strcmp(arg, "--max-paths") == 0 && has_next)
            options.limits.paths = strtoull(argv[++i], NULL, 10);
        else if (strcmp(arg, "--max-seconds") == 0 && has_next)
            options.limits.seconds = strtod(argv[++i], NULL);
        else if (arg[0] == '-' || options.file != NULL)
            usage();
        else
            options.file = arg;
    }
    if (options.file == NULL)
        usage();
    return options;
}

static char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        die(EXIT_INVALID, "cannot read %s", path);
    size_t room = 4096;
    char *text = must_alloc(room, 1);
    *length = 0;
    for (size_t got; (got = fread(text + *length, 1, room - *length - 1, file)) > 0;) {
        *length += got;
        if (room - *length < 2) {
            room *= 2;
            text = must_resize(text, room, 1);
        }
    }
    fclose(file);
    text[*length] = '\0';
    return text;
}

static bool same_tallies(const Tally *a, const Tally *b)
{
    bool same = mpz_cmp(a->total, b->total) == 0 && mpz_cmp(a->dropped, b->dropped) == 0;
    for (uint32_t i = 0; same && i < a->outcome_room && i < b->outcome_room; i++)
        same = mpz_cmp(a->outcome_counts[i], b->outcome_counts[i]) == 0 &&
               mpq_equal(a->outcome_probabilities[i], b->outcome_probabilities[i]) != 0;
    for (uint32_t i = 0; same && i < a->finding_room && i < b->finding_room; i++)
        same = mpz_cmp(a->finding_counts[i], b->finding_counts[i]) == 0 &&
               mpq_equal(a->finding_probabilities[i], b->finding_probabilities[i]) != 0;
    return same;
}

static void judge(const Model *model, const Options *options)
{
    Tally *tally = tally_new();
    bool is_finite;
    if (options->memo) {
        is_finite = memo_walk(model, &options->limits, tally);
    } else {
        is_finite = paths_walk(model, &options->limits, tally);
        if (!is_finite || options->check) {
            Tally *shared = tally_new();
            bool shared_finite = memo_walk(model, &options->limits, shared);
            if (shared_finite != is_finite || (is_finite && !same_tallies(tally, shared)))
                die(1, "%s: the two ways of walking disagree", options->file);
            tally_free(tally);
            tally = shared;
        }
    }
    tally->is_infinite = !is_finite;
    tally_print(model, tally);
    tally_free(tally);
}

static void model_free(Model *model)
{
    for (SymbolKind kind = 0; kind <= SYMBOL_FUNCTION; kind++)
        free(model->object_base[kind]);
    free(model->elements);
    free(model->objects);
    free(model->variable_base);
    free(model->mailbox_base);
    free(model->local_offset);
    arena_free(&model->arena);
}

/* The scenario into model->scenario; false with the diagnostics on standard error. */
static bool load(Model *model, Options *options, const Source *source, DiagList *diagnostics)
{
    jmp_buf escape;
    if (setjmp(escape) != 0)
        die(EXIT_TOO_BIG, "out of memory");
    model->arena.escape = &escape;
    Status status =
        lang_load(&model->arena, source, options->defines, options->define_count, diagnostics, &model->scenario);
    if (status == STATUS_OK)
        return true;
    Text message = {0};
    diag_print(diagnostics, &message);
    fputs(message.bytes == NULL ? "oracle: cannot load\n" : message.bytes, stderr);
    text_free(&message);
    return false;
}

static int work(Model *model, Options *options, const Source *source)
{
    DiagList diagnostics = {0};
    if (!load(model, options, source, &diagnostics))
        return EXIT_INVALID;
    jmp_buf escape;
    if (setjmp(escape) != 0)
        die(EXIT_TOO_BIG, "out of memory");
    model->arena.escape = &escape;
    model->statement_granularity = options->statement_granularity;
    model->spurious = options->spurious;
    model_build(model);
    judge(model, options);
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    Options options = read_options(argc, argv);
    size_t length;
    char *text = read_file(options.file, &length);
    Source source = {.name = options.file, .text = text, .length = length};
    Model model = {0};
    int status = work(&model, &options, &source);
    model_free(&model);
    outcomes_free();
    outputs_free();
    free(text);
    return status;
}

int main(int argc, char **argv)
{
    return argc == 2 && strcmp(argv[1], "--batch") == 0 ? batch_run(run) : run(argc, argv);
}
