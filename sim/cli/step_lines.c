/* step_lines.c: `snarl step` in plain lines, for pipes and terminals that can do no more. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/step.h"
#include "cli/work.h"

enum { LINE = 2000 };

static void print_place(const Session *session)
{
    char text[LINE];
    uint32_t thread_count, object_count;
    const SnThread *threads = session_threads(session, &thread_count);
    const SnObject *objects = session_objects(session, &object_count);
    const SnPlace *place = session->place;
    char *schedule = session_schedule(session);
    printf("\n--- %u step%s: %s\n", session->at, session->at == 1 ? "" : "s", schedule == NULL ? "" : schedule);
    free(schedule);
    for (uint32_t o = 0; o < object_count; o++)
        printf("%s%s = %s", o == 0 ? "    " : ", ", objects[o].name, place->values[o]);
    printf(object_count > 0 ? "\n" : "");
    for (uint32_t t = 0; t < thread_count; t++) {
        session_stand(session, t, text, sizeof text);
        printf("    %s  %s\n", threads[t].name, text);
    }
    session_ahead(session, text, sizeof text);
    if (text[0] != '\0')
        printf("    %s\n", text);
    session_outcomes(session, text, sizeof text);
    if (text[0] != '\0')
        printf("    %s\n", text);
    session_state(session, text, sizeof text);
    if (text[0] != '\0')
        printf("    %s\n", text);
    session_happened(session, text, sizeof text);
    if (text[0] != '\0')
        printf("    ✗ here: %s\n", text);
    for (uint32_t m = 0; m < place->move_count; m++) {
        const SnStep *step = &place->moves[m].step;
        printf("%3u  %s", m + 1, threads[step->thread].name);
        if (step->choices > 1)
            printf(":%u", step->choice);
        printf("  %u: %s  (%s)", step->line, step->source, step->effect);
        session_would_happen(session, m, text, sizeof text);
        printf("%s%s\n", text[0] == '\0' ? "" : "  ✗ ", text);
    }
}

static void print_help(void)
{
    fputs("N, or the name of a thread   takes that step; NAME:K its K-th result\n"
          "b  back      .  again what was taken back      start  to the start\n"
          "f [N]  jumps to the next (N-th) finding        o N  jumps to the N-th outcome\n"
          "go S  follows the schedule S from the start    s [FILE]  shows or saves the schedule\n"
          "p  shows the state again      ?  this help      q  quits\n",
          stdout);
}

/* A number of a move, or a thread by name with its choice. */
static uint32_t find_move(const Session *session, const char *word)
{
    char *end;
    unsigned long number = strtoul(word, &end, 10);
    if (end != word && *end == '\0')
        return number >= 1 && number <= session->place->move_count ? (uint32_t)number - 1 : SN_NONE;
    const char *colon = strrchr(word, ':');
    uint32_t count, choice = 1;
    size_t length = strlen(word);
    if (colon != NULL) {
        choice = (uint32_t)strtoul(colon + 1, NULL, 10);
        length = (size_t)(colon - word);
    }
    const SnThread *threads = session_threads(session, &count);
    for (uint32_t m = 0; m < session->place->move_count; m++) {
        const SnStep *step = &session->place->moves[m].step;
        const char *name = threads[step->thread].name;
        if (step->choice == choice && strlen(name) == length && strncmp(name, word, length) == 0)
            return m;
    }
    return SN_NONE;
}

static void follow(Session *session, const char *what, const char *schedule)
{
    char *message;
    if (session_follow(session, schedule, &message))
        printf("%s\n", what);
    else
        printf("%s\n", message == NULL ? "out of memory" : message);
    sn_string_free(message);
}

static void jump_to_finding(Session *session, const char *argument, uint32_t *next)
{
    const SnResult *result = session->result;
    if (result->finding_count == 0) {
        puts("nothing was found");
        return;
    }
    unsigned long number = argument[0] == '\0' ? *next + 1 : strtoul(argument, NULL, 10);
    if (number < 1 || number > result->finding_count) {
        printf("there are findings 1 to %u\n", result->finding_count);
        return;
    }
    *next = (uint32_t)(number % result->finding_count);
    const SnFinding *finding = &result->findings[number - 1];
    char what[LINE];
    snprintf(what, sizeof what, "finding %lu: %s: %s", number, finding->words, finding->message);
    follow(session, what, finding->schedule);
}

static void jump_to_outcome(Session *session, const char *argument)
{
    unsigned long number = strtoul(argument, NULL, 10);
    if (number < 1 || number > session->result->outcome_count) {
        printf("there are outcomes 1 to %u\n", session->result->outcome_count);
        return;
    }
    char what[LINE];
    snprintf(what, sizeof what, "outcome %lu", number);
    follow(session, what, session->result->outcomes[number - 1].schedule);
}

/* False when it could not be saved. */
static bool save(const Session *session, const char *path)
{
    char *message = NULL;
    if (path != NULL && path[0] != '\0') {
        bool is_saved = session_save(session, path, &message);
        if (is_saved) {
            fputs("schedule saved to ", stdout);
            output_visible(stdout, path);
            putchar('\n');
        } else if (message == NULL)
            output_error("out of memory");
        output_message(message);
        return is_saved;
    }
    char *schedule = session_schedule(session);
    if (schedule == NULL) {
        output_error("out of memory");
        return false;
    }
    printf("schedule: %s\n", schedule);
    free(schedule);
    return true;
}

/* Where the loop over the commands stands. */
typedef struct Dialogue {
    uint32_t next_finding;
    bool shows;     /* the state is to be shown again */
    bool save_failed;
} Dialogue;

static void print_unknown(const char *word)
{
    putchar('`');
    output_visible(stdout, word);
    puts("` is no step that is possible here, and no command; ? lists the commands");
}

/* False: quit. */
static bool execute(Session *session, const Options *options, char *line, Dialogue *dialogue)
{
    char *word = line + strspn(line, " \t\r\n");
    size_t length = strcspn(word, " \t\r\n");
    char *argument = word + length + strspn(word + length, " \t\r\n");
    argument[strcspn(argument, "\r\n")] = '\0';
    word[length] = '\0';
    dialogue->shows = true;
    if (strcmp(word, "q") == 0 || strcmp(word, "quit") == 0)
        return false;
    if (word[0] == '\0' || strcmp(word, "p") == 0)
        return true;
    if (strcmp(word, "?") == 0 || strcmp(word, "help") == 0) {
        print_help();
        dialogue->shows = false;
    } else if (strcmp(word, "s") == 0) {
        dialogue->save_failed |= !save(session, argument[0] != '\0' ? argument : options->output);
        dialogue->shows = false;
    } else if (strcmp(word, "b") == 0) {
        if (!session_back(session))
            puts("this is the start");
    } else if (strcmp(word, ".") == 0) {
        if (!session_forward(session))
            puts("nothing was taken back");
    } else if (strcmp(word, "start") == 0) {
        while (session_back(session))
            continue;
    } else if (strcmp(word, "f") == 0) {
        jump_to_finding(session, argument, &dialogue->next_finding);
    } else if (strcmp(word, "o") == 0) {
        jump_to_outcome(session, argument);
    } else if (strcmp(word, "go") == 0) {
        follow(session, "followed", argument);
    } else {
        uint32_t move = find_move(session, word);
        dialogue->shows = move != SN_NONE;
        if (move == SN_NONE)
            print_unknown(word);
        else if (!session_take(session, move))
            puts("out of memory");
    }
    return true;
}

SnStatus step_lines(Session *session, const Options *options)
{
    char line[LINE];
    Dialogue dialogue = {.shows = true};
    bool goes_on = true;
    while (goes_on && session->place != NULL && !work_interrupted()) {
        if (dialogue.shows)
            print_place(session);
        fputs("> ", stdout);
        fflush(stdout);
        if (fgets(line, sizeof line, stdin) == NULL)
            break;
        goes_on = execute(session, options, line, &dialogue);
    }
    putchar('\n');
    return session->place == NULL || dialogue.save_failed ? SN_SYSTEM : SN_OK;
}
