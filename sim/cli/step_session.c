#include "cli/step_session.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"

/* --------------------------------------------------------------- positions */

/* Looks at the place where the session stands. */
static bool look(Session *session)
{
    if (session->map != NULL)
        session->place = sn_map_place(session->map, session->at == 0 ? 0 : session->steps[session->at - 1].state);
    else
        session->place = sn_walk_place(session->walk);
    return session->place != NULL;
}

bool session_begin(Session *session, const SnScenario *scenario, const SnResult *result)
{
    char *message = NULL;
    *session = (Session){.scenario = scenario, .result = result};
    SnStatus status = sn_map(result, &session->map, &message);
    if (status == SN_INCOMPLETE) {
        sn_string_free(message);
        status = sn_walk(scenario, &session->walk, &message);
    }
    if (status == SN_OK && look(session))
        return true;
    if (message == NULL)
        output_error("out of memory");
    output_message(message);
    session_end(session);
    return false;
}

void session_end(Session *session)
{
    for (uint32_t i = 0; i < session->length; i++)
        free(session->steps[i].name);
    free(session->steps);
    sn_map_free(session->map);
    sn_walk_free(session->walk);
    *session = (Session){0};
}

const SnThread *session_threads(const Session *session, uint32_t *count)
{
    *count = session->map != NULL ? session->map->thread_count : session->walk->thread_count;
    return session->map != NULL ? session->map->threads : session->walk->threads;
}

const SnObject *session_objects(const Session *session, uint32_t *count)
{
    *count = session->map != NULL ? session->map->object_count : session->walk->object_count;
    return session->map != NULL ? session->map->objects : session->walk->objects;
}

/* ------------------------------------------------------------------- steps */

static bool make_room(Session *session)
{
    if (session->at < session->room)
        return true;
    uint32_t room = session->room == 0 ? 64 : session->room * 2;
    SessionStep *steps = realloc(session->steps, room * sizeof *steps);
    if (steps == NULL)
        return false;
    session->steps = steps;
    session->room = room;
    return true;
}

bool session_take(Session *session, uint32_t move)
{
    if (move >= session->place->move_count || !make_room(session))
        return false;
    uint32_t count;
    const SnMove *taken = &session->place->moves[move];
    SessionStep step = {.move = move, .state = taken->to, .choice = taken->step.choice, .choices = taken->step.choices,
                        .findings = taken->findings, .finding_count = taken->finding_count};
    step.name = strdup(session_threads(session, &count)[taken->step.thread].name);
    if (step.name == NULL)
        return false;
    if (session->walk != NULL && sn_walk_step(session->walk, move) != SN_OK) {
        free(step.name);
        return false;
    }
    bool is_again = session->at < session->length && session->steps[session->at].move == move;
    for (uint32_t i = session->at; i < (is_again ? session->at + 1 : session->length); i++)
        free(session->steps[i].name);
    session->steps[session->at++] = step;
    if (!is_again)
        session->length = session->at;
    return look(session);
}

bool session_back(Session *session)
{
    if (session->at == 0 || (session->walk != NULL && sn_walk_back(session->walk) != SN_OK))
        return false;
    session->at--;
    return look(session);
}

bool session_forward(Session *session)
{
    return session->at < session->length && session_take(session, session->steps[session->at].move);
}

static uint32_t find_move(const Session *session, const char *name, uint32_t choice)
{
    uint32_t count;
    const SnThread *threads = session_threads(session, &count);
    for (uint32_t m = 0; m < session->place->move_count; m++) {
        const SnStep *step = &session->place->moves[m].step;
        if (step->choice == choice && strcmp(threads[step->thread].name, name) == 0)
            return m;
    }
    return SN_NONE;
}

bool session_follow(Session *session, const char *schedule, char **message)
{
    const SnRunOptions options = {.policy = SN_POLICY_SCHEDULE, .schedule = schedule};
    SnTrace *trace;
    *message = NULL;
    if (sn_run(session->scenario, &options, &trace, message) != SN_OK)
        return false;
    while (session->at > 0 && session_back(session))
        continue;
    bool follows = session->at == 0;
    for (uint32_t s = 0; s < trace->step_count && follows; s++) {
        const char *name = trace->threads[trace->steps[s].thread].name;
        size_t length = strlen(name); /* one instance of a function is `f` or `f[0]`, by what is known of it */
        uint32_t move = find_move(session, name, trace->steps[s].choice);
        char first[256];
        snprintf(first, sizeof first, "%s[0]", name);
        if (move == SN_NONE)
            move = find_move(session, first, trace->steps[s].choice);
        if (move == SN_NONE && length > 3 && length < sizeof first && strcmp(name + length - 3, "[0]") == 0) {
            first[length - 3] = '\0';
            move = find_move(session, first, trace->steps[s].choice);
        }
        follows = session_take(session, move);
    }
    sn_trace_free(trace);
    return follows;
}

/* ---------------------------------------------------------------- schedule */

static bool same_step(const SessionStep *a, const SessionStep *b)
{
    return a->choice == b->choice && a->choices == b->choices && strcmp(a->name, b->name) == 0;
}

char *session_schedule(const Session *session)
{
    size_t room = 1;
    for (uint32_t i = 0; i < session->at; i++)
        room += strlen(session->steps[i].name) + 24;
    char *text = malloc(room);
    if (text == NULL)
        return NULL;
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t i = 0, run; i < session->at; i += run) {
        const SessionStep *step = &session->steps[i];
        for (run = 1; i + run < session->at && same_step(step, &session->steps[i + run]);)
            run++;
        length += (size_t)snprintf(text + length, room - length, "%s%s", length == 0 ? "" : " ", step->name);
        if (step->choices > 1)
            length += (size_t)snprintf(text + length, room - length, ":%u", step->choice);
        if (run > 1)
            length += (size_t)snprintf(text + length, room - length, "*%u", run);
    }
    return text;
}

bool session_save(const Session *session, const char *path, char **message)
{
    char *schedule = session_schedule(session);
    *message = NULL;
    if (schedule == NULL)
        return false;
    size_t length = strlen(schedule);
    schedule[length] = '\n'; /* in the room of the zero byte: a file has lengths */
    bool ok = sn_write_file(path, schedule, length + 1, message) == SN_OK;
    free(schedule);
    return ok;
}

/* ------------------------------------------------------------------- words */

__attribute__((format(printf, 3, 4))) static void add(char *text, size_t size, const char *format, ...)
{
    size_t length = strlen(text);
    va_list args;
    va_start(args, format);
    if (length + 1 < size)
        vsnprintf(text + length, size - length, format, args);
    va_end(args);
}

static void add_kind(char *text, size_t size, const char *kind)
{
    for (; *kind != '\0'; kind++)
        add(text, size, "%c", *kind == '-' ? ' ' : *kind);
}

void session_ahead(const Session *session, char *text, size_t size)
{
    const SnAhead *ahead = &session->place->ahead;
    text[0] = '\0';
    if (session->map == NULL || session->place->move_count == 0 || ahead->interleavings == NULL)
        return;
    bool is_one = strcmp(ahead->interleavings, "1") == 0;
    add(text, size, "%s interleaving%s ahead", ahead->interleavings, is_one ? "" : "s");
    uint32_t told = 0;
    for (uint32_t k = 0; k < session->map->kind_count; k++) {
        if (ahead->kinds[k] == NULL || strcmp(ahead->kinds[k], "0") == 0)
            continue;
        add(text, size, "%s", told++ == 0 ? ": " : ", ");
        add_kind(text, size, session->map->kinds[k]);
        if (strcmp(ahead->kinds[k], ahead->interleavings) == 0 && strcmp(ahead->kinds[k], "infinite") != 0)
            add(text, size, " in %s", is_one ? "it" : "all");
        else
            add(text, size, " in %s", ahead->kinds[k]);
        if (!isnan(ahead->kind_probability[k]))
            add(text, size, " (%.3g)", ahead->kind_probability[k]);
    }
    if (told == 0)
        add(text, size, ", without a finding");
    if (!session->place->can_end_well)
        add(text, size, "; no good end can be reached from here");
}

void session_outcomes(const Session *session, char *text, size_t size)
{
    const SnAhead *ahead = &session->place->ahead;
    const SnResult *result = session->result;
    text[0] = '\0';
    if (session->map == NULL || session->place->move_count == 0 || ahead->outcomes == NULL)
        return;
    for (uint32_t o = 0; o < result->outcome_count; o++) {
        const SnOutcome *outcome = &result->outcomes[o];
        if (ahead->outcomes[o] == NULL || strcmp(ahead->outcomes[o], "0") == 0)
            continue;
        add(text, size, "%s", text[0] == '\0' ? "outcomes ahead: " : "; ");
        for (uint32_t i = 0; i < result->outcome_name_count; i++)
            add(text, size, "%s%s = %s", i == 0 ? "" : ", ", result->outcome_names[i], outcome->values[i]);
        for (uint32_t i = 0; i < outcome->output_count; i++)
            add(text, size, "%s\"%s\"", i == 0 && result->outcome_name_count == 0 ? "" : " ", outcome->output[i]);
        if (outcome->end != SN_END_OK)
            add(text, size, " %s", sn_end_name(outcome->end));
        add(text, size, ": %s", ahead->outcomes[o]);
    }
}

static void add_findings(const Session *session, const uint32_t *findings, uint32_t count, char *text, size_t size)
{
    for (uint32_t f = 0; f < count; f++) {
        const char *words = session->result->findings[findings[f]].words;
        if (strstr(text, words) == NULL)
            add(text, size, "%s%s", text[0] == '\0' ? "" : ", ", words);
    }
}

void session_happened(const Session *session, char *text, size_t size)
{
    text[0] = '\0';
    if (session->at > 0) {
        const SessionStep *last = &session->steps[session->at - 1];
        add_findings(session, last->findings, last->finding_count, text, size);
    }
    add_findings(session, session->place->findings, session->place->finding_count, text, size);
}

void session_would_happen(const Session *session, uint32_t move, char *text, size_t size)
{
    const SnMove *taken = &session->place->moves[move];
    text[0] = '\0';
    add_findings(session, taken->findings, taken->finding_count, text, size);
}

void session_state(const Session *session, char *text, size_t size)
{
    const SnPlace *place = session->place;
    text[0] = '\0';
    if (place->end == SN_END_OK)
        add(text, size, place->is_bad ? "all threads have ended; a final condition is false" : "all threads have ended");
    else if (place->end != SN_END_RUNNING)
        add(text, size, "%s: nobody can go on", sn_end_name(place->end));
}

void session_stand(const Session *session, uint32_t thread, char *text, size_t size)
{
    const SnStand *stand = &session->place->stands[thread];
    text[0] = '\0';
    switch (stand->state) {
    case SN_THREAD_NOT_STARTED: add(text, size, "not started"); break;
    case SN_THREAD_ENDED: add(text, size, "has ended"); break;
    case SN_THREAD_READY:
    case SN_THREAD_BLOCKED:
        add(text, size, "%u: %s", stand->line, stand->source == NULL ? "" : stand->source);
        if (stand->state == SN_THREAD_BLOCKED)
            add(text, size, " - %s", stand->why == NULL ? "waits" : stand->why);
        break;
    }
}
