#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const OptionSpec option_specs[OPTION_COUNT_OF] = {
#define OPTION_SPEC(field, type, kind_, letter_, name_, argument_, commands_, help_)                                   \
    [OPTION_##field] = {kind_, letter_, name_, argument_, commands_, help_, offsetof(Options, field)},
    OPTIONS(OPTION_SPEC)
#undef OPTION_SPEC
};

/* -------------------------------------------------------------- numbers */

bool options_read_integer(const char *text, int64_t *value)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        *value = text[0] == 't';
        return true;
    }
    const char *digits = text + (text[0] == '-' || text[0] == '+');
    bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
    if (!isdigit((unsigned char)digits[0]))
        return false;
    char *end;
    errno = 0;
    *value = strtoll(text, &end, hexadecimal ? 16 : 10);
    return *end == '\0' && errno == 0 && (!hexadecimal || isxdigit((unsigned char)digits[2]));
}

static bool read_count(const char *text, uint64_t least, uint64_t *value)
{
    if (!isdigit((unsigned char)text[0]))
        return false;
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *value = number;
    return *end == '\0' && errno == 0 && number >= least;
}

/* A decimal number without sign or exponent; `*unit` is what follows it. */
static bool read_decimal(const char *text, double *number, const char **unit)
{
    size_t whole = strspn(text, "0123456789");
    size_t length = whole;
    if (text[length] == '.')
        length += 1 + strspn(text + length + 1, "0123456789");
    if (whole == 0 || length > 30)
        return false;
    char digits[32];
    memcpy(digits, text, length);
    digits[length] = '\0';
    *number = strtod(digits, NULL);
    *unit = text + length;
    return true;
}

bool options_read_size(const char *text, size_t *bytes)
{
    static const char prefixes[] = "KMGT";
    double number;
    const char *unit;
    if (!read_decimal(text, &number, &unit))
        return false;
    if (unit[0] != '\0') {
        const char *prefix = strchr(prefixes, toupper((unsigned char)unit[0]));
        if (prefix != NULL) {
            number = ldexp(number, 10 * (int)(prefix - prefixes + 1));
            unit += unit[1] == 'i' ? 2 : 1;
        }
        if (toupper((unsigned char)unit[0]) == 'B')
            unit++;
    }
    if (unit[0] != '\0' || number < 1 || number >= ldexp(1, 62))
        return false;
    *bytes = (size_t)number;
    return true;
}

bool options_read_time(const char *text, double *seconds)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"min", 60}, {"h", 3600}};
    double number;
    const char *unit;
    if (!read_decimal(text, &number, &unit))
        return false;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        if (strcmp(unit, units[u].name) == 0) {
            *seconds = number * units[u].seconds;
            return *seconds > 0;
        }
    return false;
}

/* ---------------------------------------------------------------- words */

bool options_word(const char *words, size_t k, char *word, size_t size)
{
    while (k > 0 && (words = strchr(words, '|')) != NULL) {
        words++;
        k--;
    }
    if (words == NULL)
        return false;
    size_t length = strcspn(words, "|");
    if (length >= size)
        length = size - 1;
    memcpy(word, words, length);
    word[length] = '\0';
    return true;
}

/* Edits (insert, delete, replace, swap neighbours) between two words: optimal string alignment. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t rows[3][LONGEST + 1], m = strlen(a), n = strlen(b);
    if (m > LONGEST || n > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *now = rows[i % 3], *above = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[m % 3][n];
}

const char *options_nearest(const char *word, const char *const *words, size_t count)
{
    size_t nearest = strlen(word) < 4 ? 2 : strlen(word) < 9 ? 3 : 4; /* must be nearer than that */
    const char *found = NULL;
    for (size_t w = 0; w < count; w++) {
        size_t far = distance(word, words[w]);
        if (far < nearest) {
            nearest = far;
            found = words[w];
        }
    }
    return found;
}

/* -------------------------------------------------------------- parsing */

static bool out_of_memory(Options *options, FILE *errors)
{
    options->lacks_memory = true;
    fprintf(errors, "snarl: out of memory\n");
    return false;
}

static bool add_define(Options *options, const char *text, FILE *errors)
{
    const char *equals = strchr(text, '=');
    SnDefine define = {0};
    if (equals == NULL || equals == text || !options_read_integer(equals + 1, &define.value)) {
        fprintf(errors, "snarl: -D wants NAME=VALUE with a whole number, not `%s`\n", text);
        return false;
    }
    size_t length = (size_t)(equals - text);
    size_t at = 0;
    while (at < options->define_count && (strlen(options->define_list[at].name) != length ||
                                          strncmp(options->define_list[at].name, text, length) != 0))
        at++;
    if (at < options->define_count) {
        options->define_list[at].value = define.value;
        return true;
    }
    SnDefine *larger = realloc(options->define_list, (at + 1) * sizeof *larger);
    if (larger == NULL)
        return out_of_memory(options, errors);
    options->define_list = larger;
    char *name = strndup(text, length);
    if (name == NULL)
        return out_of_memory(options, errors);
    define.name = name;
    options->define_list[options->define_count++] = define;
    return true;
}

static bool read_choice(const OptionSpec *spec, const char *text, int *value)
{
    char word[32];
    for (size_t k = 0; options_word(spec->argument, k, word, sizeof word); k++)
        if (strcmp(word, text) == 0) {
            *value = (int)k;
            return true;
        }
    return false;
}

static const char *wanted(OptionKind kind)
{
    switch (kind) {
    case OPTION_COUNT: return "a whole number from 1";
    case OPTION_NUMBER: return "a whole number from 0";
    case OPTION_SIZE: return "a size, as 512M or 2G";
    case OPTION_TIME: return "a time, as 10s, 2m or 1h";
    default: return "a value";
    }
}

static bool set_option(Options *options, OptionId id, const char *text, FILE *errors)
{
    const OptionSpec *spec = &option_specs[id];
    void *field = (char *)options + spec->offset;
    bool good = true;
    options->given[id] = true;
    switch (spec->kind) {
    case OPTION_FLAG: *(bool *)field = true; break;
    case OPTION_TEXT: *(const char **)field = text; break;
    case OPTION_COUNT: good = read_count(text, 1, field); break;
    case OPTION_NUMBER: good = read_count(text, 0, field); break;
    case OPTION_SIZE: good = options_read_size(text, field); break;
    case OPTION_TIME: good = options_read_time(text, field); break;
    case OPTION_CHOICE:
        good = read_choice(spec, text, field);
        if (!good) {
            fprintf(errors, "snarl: --%s is one of %s, not `%s`\n", spec->name, spec->argument, text);
            return false;
        }
        break;
    case OPTION_DEFINE: return add_define(options, text, errors);
    }
    if (!good)
        fprintf(errors, "snarl: --%s wants %s, not `%s`\n", spec->name, wanted(spec->kind), text);
    return good;
}

static bool unknown_option(const char *given, size_t length, FILE *errors)
{
    const char *names[OPTION_COUNT_OF];
    char word[64];
    for (size_t i = 0; i < OPTION_COUNT_OF; i++)
        names[i] = option_specs[i].name;
    snprintf(word, sizeof word, "%.*s", (int)(length < 60 ? length : 60), given);
    const char *nearest = options_nearest(word, names, OPTION_COUNT_OF);
    fprintf(errors, "snarl: unknown option --%s", word);
    if (nearest != NULL)
        fprintf(errors, "; did you mean --%s?", nearest);
    fprintf(errors, "\n");
    return false;
}

/* Two commands may have an option of the same name: then it is the one of the command named so far. */
static bool is_namesake(const Options *options, const OptionSpec *spec)
{
    bool has_namesake = false;
    for (OptionId id = 0; id < OPTION_COUNT_OF; id++)
        has_namesake = has_namesake || (&option_specs[id] != spec && strcmp(option_specs[id].name, spec->name) == 0);
    for (const Command *command = commands; has_namesake && options->operand_count > 0 && command->name != NULL; command++)
        if (strcmp(command->name, options->operands[0]) == 0)
            return (spec->commands & command->bit) == 0;
    return false;
}

/* `argument` begins behind "--". Takes the value from the next word where it needs one. */
static bool parse_long(Options *options, const char *argument, int *at, int argc, char **argv, FILE *errors)
{
    size_t length = strcspn(argument, "=");
    for (OptionId id = 0; id < OPTION_COUNT_OF; id++) {
        const OptionSpec *spec = &option_specs[id];
        if (strlen(spec->name) != length || strncmp(spec->name, argument, length) != 0 || is_namesake(options, spec))
            continue;
        bool has_value = argument[length] == '=';
        if (spec->argument == NULL && has_value) {
            fprintf(errors, "snarl: --%s takes no value\n", spec->name);
            return false;
        }
        if (spec->argument == NULL)
            return set_option(options, id, "", errors);
        if (has_value)
            return set_option(options, id, argument + length + 1, errors);
        if (*at + 1 >= argc) {
            fprintf(errors, "snarl: --%s wants %s\n", spec->name, spec->argument);
            return false;
        }
        return set_option(options, id, argv[++*at], errors);
    }
    return unknown_option(argument, length, errors);
}

/* One word of letters: "-qv", "-DN=3", "-o OUT". */
static bool parse_letters(Options *options, const char *letters, int *at, int argc, char **argv, FILE *errors)
{
    for (; *letters != '\0'; letters++) {
        OptionId id = 0;
        while (id < OPTION_COUNT_OF && option_specs[id].letter != *letters)
            id++;
        if (id == OPTION_COUNT_OF) {
            fprintf(errors, "snarl: unknown option -%c\n", isprint((unsigned char)*letters) ? *letters : '?');
            return false;
        }
        if (option_specs[id].argument == NULL) {
            set_option(options, id, "", errors);
            continue;
        }
        const char *value = letters + 1;
        if (*value == '\0' && *at + 1 >= argc) {
            fprintf(errors, "snarl: -%c wants %s\n", *letters, option_specs[id].argument);
            return false;
        }
        return set_option(options, id, *value != '\0' ? value : argv[++*at], errors);
    }
    return true;
}

bool options_parse(Options *options, int argc, char **argv, FILE *errors)
{
    *options = (Options){.reduce = REDUCE_AUTO};
    options->operands = calloc((size_t)argc + 1, sizeof *options->operands);
    if (options->operands == NULL)
        return out_of_memory(options, errors);
    bool only_operands = false;
    for (int at = 1; at < argc; at++) {
        const char *word = argv[at];
        bool good = true;
        if (only_operands || word[0] != '-' || word[1] == '\0')
            options->operands[options->operand_count++] = word;
        else if (strcmp(word, "--") == 0)
            only_operands = true;
        else if (word[1] == '-')
            good = parse_long(options, word + 2, &at, argc, argv, errors);
        else
            good = parse_letters(options, word + 1, &at, argc, argv, errors);
        if (!good)
            return false;
    }
    return true;
}

void options_free(Options *options)
{
    for (size_t d = 0; d < options->define_count; d++)
        free((char *)options->define_list[d].name);
    free(options->define_list);
    free(options->operands);
    *options = (Options){0};
}

/* ------------------------------------------------------------- checking */

bool options_check(const Options *options, const Command *command, FILE *errors)
{
    for (OptionId id = 0; id < OPTION_COUNT_OF; id++) {
        if (!options->given[id] || (option_specs[id].commands & command->bit) != 0)
            continue;
        fprintf(errors, "snarl: `snarl %s` has no option --%s; see `snarl %s --help`\n", command->name,
                option_specs[id].name, command->name);
        return false;
    }
    enum { MOST = 1000000 };
    bool is_sampling = options->search != SEARCH_EXHAUSTIVE;
    if (is_sampling && options->given[OPTION_preemptions])
        fprintf(errors, "snarl: --preemptions bounds the exhaustive search; leave out --search %s\n",
                options->search == SEARCH_RANDOM ? "random" : options->search == SEARCH_PCT ? "pct" : "uniform");
    else if (!is_sampling && options->given[OPTION_runs])
        fprintf(errors, "snarl: --runs is for --search random, pct and uniform\n");
    else if (options->search != SEARCH_PCT && options->given[OPTION_depth])
        fprintf(errors, "snarl: --depth is for --search pct\n");
    else if (!is_sampling && command->bit != FOR_RUN && options->given[OPTION_seed])
        fprintf(errors, "snarl: --seed is for --search random, pct and uniform\n");
    else if (options->preemptions > MOST || options->depth > MOST || options->jobs > MOST)
        fprintf(errors, "snarl: --preemptions, --depth and --jobs are at most 1,000,000\n");
    else if (options->given[OPTION_checkpoint_every] && !options->given[OPTION_checkpoint])
        fprintf(errors, "snarl: --checkpoint-every is for --checkpoint\n");
    else if ((options->given[OPTION_checkpoint] || options->given[OPTION_resume]) && options->operand_count > 2)
        fprintf(errors, "snarl: a checkpoint is of one scenario: explore one file at a time\n");
    else if (options->runs > UINT32_MAX)
        fprintf(errors, "snarl: --runs is at most 4,294,967,295\n");
    else
        return true;
    return false;
}
