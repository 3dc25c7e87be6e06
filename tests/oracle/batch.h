/* batch.h: many scenarios by one process: a line of standard input is a command line, worked on by a child.
 *
 * Shape   behind what the child prints stands a line "@@ STATUS SECONDS": its exit status, or 128 and the signal that ended it, and
 *         the processor time it took.
 * Why     a fork is ten times as cheap as a start, and a scenario on which a program dies takes no other one along. */
#ifndef BATCH_H
#define BATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH_ARGUMENTS = 32, BATCH_SECONDS = 120 /* of the processor, for what no other limit stops */ };

static inline double batch_seconds(void)
{
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static inline int batch_child(int (*run)(int, char **), char *line)
{
    char name[] = "batch", *arguments[BATCH_ARGUMENTS + 1] = {name};
    int count = 1;
    char *rest = NULL; /* of strtok_r */
    for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < BATCH_ARGUMENTS;
         word = strtok_r(NULL, " \n", &rest))
        arguments[count++] = word;
    const struct rlimit limit = {BATCH_SECONDS, BATCH_SECONDS + 5}, no_core = {0, 0};
    setrlimit(RLIMIT_CPU, &limit);
    setrlimit(RLIMIT_CORE, &no_core);
    close(STDIN_FILENO); /* leaving must not move the parent's place in it */
    return run(count, arguments);
}

static inline int batch_run(int (*run)(int, char **))
{
    static char line[4096];
    double before = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        fflush(stdout); /* or the child would print it once more */
        pid_t child = fork();
        if (child < 0)
            return 4;
        if (child == 0)
            exit(batch_child(run, line));
        int status = 0;
        waitpid(child, &status, 0);
        double after = batch_seconds();
        printf("\n@@ %d %.3f\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), after - before);
        before = after;
    }
    return 0;
}

#endif
