/* options.h: the one table of options and commands, from which the parser, --help, the manual page and the shell
 * completions are made.
 *
 * Shape   every option has a field in Options, named in its row of OPTIONS. Options and operands may mix; the first
 *         operand is the command; `--` ends the options; `-` is an operand (standard input).
 * Owner   Options owns its two lists; texts point into argv.
 * Errors  options_parse writes one message, with a suggestion where a name is nearly right. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "snarl/snarl.h"

/* Commands that an option belongs to. */
enum {
    FOR_EXPLORE = 1 << 0,
    FOR_RUN = 1 << 1,
    FOR_OUTCOMES = 1 << 2,
    FOR_DRAW = 1 << 3,
    FOR_TEST = 1 << 4,
    FOR_NEW = 1 << 5,
    FOR_HELP = 1 << 6,
    FOR_COMPLETION = 1 << 7,
    FOR_TIME = 1 << 8,
    FOR_STEP = 1 << 9,
    FOR_REPLAY = 1 << 10,
    FOR_HTML = 1 << 11,
    FOR_FMT = 1 << 13,
    FOR_STRESS = 1 << 12,
    FOR_EXPORT = 1 << 14,
    FOR_ALL = (1 << 16) - 1,
    FOR_SAMPLING = FOR_EXPLORE | FOR_OUTCOMES | FOR_DRAW | FOR_TIME | FOR_HTML
};

typedef enum OptionKind {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char * */
    OPTION_COUNT,  /* uint64_t: decimal, from 1 */
    OPTION_NUMBER, /* uint64_t: decimal, from 0 */
    OPTION_SIZE,   /* size_t: bytes, with K, M, G, T */
    OPTION_TIME,   /* double: seconds, with ms, s, m, h */
    OPTION_CHOICE, /* int: index of the word in `argument`, which lists them with | between */
    OPTION_DEFINE  /* one more SnDefine */
} OptionKind;

typedef enum ColorChoice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } ColorChoice;
typedef enum GranularityChoice { GRANULARITY_STEP, GRANULARITY_STATEMENT } GranularityChoice;
typedef enum ReduceChoice {
    REDUCE_NONE,
    REDUCE_AUTO,
    REDUCE_CLASSES,
    REDUCE_ALL,
    REDUCE_PERSISTENT,
    REDUCE_SLEEP,
    REDUCE_MERGE,
    REDUCE_SYMMETRY
} ReduceChoice;
typedef enum SearchChoice { SEARCH_EXHAUSTIVE, SEARCH_RANDOM, SEARCH_PCT, SEARCH_UNIFORM } SearchChoice;
typedef enum PolicyChoice { POLICY_ROUND_ROBIN, POLICY_RANDOM, POLICY_SEQUENTIAL } PolicyChoice;
typedef enum ThemeChoice { THEME_LIGHT, THEME_DARK } ThemeChoice;
typedef enum SizeChoice { SIZE_SLIDE, SIZE_PAGE, SIZE_WIDE } SizeChoice;
typedef enum LanguageChoice { LANGUAGE_EN, LANGUAGE_RU } LanguageChoice;
typedef enum ProfileChoice { PROFILE_MIXED, PROFILE_PLAIN, PROFILE_PAUSES, PROFILE_YIELDS } ProfileChoice;
typedef enum FormatChoice { FORMAT_SVG, FORMAT_PDF, FORMAT_PNG, FORMAT_DOT } FormatChoice;

/* X(field, C type, kind, letter, "long name", "ARGUMENT", commands, "help") */
#define OPTIONS(X)                                                                                                     \
    X(defines, void *, OPTION_DEFINE, 'D', "define", "NAME=VALUE", FOR_ALL, "set a `const` of the scenario")           \
    X(granularity, int, OPTION_CHOICE, 0, "granularity", "step|statement", FOR_ALL,                                    \
      "what one step is: one access, or one whole statement")                                                          \
    X(spurious, bool, OPTION_FLAG, 0, "spurious", NULL, FOR_ALL, "let condition variables wake without a signal")      \
    X(max_states, uint64_t, OPTION_COUNT, 0, "max-states", "N", FOR_ALL, "stop after N states")                        \
    X(max_memory, size_t, OPTION_SIZE, 0, "max-memory", "SIZE", FOR_ALL,                                               \
      "stop before the memory exceeds SIZE, as 512M or 2G (default: three quarters of the machine's)")                 \
    X(max_time, double, OPTION_TIME, 0, "max-time", "T", FOR_ALL, "stop after a time, as 10s, 2m or 1h")               \
    X(checkpoint, const char *, OPTION_TEXT, 0, "checkpoint", "FILE", FOR_EXPLORE | FOR_OUTCOMES,                      \
      "write what was found so far to FILE, now and then and when a limit or a signal ends the exploration; removed "   \
      "when all is explored")                                                                                          \
    X(checkpoint_every, double, OPTION_TIME, 0, "checkpoint-every", "T", FOR_EXPLORE | FOR_OUTCOMES,                   \
      "how long from one checkpoint to the next, as 10s or 5m (default: 30s; more where writing takes long)")          \
    X(resume, const char *, OPTION_TEXT, 0, "resume", "FILE", FOR_EXPLORE | FOR_OUTCOMES,                              \
      "go on from a checkpoint of the same scenario and options")                                                      \
    X(jobs, uint64_t, OPTION_COUNT, 'j', "jobs", "N", FOR_ALL,                                                         \
      "how many processors to use; results do not depend on it")                                                       \
    X(reduce, int, OPTION_CHOICE, 0, "reduce", "none|auto|classes|all|persistent|sleep|merge|symmetry", FOR_ALL, \
      "how to explore less (default: auto); `classes` counts the inequivalent interleavings, too; `all`, or one of the "  \
      "others alone: as few states as show every finding and every outcome, without counts")                            \
    X(max_counted, uint64_t, OPTION_COUNT, 0, "max-counted", "N", FOR_ALL,                                              \
      "with --reduce auto: count interleavings while there are at most N states (default: 10,000,000); beyond, --reduce " \
      "all")                                                                                                            \
    X(search, int, OPTION_CHOICE, 0, "search", "exhaustive|random|pct|uniform", FOR_ALL,                               \
      "all interleavings; random runs: each possible step as likely as the others, with random priorities, or each "   \
      "interleaving as likely as the others (default: exhaustive)")                                                    \
    X(runs, uint64_t, OPTION_COUNT, 0, "runs", "N", FOR_SAMPLING, "how many random runs (default: 10,000)")            \
    X(depth, uint64_t, OPTION_COUNT, 0, "depth", "D", FOR_SAMPLING,                                                    \
      "with --search pct: how many steps must come in a certain order for the bug (default: 3)")                       \
    X(preemptions, uint64_t, OPTION_NUMBER, 0, "preemptions", "N", FOR_ALL,                                            \
      "only interleavings with at most N preemptions")                                                                 \
    X(json, bool, OPTION_FLAG, 0, "json", NULL, FOR_ALL, "print JSON instead of text")                                 \
    X(color, int, OPTION_CHOICE, 0, "color", "auto|always|never", FOR_ALL,                                             \
      "colours (default: auto, on a terminal unless NO_COLOR is set)")                                                 \
    X(quiet, bool, OPTION_FLAG, 'q', "quiet", NULL, FOR_ALL, "only the verdict; no warnings, no progress")             \
    X(verbose, bool, OPTION_FLAG, 'v', "verbose", NULL, FOR_ALL, "every finding with its steps, locals, memory")       \
    X(help, bool, OPTION_FLAG, 'h', "help", NULL, FOR_ALL, "explain a command")                                        \
    X(version, bool, OPTION_FLAG, 'V', "version", NULL, FOR_ALL, "print the version")                                  \
    X(check, bool, OPTION_FLAG, 0, "check", NULL, FOR_FMT, "only list the files that are not formatted; status 1 then")  \
    X(steps, bool, OPTION_FLAG, 0, "steps", NULL, FOR_EXPLORE, "list the steps of each thread instead of exploring")   \
    X(schedule, const char *, OPTION_TEXT, 's', "schedule", "S", FOR_RUN | FOR_DRAW | FOR_TIME | FOR_STEP | FOR_REPLAY | FOR_EXPORT,             \
      "thread names in the order in which they step, as 'A B*3 A'")                                                    \
    X(seed, uint64_t, OPTION_NUMBER, 0, "seed", "N", FOR_RUN | FOR_SAMPLING,                                           \
      "pick each step at random, starting from seed N")                                                                \
    X(policy, int, OPTION_CHOICE, 0, "policy", "round-robin|random|sequential", FOR_RUN,                               \
      "who steps next (default: round-robin)")                                                                         \
    X(output, const char *, OPTION_TEXT, 'o', "output", "OUT", FOR_DRAW | FOR_STEP | FOR_HTML | FOR_EXPORT,                                   \
      "file to write; for `draw` its ending says the format (step: for the schedule)")                                \
    X(format, int, OPTION_CHOICE, 0, "format", "svg|pdf|png|dot", FOR_DRAW,                                            \
      "format, whatever the file's ending (default without -o: dot)")                                                  \
    X(finding, uint64_t, OPTION_COUNT, 0, "finding", "N", FOR_DRAW | FOR_STEP | FOR_REPLAY | FOR_HTML, "the N-th finding of `snarl explore`")        \
    X(kind, const char *, OPTION_TEXT, 0, "kind", "KIND", FOR_DRAW, "draw the first finding of a kind, as deadlock")   \
    X(outcome, uint64_t, OPTION_COUNT, 0, "outcome", "N", FOR_DRAW | FOR_STEP | FOR_REPLAY, "the N-th outcome of `snarl outcomes`")       \
    X(theme, int, OPTION_CHOICE, 0, "theme", "light|dark", FOR_DRAW | FOR_HTML,                                          \
      "colours (default: light; a page follows the reader's system)")                                                  \
    X(page, uint64_t, OPTION_COUNT, 0, "page", "N", FOR_DRAW,                                                          \
      "page of a long schedule or order (default: the one with the finding)")                                          \
    X(size, int, OPTION_CHOICE, 0, "size", "slide|page|wide", FOR_DRAW,                                                \
      "slide: 16:9 (default); page: A4 upright; wide: 16:9 with room for twice as many rows")                          \
    X(language, int, OPTION_CHOICE, 0, "lang", "en|ru", FOR_DRAW | FOR_HTML,                                             \
      "language of the fixed words (default: en)")                                                                     \
    X(path, bool, OPTION_FLAG, 0, "path", NULL, FOR_DRAW,                                                              \
      "states: only the way to the finding, and the states beside it")                                                 \
    X(slowest, bool, OPTION_FLAG, 0, "slowest", NULL, FOR_DRAW,                                                        \
      "timeline: the slowest execution instead of the fastest")                                                        \
    X(beamer, bool, OPTION_FLAG, 0, "beamer", NULL, FOR_DRAW,                                                          \
      "frames: also print the lines that show them one by one in LaTeX Beamer")                                        \
    X(all, const char *, OPTION_TEXT, 0, "all", "DIR", FOR_DRAW,                                                       \
      "every picture of every finding into DIR, with an index.html; no KIND then")                                     \
    X(replay_all, bool, OPTION_FLAG, 0, "all", NULL, FOR_REPLAY, "every finding and every outcome")                    \
    X(real_runs, uint64_t, OPTION_COUNT, 0, "runs", "N", FOR_REPLAY | FOR_STRESS,                                      \
      "replay: force N random schedules; stress: end after N runs")                                                    \
    X(real_seed, uint64_t, OPTION_NUMBER, 0, "seed", "N", FOR_REPLAY | FOR_STRESS, "where random numbers start")       \
    X(repeat, uint64_t, OPTION_COUNT, 0, "repeat", "N", FOR_REPLAY, "force each schedule N times")                     \
    X(seconds, double, OPTION_TIME, 0, "seconds", "T", FOR_STRESS | FOR_DRAW | FOR_HTML, \
      "how long the threads run freely (default: 2s; draw outcomes, html: not at all)")    \
    X(profile, int, OPTION_CHOICE, 0, "profile", "mixed|plain|pauses|yields", FOR_STRESS,                              \
      "how the threads are stirred (default: mixed, the others in turn)")

typedef enum OptionId {
#define OPTION_ID(field, ...) OPTION_##field,
    OPTIONS(OPTION_ID)
#undef OPTION_ID
        OPTION_COUNT_OF
} OptionId;

typedef struct OptionSpec {
    OptionKind kind;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL for flags */
    unsigned commands;
    const char *help;
    size_t offset; /* of the field */
} OptionSpec;
extern const OptionSpec option_specs[OPTION_COUNT_OF];

typedef struct Options {
#define OPTION_FIELD(field, type, ...) type field;
    OPTIONS(OPTION_FIELD)
#undef OPTION_FIELD
    bool given[OPTION_COUNT_OF];
    SnDefine *define_list; /* a later one of the same name replaces an earlier one */
    size_t define_count;
    const char **operands; /* the command is the first */
    size_t operand_count;
    bool lacks_memory; /* options_parse failed for want of memory, not of sense */
} Options;

typedef struct Command {
    const char *name;
    const char *usage;   /* operands and the options that matter most */
    const char *summary; /* one line */
    const char *about;   /* paragraphs for --help and the manual page */
    unsigned bit;        /* FOR_... */
    SnStatus (*run)(const Options *options);
} Command;
extern const Command commands[]; /* main.c; ends with a NULL name */

/* False, with a message on `errors`, when the command line is wrong. Free in both cases. */
bool options_parse(Options *options, int argc, char **argv, FILE *errors);
/* False, with a message, when an option was given that the command does not have, or that is not effective yet. */
bool options_check(const Options *options, const Command *command, FILE *errors);
void options_free(Options *options);

/* The word of `words` nearest to `word` and not too far off, or NULL. */
const char *options_nearest(const char *word, const char *const *words, size_t count);
/* The k-th word of "a|b|c" into `word`; false past the end. */
bool options_word(const char *words, size_t k, char *word, size_t size);

/* Decimal, "0x" or true/false into 64 bits; the rest of the text must be empty. */
bool options_read_integer(const char *text, int64_t *value);
bool options_read_size(const char *text, size_t *bytes);
bool options_read_time(const char *text, double *seconds);

#endif
