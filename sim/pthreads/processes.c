#define _GNU_SOURCE
#include "pthreads/processes.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

bool processes_are_real(const Program *program)
{
    for (ThreadId t = 0; t < program->thread_count; t++)
        if (program->threads[t].is_process)
            return true;
    return false;
}

/* -------------------------------------------------------------- variables */

/* One cell for each variable that is not mapped; the same variable of another process has the same. */
static void number_cells(Rig *rig)
{
    const Program *program = rig->program;
    ObjectId source = 0;
    for (ObjectId o = 0; o < program->variable_count; o++) {
        const Object *object = &program->objects[o];
        if (object->owner == NO_ID) {
            rig->cell_of[o] = object->symbol->is_mapped ? NO_ID : o;
            continue;
        }
        if (o == 0 || program->objects[o - 1].owner != object->owner)
            source = 0;
        while (program->objects[source].symbol != object->symbol || program->objects[source].element != object->element)
            source++;
        rig->cell_of[o] = source;
    }
}

static void start_fresh(Rig *rig)
{
    const Program *program = rig->program;
    for (ObjectId o = 0; o < program->variable_count; o++) {
        const Object *object = &program->objects[o];
        if (rig->cell_of[o] == o)
            atomic_store(&rig->cells[o], object->element < object->symbol->initial_count ? object->symbol->initial[object->element] : 0);
    }
}

Status processes_new(Rig *rig)
{
    size_t count = (size_t)rig->program->variable_count + 1;
    rig->cells = mem_alloc(count, sizeof *rig->cells); /* of this process: not shared */
    rig->cell_of = mem_alloc(count, sizeof *rig->cell_of);
    if (rig->cells == NULL || rig->cell_of == NULL)
        return STATUS_NO_MEMORY;
    number_cells(rig);
    start_fresh(rig);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* who is left when its forker was killed is reaped here */
    return STATUS_OK;
}

void processes_free(Rig *rig)
{
    mem_free((void *)rig->cells);
    mem_free(rig->cell_of);
}

void processes_report(const Worker *worker)
{
    Rig *rig = worker->rig;
    const Program *program = rig->program;
    ThreadId owner = worker->code->is_process ? worker->id : NO_ID;
    for (ObjectId o = 0; o < program->variable_count; o++)
        if (program->objects[o].owner == owner && rig->cell_of[o] != NO_ID)
            atomic_store(&rig->objects[o].value, atomic_load(&rig->cells[rig->cell_of[o]]));
}

/* --------------------------------------------------------------- life */

static _Noreturn void be_process(Worker *worker, pid_t parent, void *(*live)(void *worker))
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before we asked */
        _exit(1);
    if (!worker->inherits)
        start_fresh(worker->rig);
    live(worker);
    _exit(0);
}

bool processes_start(Worker *worker, const Worker *forker, void *(*live)(void *worker))
{
    pid_t parent = getpid();
    worker->forker = forker == NULL ? NO_ID : forker->id;
    pid_t process = fork();
    if (process == 0)
        be_process(worker, parent, live);
    if (process > 0)
        worker->process = process;
    return process > 0;
}

void processes_reap(const Worker *forker)
{
    Rig *rig = forker->rig;
    for (ThreadId t = 0; rig->shared != NULL && t < rig->program->thread_count; t++) {
        Worker *worker = &rig->workers[t];
        if (worker->forker != forker->id || worker->process == 0) /* in this order: those of others are written by who reaps them */
            continue;
        while (waitpid(worker->process, NULL, 0) < 0 && errno == EINTR)
            continue;
        worker->process = 0;
    }
}

bool processes_has_ended(Worker *worker)
{
    if (waitpid(worker->process, NULL, WNOHANG) == 0)
        return false;
    worker->process = 0;
    return true;
}

void processes_kill(Rig *rig)
{
    if (rig->shared == NULL)
        return;
    for (ThreadId t = 0; t < rig->program->thread_count; t++)
        if (rig->workers[t].process > 0)
            kill(rig->workers[t].process, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
}
