/* snarl: finds the races and deadlocks of a scenario. Here: which command, and the exit status. */
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/output.h"
#ifdef SNARL_MPI
#include "mpi/processes.h"
#endif

const Command commands[] = {
    {"explore", "FILE...", "explore every interleaving: verdict, counterexample, figures",
     "Explores every interleaving of the threads of each FILE (- is standard input). Prints the verdict; "
     "for each error one sentence, how many of the interleavings show it, how likely a random scheduler "
     "runs into it, and the easiest schedule that shows it; for the most telling one the steps, one "
     "column for each thread.\n\n"
     "What is too big can be looked at in part: --preemptions N explores everything with so few "
     "preemptions; --search random and --search pct make random runs, which can be made again with --seed. "
     "Without a finding the exit status is 3 then.\n\n"
     "With --steps it lists the steps of each thread instead.",
     FOR_EXPLORE, explore_run},
    {"run", "FILE [--schedule S | --seed N | --policy round-robin|random|sequential]",
     "run one interleaving, step by step",
     "Runs one interleaving and prints its steps. A schedule names the threads in the order in which they "
     "step: A A B A*3 worker[1]; a step with several possible results takes :k for the k-th. It may stop "
     "before the scenario does. Without a schedule the threads take turns.",
     FOR_RUN, run_run},
    {"outcomes", "FILE", "list every final outcome, how often and how likely",
     "Lists every final outcome with the exact number of interleavings that lead to it, its probability "
     "under a scheduler that picks uniformly among the possible next steps, and the easiest schedule "
     "for it.",
     FOR_OUTCOMES, outcomes_run},
    {"time", "FILE [--schedule S]", "how long it takes on the virtual clock, what tasks and cores do",
     "For a scenario with `clock virtual`: the range of finishing times over all executions, and for the fastest and "
     "the slowest of them (or for the schedule given) when each task starts and ends, how long it runs, waits for a "
     "core, waits for others, does I/O and sleeps; how busy each core is; and the speed-up against all tasks one "
     "after the other and against the same scenario on one core. All times are exact.",
     FOR_TIME, time_run},
    {"test", "PATH...", "compare each scenario under PATH with its `expect` line",
     "Explores each scenario: files as given, folders with all *.snarl files below them. One passes when "
     "exactly the kinds of errors were found that its `expect` line names; one without such a line fails.",
     FOR_TEST, test_run},
    {"draw", "KIND FILE [-o OUT] | --all DIR FILE", "draw a diagram: schedule, waits, order, timeline, states, locks, outcomes, frames",
     "KIND is `schedule` (a lane for each thread, the steps in order, locks held, values), `waits` (who "
     "waits for whom at a deadlock), `order` (happens-before: what synchronisation orders, and vector "
     "clocks), `timeline` (with a virtual clock: what cores and tasks do when, of the fastest execution), `states` (all states, how they end, and from where no good end can be reached; at most 200, "
     "or --max-states), `locks` (which lock is taken while which is held), `outcomes` (a bar for each; with --seconds, beside it how often it came on real threads) or `frames` (the schedule as it "
     "builds up, step by step). Draws the most telling finding, for `waits` the first deadlock, for `order` "
     "the first data race; or what --finding, --kind, --outcome or --schedule name. Without findings it "
     "draws the threads one after the other, and `waits` fails with status 1.\n\n"
     "The ending of OUT says the format: .svg, .pdf, .png, .dot. Without -o DOT text goes to standard "
     "output. Frames become the pages of one PDF, or numbered files: -o frame.svg writes frame-01.svg and "
     "so on.",
     FOR_DRAW, draw_run},
    {"step", "FILE [--schedule S | --finding N | --outcome N]", "choose each step yourself, forwards and back",
     "Shows where each thread stands, the values, the locks, the steps that are possible, and what lies ahead: how many "
     "interleavings go on from here and what they show. Choose a step, go back, jump to a finding. On a terminal it takes "
     "the whole screen (? lists the keys); otherwise it reads commands line by line. At the end it prints the "
     "schedule that was played; -o FILE is where the key s saves it.",
     FOR_STEP, step_run},
    {"replay", "FILE [--schedule S | --finding N | --outcome N | --all | --runs N] [--repeat N]",
     "force a schedule on real threads and compare with the simulation",
     "Runs the threads of FILE as real pthreads, with real mutexes, rwlocks, semaphores, conditions, barriers and so "
     "on, and forces them through a schedule, step by step. After each step the variables, locals, output and "
     "the place of each thread are compared with the simulation, and at the end how it ended. A deadlock is "
     "shown: the threads make the calls, and are seen asleep in them from outside. Without an option it "
     "is the most telling finding. Exit status 1 and the step where they differ when they disagree.",
     FOR_REPLAY, replay_run},
    {"html", "FILE [-o OUT.html]", "make a page to step through, and to choose each step on",
     "Writes one self-contained HTML page, which loads nothing from anywhere: the findings and outcomes with their "
     "counts and probabilities, the schedule to step through with source, variables, locks and threads, who waits "
     "for whom, and the state space. Where that has at most 500 states (or --max-states, up to 5000), every step "
     "can be chosen on the page, which tells where it leads. Without -o the page goes to standard output.\n\n"
     "Keys: left and right step, 1 to 9 let that thread step next, e goes to the error, ? lists them all. "
     "Links: page.html#finding=2&step=5, #outcome=1, #schedule=A B A.",
     FOR_HTML, html_run},
    {"fmt", "[--check] FILE...", "format scenario files",
     "Lays scenarios out anew, in place: indentation by blocks, one blank between words, blanks around operators. Comments "
     "and lines stay as they are. The file - is standard input, its result goes to standard output. With --check nothing "
     "is written: the files that would change are listed, and the status is 1 if there are any.",
     FOR_FMT, fmt_run},
    {"stress", "FILE [--runs N] [--seconds T] [--profile mixed|plain|pauses|yields]",
     "let real threads run freely, and count the outcomes",
     "Explores FILE, and then lets its threads run as real pthreads, again and again, as the system likes. Tells how "
     "often each outcome came, beside the probability that it has in the simulation; what did not come is "
     "forced. Deadlocks are counted, not waited for. Exit status 1 when an outcome comes that the "
     "exploration does not have.",
     FOR_STRESS, stress_run},
    {"export", "c|promela FILE [--schedule S] [-o OUT]", "write the scenario as a C program with POSIX threads, or as a model for SPIN",
     "Writes one file of C17 that `cc -pthread` compiles: each statement with its line in the scenario, real "
     "mutexes, semaphores and so on. Run it again and again, or under ThreadSanitizer or helgrind, which see "
     "the scenario's races and lock orders. It prints how it ended and the outcome. The comment at its "
     "beginning says what to expect.\n\n"
     "With --schedule it follows that very schedule, by a turnstile that orders nothing as far as "
     "ThreadSanitizer can tell: a race that a free run rarely shows is then reported every time. Where the "
     "schedule ends before the scenario does, the program stops there.\n\n"
     "`promela` writes a model for SPIN in which one transition is one step.",
     FOR_EXPORT, export_run},
    {"new", "[KIND]", "print a scenario to start from; without KIND list them",
     "Prints a commented scenario: snarl new mutex > my.snarl. Without KIND it lists what there is.", FOR_NEW, new_run},
    {"completion", "bash|zsh|fish", "print a script that completes commands and options in a shell",
     "Prints a completion script, to be read by the shell: source <(snarl completion bash).", FOR_COMPLETION,
     completion_run},
    {"help", "[COMMAND]", "explain a command", "Explains a command, or lists them all.", FOR_HELP, help_run},
    {0},
};

/* How many operands each command takes behind its name. */
static bool operands_fit(const Options *options, const Command *command, size_t count)
{
    switch (command->bit) {
    case FOR_EXPLORE:
    case FOR_FMT:
    case FOR_TEST: return count >= 1;
    case FOR_EXPORT: return count == 2;
    case FOR_DRAW: return count == (options->given[OPTION_all] ? 1 : 2);
    case FOR_NEW:
    case FOR_HELP: return count <= 1;
    default: return count == 1;
    }
}

static const Command *find_command(const char *name)
{
    for (const Command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

static SnStatus unknown_command(const char *name)
{
    const char *names[64];
    size_t count = 0;
    for (; commands[count].name != NULL; count++)
        names[count] = commands[count].name;
    const char *nearest = options_nearest(name, names, count);
    size_t length = strlen(name);
    if (nearest != NULL)
        output_error("unknown command `%s`; did you mean `snarl %s`?", name, nearest);
    else if (length > 6 && strcmp(name + length - 6, ".snarl") == 0)
        output_error("a command comes before the file: `snarl explore %s`", name);
    else
        output_error("unknown command `%s`; `snarl help` lists them", name);
    return SN_INVALID;
}

static SnStatus dispatch(const Options *options)
{
    const Command *command = NULL;
    if (options->version) {
        printf("snarl %s\n", SN_VERSION);
        return SN_OK;
    }
    if (options->operand_count > 0 && (command = find_command(options->operands[0])) == NULL)
        return unknown_command(options->operands[0]);
    if (options->help || command == NULL) {
        help_print(options->help ? stdout : stderr, command);
        return options->help ? SN_OK : SN_INVALID;
    }
    if (!options_check(options, command, stderr))
        return SN_INVALID;
#ifdef SNARL_MPI
    if (command->bit != FOR_EXPLORE && command->bit != FOR_HELP) {
        output_error("several processes explore; for all else there is `snarl %s`", command->name);
        return SN_INVALID;
    }
#endif
    if (!operands_fit(options, command, options->operand_count - 1)) {
        output_error("usage: snarl %s %s", command->name, command->usage);
        return SN_INVALID;
    }
    return command->run(options);
}

/* What is wrong with the command line quotes it: made visible. */
static bool parse(Options *options, int argc, char **argv)
{
    char *said = NULL;
    size_t length = 0;
    FILE *errors = open_memstream(&said, &length);
    bool is_fine = options_parse(options, argc, argv, errors != NULL ? errors : stderr);
    if (errors != NULL && fclose(errors) == 0)
        output_visible(stderr, said);
    free(said);
    return is_fine;
}

int main(int argc, char **argv)
{
    Options options;
    output_begin();
#ifdef SNARL_MPI
    processes_begin(&argc, &argv);
#endif
    SnStatus status = parse(&options, argc, argv) ? dispatch(&options) : options.lacks_memory ? SN_SYSTEM : SN_INVALID;
    options_free(&options);
#ifdef SNARL_MPI
    bool speaks = processes_peers()->rank == 0;
    status = output_end(status);
    processes_end();
    return speaks ? (int)status : 0; /* one of them tells how it went */
#else
    return (int)output_end(status);
#endif
}
