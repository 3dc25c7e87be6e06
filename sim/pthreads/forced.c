#include "pthreads/forced.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "pthreads/child.h"

enum { CHILD_DONE = 0, CHILD_RENEW = 10, CHILD_NO_MEMORY = 11, LOOK_MS = 100, SILENT_SECONDS = 120 };

typedef struct Forcing {
    Machine *machine;
    const ForcedJob *jobs;
    uint32_t count, next; /* the job that the child begins with */
    const ForcedOptions *options;
} Forcing;

/* ------------------------------------------------------------ in the child */

static bool send_record(int to, ForcedRecord *record, const Text *text)
{
    record->text_length = (uint32_t)text->length;
    return child_write(to, record, sizeof *record) && (text->length == 0 || child_write(to, text->bytes, text->length));
}

static Status force(Forcing *forcing, uint32_t number, int to, bool *is_stuck)
{
    const ForcedJob *job = &forcing->jobs[number];
    TurnOptions turns = {.shows_blocked = job->shows_blocked, .proc = forcing->options->proc == NULL ? "/proc" : forcing->options->proc};
    ForcedRecord record = {.job = number, .step_count = job->schedule->count};
    TurnReport report = {0};
    Course *course;
    Refusal refusal;
    Status status = course_make(forcing->machine, job->schedule, &course, &refusal);
    if (status != STATUS_OK)
        return status;
    if (course->count > 0 || course->start_stop.is_stopped) {
        const CourseStop *stop = course->count > 0 ? &course->steps[course->count - 1].stop : &course->start_stop;
        record.stop = stop->kind;
        record.is_assume = stop->is_assume;
    }
    record.end = course->end;
    status = turnstile_run(course, &turns, &report);
    *is_stuck = report.is_stuck;
    record.agrees = status == STATUS_OK && report.agrees;
    record.step = report.step;
    record.evidence = report.evidence;
    record.stuck_count = report.stuck_count;
    memcpy(record.stuck, report.stuck, sizeof record.stuck);
    if (status == STATUS_LIMIT)
        record.job = NO_ID; /* the text says what the system refuses */
    if (status != STATUS_NO_MEMORY && !send_record(to, &record, &report.text))
        status = STATUS_INTERRUPTED;
    text_free(&report.text);
    if (!report.is_stuck)
        course_free(course);
    return status;
}

static int force_all(void *context, int to)
{
    Forcing *forcing = context;
    int processor;
    if (child_processors(&processor, 1) == 1)
        child_pin(processor); /* the baton does not wander between processors: a tenth of the time */
    uint32_t repeat = forcing->options->repeat == 0 ? 1 : forcing->options->repeat;
    /* The parent counts the records: `next` of them lie behind us. */
    for (uint64_t n = forcing->next; n < (uint64_t)forcing->count * repeat; n++) {
        bool is_stuck = false;
        Status status = force(forcing, (uint32_t)(n / repeat), to, &is_stuck);
        if (status == STATUS_NO_MEMORY)
            return CHILD_NO_MEMORY;
        if (status != STATUS_OK)
            return CHILD_DONE;
        if (is_stuck)
            return CHILD_RENEW;
    }
    return CHILD_DONE;
}

/* ----------------------------------------------------------- in the parent */

static Status explain_death(int how, uint32_t job, char **message)
{
    Text text = {0};
    if (WIFSIGNALED(how))
        text_format(&text, "the process with the real threads was ended by signal %d (%s) in schedule %u", WTERMSIG(how), strsignal(WTERMSIG(how)), job + 1);
    else
        text_format(&text, "the process with the real threads ended with status %d in schedule %u", WEXITSTATUS(how), job + 1);
    *message = text_take(&text);
    return STATUS_LIMIT;
}

/* One record. STATUS_IO: the child has ended. */
static Status listen(const Forcing *forcing, const Child *child, bool *is_last, char **message)
{
    const ForcedOptions *options = forcing->options;
    ForcedRecord record;
    for (int waited = 0;; waited += LOOK_MS) {
        if (options->goes_on != NULL && !options->goes_on(options->context))
            return STATUS_INTERRUPTED;
        if (child_wait(child, LOOK_MS))
            break;
        if (waited > SILENT_SECONDS * 1000) {
            *message = NULL;
            Text text = {0};
            text_format(&text, "the process with the real threads was silent for %d s", SILENT_SECONDS);
            *message = text_take(&text);
            return STATUS_LIMIT;
        }
    }
    if (!child_read(child, &record, sizeof record))
        return STATUS_IO;
    char *text = mem_alloc((size_t)record.text_length + 1, 1);
    if (text == NULL)
        return STATUS_NO_MEMORY;
    Status status = child_read(child, text, record.text_length) ? STATUS_OK : STATUS_IO;
    if (status == STATUS_OK && record.job == NO_ID) {
        *message = text;
        return STATUS_LIMIT;
    }
    if (status == STATUS_OK && !options->record(options->context, &record, text))
        status = STATUS_NO_MEMORY;
    *is_last = !record.agrees;
    mem_free(text);
    return status;
}

Status forced_run(Machine *machine, const ForcedJob *jobs, uint32_t count, const ForcedOptions *options, char **message)
{
    Forcing forcing = {.machine = machine, .jobs = jobs, .count = count, .options = options};
    uint64_t repeat = options->repeat == 0 ? 1 : options->repeat;
    *message = NULL;
    while (forcing.next < count * repeat) {
        Child child;
        if (!child_start(&child, force_all, &forcing)) {
            Text text = {0};
            text_format(&text, "the system gives no process for the real threads: %s (see `ulimit -u`)", strerror(errno));
            *message = text_take(&text);
            return STATUS_LIMIT;
        }
        Status status;
        uint32_t before = forcing.next;
        bool disagrees = false;
        while ((status = listen(&forcing, &child, &disagrees, message)) == STATUS_OK) {
            forcing.next++;
            if (disagrees && forcing.next % repeat != 0) /* the other repetitions can tell nothing more */
                break;
        }
        if (status == STATUS_OK) {
            child_end(&child, true);
            forcing.next += (uint32_t)(repeat - forcing.next % repeat);
            continue;
        }
        int how = child_end(&child, status != STATUS_IO);
        if (status != STATUS_IO)
            return status;
        if (WIFEXITED(how) && WEXITSTATUS(how) == CHILD_NO_MEMORY)
            return STATUS_NO_MEMORY;
        bool went_on = forcing.next > before && WIFEXITED(how) && (WEXITSTATUS(how) == CHILD_RENEW || WEXITSTATUS(how) == CHILD_DONE);
        if (!went_on)
            return explain_death(how, forcing.next / (uint32_t)repeat, message);
    }
    return STATUS_OK;
}
