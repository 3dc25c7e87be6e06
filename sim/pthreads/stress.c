/* stress.c: the parent of a stress run. */
#define _GNU_SOURCE
#include "pthreads/stress.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "pthreads/child.h"
#include "pthreads/stress_rig.h"

enum { LOOK_MS = 20 };

void stress_key(const char *const *values, uint32_t value_count, const char *const *output, uint32_t output_count, SnEnd end, bool final, Text *out)
{
    for (uint32_t v = 0; v < value_count; v++) {
        text_add(out, values[v]);
        text_add_char(out, '\x1f');
    }
    if (end == SN_END_RUNNING) /* only a part of the key */
        return;
    for (uint32_t o = 0; o < output_count; o++) {
        text_add(out, output[o]);
        text_add_char(out, '\x1e');
    }
    text_add(out, sn_end_name(end));
    text_add(out, final ? "+" : "-");
}

static Status give_up(char **message, const char *what, const char *why)
{
    Text text = {0};
    text_format(&text, "%s%s", what, why);
    *message = text_take(&text);
    return STATUS_LIMIT;
}

/* So many runs as were asked for, those that were broken off among them: where none ends, none may follow without end. */
static bool is_enough(const StressRig *stress)
{
    uint64_t cut = atomic_load(&stress->board->cut);
    return stress->options->runs > 0 && cut > 0 && atomic_load(&stress->board->runs) + cut >= stress->options->runs;
}

/* Runs one child for as long as it lives, or the time lasts. */
static Status run_child(StressRig *stress, double until, bool *is_over, char **message)
{
    const StressOptions *options = stress->options;
    StressBoard *board = stress->board;
    Child child;
    char byte;
    if (!child_start(&child, stress_live, stress))
        return give_up(message, "the system gives no process for the real threads; see `ulimit -u`: ", strerror(errno));
    while (!child_wait(&child, LOOK_MS)) {
        double now = stress_now();
        bool goes_on = options->goes_on == NULL ||
                       options->goes_on(options->context, atomic_load(&board->runs), atomic_load(&board->seen), now - stress->started);
        if (goes_on && now < until && !is_enough(stress))
            continue;
        child_end(&child, true);
        *is_over = true;
        return goes_on ? STATUS_OK : STATUS_INTERRUPTED;
    }
    child_read(&child, &byte, 1); /* its end */
    int how = child_end(&child, false);
    if (WIFEXITED(how) && WEXITSTATUS(how) == STRESS_TROUBLE)
        return give_up(message, board->trouble, "");
    if (WIFSIGNALED(how))
        return give_up(message, "the process with the real threads was ended by a signal: ", strsignal(WTERMSIG(how)));
    if (WEXITSTATUS(how) == STRESS_RENEW)
        atomic_fetch_add(&board->replaced, 1);
    *is_over = WEXITSTATUS(how) != STRESS_RENEW || stress_now() >= until || is_enough(stress);
    return STATUS_OK;
}

static Status copy_board(const StressRig *stress, StressResult *result)
{
    const StressBoard *board = stress->board;
    int numbers[64];
    result->counts = mem_alloc((size_t)stress->key_count + 1, sizeof *result->counts);
    if (result->counts == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t k = 0; k < stress->key_count; k++)
        result->counts[k] = (StressCount){atomic_load(&board->counts[k].runs), board->counts[k].first_seconds};
    result->runs = atomic_load(&board->runs);
    result->dropped = atomic_load(&board->dropped);
    result->cut = atomic_load(&board->cut);
    result->replaced = atomic_load(&board->replaced);
    result->strangers = atomic_load(&board->strangers);
    result->stranger_count = atomic_load(&board->stranger_count);
    result->was_weak = atomic_load(&board->was_weak);
    for (uint32_t s = 0; s < result->stranger_count; s++) {
        memcpy(result->stranger_keys[s], board->stranger_keys[s], STRESS_TEXT);
        result->stranger_runs[s] = atomic_load(&board->stranger_runs[s]);
    }
    result->processors = child_processors(numbers, sizeof numbers / sizeof *numbers);
    result->seconds = stress_now() - stress->started;
    return STATUS_OK;
}

Status stress_measure(const Program *program, const char *const *keys, uint32_t key_count, const StressOptions *options, StressResult *result, char **message)
{
    StressRig stress = {.program = program, .options = options, .keys = keys, .key_count = key_count, .started = stress_now()};
    size_t size = sizeof *stress.board + (size_t)key_count * sizeof stress.board->counts[0];
    bool is_over = false;
    *result = (StressResult){0};
    *message = NULL;
    stress.board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stress.board == MAP_FAILED)
        return STATUS_NO_MEMORY;
    Status status = STATUS_OK;
    while (!is_over && status == STATUS_OK)
        status = run_child(&stress, stress.started + options->seconds, &is_over, message);
    if (status == STATUS_OK || status == STATUS_INTERRUPTED) {
        Status copied = copy_board(&stress, result);
        status = copied == STATUS_OK ? status : copied;
    }
    munmap(stress.board, size);
    return status;
}
