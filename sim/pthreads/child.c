#define _GNU_SOURCE
#include "pthreads/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void be_child(pid_t parent, int (*body)(void *context, int to), void *context, int to)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before we asked */
        _exit(1);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    _exit(body(context, to));
}

bool child_start(Child *child, int (*body)(void *context, int to), void *context)
{
    int ends[2];
    pid_t parent = getpid();
    *child = (Child){.from = -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        be_child(parent, body, context, ends[1]);
    }
    int error = errno;
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        errno = error;
        return false;
    }
    *child = (Child){process, ends[0]};
    return true;
}

bool child_wait(const Child *child, int milliseconds)
{
    struct pollfd polled = {.fd = child->from, .events = POLLIN};
    return poll(&polled, 1, milliseconds) > 0;
}

bool child_read(const Child *child, void *bytes, size_t size)
{
    char *to = bytes;
    while (size > 0) {
        ssize_t got = read(child->from, to, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}

int child_end(Child *child, bool kills)
{
    int status = 0;
    if (child->process == 0)
        return 0;
    close(child->from);
    if (kills)
        kill(child->process, SIGKILL);
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR)
        continue;
    *child = (Child){.from = -1};
    return status;
}

bool child_write(int to, const void *bytes, size_t size)
{
    const char *from = bytes;
    while (size > 0) {
        ssize_t written = write(to, from, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        size -= (size_t)written;
    }
    return true;
}

unsigned child_processors(int *numbers, unsigned room)
{
    cpu_set_t set;
    unsigned count = 0;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 0;
    for (size_t c = 0; c < CPU_SETSIZE && count < room; c++)
        if (CPU_ISSET(c, &set))
            numbers[count++] = (int)c;
    return count;
}

void child_pin(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)processor, &set);
    sched_setaffinity(0, sizeof set, &set);
}
