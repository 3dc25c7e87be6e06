#include "cli/work.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#ifdef SNARL_MPI
#include "mpi/processes.h"
#endif

/* ------------------------------------------------------------ interrupts */

static volatile sig_atomic_t interrupts;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupts = 1;
}

/* Handlers go after the first signal: the next one has its usual, deadly effect. A signal that whoever started us
 * wanted ignored stays ignored. */
void work_listen(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    static bool is_listening;
    if (is_listening)
        return;
    is_listening = true;
    for (size_t s = 0; s < sizeof signals / sizeof *signals; s++) {
        struct sigaction before, action = {.sa_handler = on_interrupt};
        action.sa_flags = (int)SA_RESETHAND;
        sigemptyset(&action.sa_mask);
        if (sigaction(signals[s], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[s], &action, NULL);
    }
}

bool work_interrupted(void)
{
#ifdef SNARL_MPI
    return processes_any(interrupts != 0); /* a signal may have come to one of them only */
#else
    return interrupts != 0;
#endif
}

/* --------------------------------------------------------------- loading */

/* All of standard input. NULL with a message when it cannot be read. */
char *work_read_input(size_t *length)
{
    enum { LARGEST = 64 << 20 };
    size_t room = 1 << 16;
    char *text = malloc(room);
    *length = 0;
    while (text != NULL) {
        errno = 0;
        *length += fread(text + *length, 1, room - *length, stdin);
        if (*length < room)
            break;
        if (room > LARGEST) {
            output_error("standard input is larger than 64 MiB");
            free(text);
            return NULL;
        }
        room *= 2;
        char *larger = realloc(text, room);
        if (larger == NULL)
            free(text);
        text = larger;
    }
    if (text == NULL) {
        output_error("out of memory");
    } else if (ferror(stdin)) {
        output_error("cannot read standard input: %s", strerror(errno));
        free(text);
        text = NULL;
    }
    return text;
}

#ifdef SNARL_MPI
/* The first process has read the file, and tells the others what is in it. */
static SnStatus share_scenario(SnStatus status, const char *path, const SnLoadOptions *load, SnScenario **scenario)
{
    size_t length = 0;
    char *text = NULL;
    if (*scenario != NULL)
        text = (char *)(uintptr_t)sn_scenario_text(*scenario, &length);
    bool has_failed = processes_any(status != SN_OK);
    if (has_failed)
        return processes_peers()->rank == 0 ? status : SN_SYSTEM;
    processes_share(&text, &length);
    if (processes_peers()->rank != 0) {
        char *message = NULL;
        status = sn_load(path, text, length, load, scenario, &message);
        sn_string_free(message);
        free(text);
    }
    return status;
}
#endif

SnStatus work_load(const Options *options, const char *path, SnScenario **scenario)
{
    const SnLoadOptions load = {
        .defines = options->define_list,
        .define_count = options->define_count,
        .statement_granularity = options->granularity == GRANULARITY_STATEMENT,
        .spurious = options->spurious,
    };
    char *message = NULL;
    SnStatus status;
    *scenario = NULL;
#ifdef SNARL_MPI
    if (processes_peers()->rank != 0)
        return share_scenario(SN_OK, path, &load, scenario);
#endif
    if (strcmp(path, "-") == 0) {
        size_t length;
        char *text = work_read_input(&length);
        status = SN_SYSTEM;
        if (text != NULL)
            status = sn_load("<stdin>", text, length, &load, scenario, &message);
        free(text);
    } else {
        status = sn_load_file(path, &load, scenario, &message);
    }
    if (status == SN_OK && options->quiet)
        sn_string_free(message);
    else if (status == SN_SYSTEM && message == NULL)
        output_error("%s: no memory left to load it", path);
    else if (status == SN_SYSTEM)
        output_message(message);
    else
        output_diagnostics(message);
#ifdef SNARL_MPI
    status = share_scenario(status, path, &load, scenario);
#endif
    return status;
}

/* ------------------------------------------------------------- exploring */

typedef struct Progress {
    bool is_shown;  /* on a terminal */
    bool on_screen; /* there is a line to clear */
    double last;    /* seconds at which it was drawn */
    struct Milestone {
        uint64_t states, expanded;
    } before, latest; /* the latest when a quarter more was expanded than at the one before */
} Progress;

static SnReduce reduce_of(ReduceChoice choice)
{
    switch (choice) {
    case REDUCE_NONE: return SN_REDUCE_NONE;
    case REDUCE_AUTO: return SN_REDUCE_AUTO;
    case REDUCE_CLASSES: return SN_REDUCE_CLASSES;
    case REDUCE_ALL: return SN_REDUCE_ALL;
    case REDUCE_PERSISTENT: return SN_REDUCE_PERSISTENT;
    case REDUCE_SLEEP: return SN_REDUCE_SLEEP;
    case REDUCE_MERGE: return SN_REDUCE_MERGE;
    case REDUCE_SYMMETRY: return SN_REDUCE_SYMMETRY;
    }
    return SN_REDUCE_AUTO;
}

static void format_count(char *text, size_t size, double count)
{
    static const char units[] = " kMGT";
    size_t unit = 0;
    while (count >= 9999.5 && unit + 2 < sizeof units) {
        count /= 1000;
        unit++;
    }
    snprintf(text, size, unit == 0 ? "%.0f" : "%.0f%c", count, units[unit]);
}

/* How much of the exploration is done, as a guess. Of the states expanded lately each brought `rate` new ones; if it
 * stays at that, those that wait bring 1 / (1 - rate) times as many. As long as they become more the middle is ahead. */
static void format_share(char *text, size_t size, Progress *line, const SnProgress *progress)
{
    struct Milestone here = {progress->states, progress->states - progress->frontier};
    if (here.expanded >= line->latest.expanded + line->latest.expanded / 4) {
        line->before = line->latest;
        line->latest = here;
    }
    double rate = (double)(here.states - line->before.states) / (double)(here.expanded - line->before.expanded + 1);
    double total = (double)here.expanded + (double)progress->frontier / (1 - rate);
    if (rate >= 1 || (double)here.expanded * 2 < total)
        snprintf(text, size, "less than half");
    else
        snprintf(text, size, "about %.0f %%", floor(100 * (double)here.expanded / total));
}

static bool on_progress(void *context, const SnProgress *progress)
{
    static const double pause_seconds = 0.2, first_seconds = 0.4;
    Progress *line = context;
    if (interrupts != 0)
        return false;
    if (!line->is_shown || progress->seconds < first_seconds || progress->seconds - line->last < pause_seconds)
        return true;
    char states[16], rate[16], bytes[16], waiting[16], share[32];
    format_count(states, sizeof states, (double)progress->states);
    format_count(rate, sizeof rate, (double)progress->states / progress->seconds);
    format_count(bytes, sizeof bytes, (double)progress->bytes);
    fprintf(stderr, "\r\033[K%.20s: %s states", progress->phase == NULL ? "exploring" : progress->phase, states);
    if (progress->frontier > 0) {
        format_count(waiting, sizeof waiting, (double)progress->frontier);
        format_share(share, sizeof share, line, progress);
        fprintf(stderr, ", %s waiting, %s/s, %s", waiting, rate, share);
    }
    fprintf(stderr, ", %sB, %.0f s", bytes, progress->seconds);
    fflush(stderr);
    line->last = progress->seconds;
    line->on_screen = true;
    return true;
}

SnStatus work_explore(const Options *options, const WorkWishes *wishes, const SnScenario *scenario, SnResult **result)
{
    Progress line = {.is_shown = !options->quiet && isatty(STDERR_FILENO) == 1};
    static const SnSearch searches[] = {
        [SEARCH_EXHAUSTIVE] = SN_SEARCH_EXHAUSTIVE, [SEARCH_RANDOM] = SN_SEARCH_RANDOM, [SEARCH_PCT] = SN_SEARCH_PCT, [SEARCH_UNIFORM] = SN_SEARCH_UNIFORM};
    const SnExploreOptions explore = {
        .search = searches[options->search],
        .runs = options->runs,
        .seed = options->given[OPTION_seed] ? options->seed : 1,
        .depth = (uint32_t)options->depth,
        .has_preemption_bound = options->given[OPTION_preemptions],
        .preemption_bound = (uint32_t)options->preemptions,
        .jobs = (uint32_t)options->jobs,
        .max_states = options->max_states,
        .max_memory = options->max_memory,
        .max_seconds = options->max_time,
        .max_counted = options->max_counted,
        .checkpoint = options->checkpoint,
        .checkpoint_seconds = options->checkpoint_every,
        .resume = options->resume,
        .reduce = reduce_of((ReduceChoice)options->reduce),
        .skip_counts = wishes != NULL && wishes->no_counts,
        .map_states = wishes == NULL ? 0 : wishes->map_states,
        .progress = on_progress,
        .progress_context = &line,
#ifdef SNARL_MPI
        .peers = processes_peers(),
#endif
    };
    char *message = NULL;
    *result = NULL;
    work_listen();
    SnStatus status = sn_explore(scenario, &explore, result, &message);
    if (line.on_screen)
        output_clear_line();
    if (*result == NULL && message == NULL)
        output_error("out of memory");
    output_message(message);
    return status;
}

SnStatus work_told(const Options *options, const SnResult *result, SnStatus status)
{
    if (result->checkpoint_failure != NULL) {
        output_error("%s", result->checkpoint_failure);
        return output_worse(status, SN_SYSTEM);
    }
    if (options->checkpoint != NULL && !result->may_go_on && output_is_written())
        remove(options->checkpoint);
    return status;
}

void work_tell_limit(const Options *options, const SnResult *result)
{
    if (result != NULL && !result->complete && result->stopped != NULL && !options->quiet)
        output_error("not all explored: %s", result->stopped);
    for (uint32_t n = 0; result != NULL && n < result->note_count && !options->quiet; n++)
        if (strstr(result->notes[n], "no memory") != NULL)
            output_error("%s", result->notes[n]);
}

bool work_found_nothing_yet(const SnResult *result)
{
    return result != NULL && !result->complete && result->finding_count == 0;
}

uint32_t work_most_telling(const SnResult *result)
{
    for (uint32_t f = 0; f < result->finding_count; f++) {
        const char *kind = result->findings[f].kind;
        if (strcmp(kind, "data-race") != 0 && strcmp(kind, "lock-order") != 0)
            return f;
    }
    return result->finding_count > 0 ? 0 : SN_NONE;
}
