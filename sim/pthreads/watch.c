#define _GNU_SOURCE
#include "pthreads/watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All of a small file; false when it cannot be read. */
static bool read_small(const char *proc, pid_t process, pid_t task, const char *name, char *text, size_t size)
{
    char path[256], number[24] = "self";
    if (process != 0)
        snprintf(number, sizeof number, "%ld", (long)process);
    snprintf(path, sizeof path, "%s/%s/task/%ld/%s", proc, number, (long)task, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t length = read(file, text, size - 1);
    close(file);
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

static uint64_t number_after(const char *text, const char *key)
{
    const char *found = strstr(text, key);
    return found == NULL ? 0 : strtoull(found + strlen(key), NULL, 10);
}

Sight watch_look(const char *proc, pid_t process, pid_t task)
{
    Sight sight = {0};
    char text[4096];
    if (!read_small(proc, process, task, "status", text, sizeof text))
        return sight;
    sight.is_seen = true;
    const char *state = strstr(text, "\nState:");
    sight.is_asleep = state != NULL && strchr("SD", state[strlen("\nState:") + strspn(state + strlen("\nState:"), " \t")]) != NULL;
    sight.switches = number_after(text, "\nvoluntary_ctxt_switches:") + number_after(text, "\nnonvoluntary_ctxt_switches:");
    if (!sight.is_asleep || !read_small(proc, process, task, "syscall", text, sizeof text))
        return sight;
    char *rest;
    long call = strtol(text, &rest, 10);
    if (rest == text) { /* "running" */
        sight.is_asleep = false;
        return sight;
    }
    sight.has_address = true;
    sight.is_asleep = call == SYS_futex;
    sight.address = (uintptr_t)strtoull(rest, NULL, 16);
    return sight;
}
