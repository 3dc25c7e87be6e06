/* step_session.h: an execution under the hand of a user: steps forward and back, jumps to findings and outcomes. It draws nothing.
 *
 * Shape   a position in the row of steps taken; those behind it, which were taken back, can be taken again until another one is chosen.
 *         Small scenarios have a map, which tells what lies ahead; big ones are only walked through.
 * Owner   session_end frees all but scenario and result. `place` is valid until the next call. */
#ifndef CLI_STEP_SESSION_H
#define CLI_STEP_SESSION_H

#include "snarl/snarl.h"

typedef struct SessionStep {
    uint32_t move;  /* of the place it was taken from */
    uint32_t state; /* that it led to, in the map */
    char *name;     /* of the thread */
    uint32_t choice, choices;
    const uint32_t *findings; uint32_t finding_count; /* that happened in it, of the map */
} SessionStep;

typedef struct Session {
    const SnScenario *scenario;
    const SnResult *result;
    SnMap *map;   /* NULL: too big */
    SnWalk *walk; /* without a map */
    const SnPlace *place;
    SessionStep *steps;
    uint32_t at, length, room; /* taken; taken or taken back; allocated */
} Session;

/* False with a message on standard error when there is no memory. */
bool session_begin(Session *session, const SnScenario *scenario, const SnResult *result);
void session_end(Session *session);

const SnThread *session_threads(const Session *session, uint32_t *count);
const SnObject *session_objects(const Session *session, uint32_t *count);

/* Each false when it is not possible, without a change. */
bool session_take(Session *session, uint32_t move);
bool session_back(Session *session);
bool session_forward(Session *session); /* takes again what was taken back */
/* From the start along a schedule. False with a message (sn_string_free) when it does not fit; the session stands where it stood then. */
bool session_follow(Session *session, const char *schedule, char **message);

/* The steps taken, as --schedule takes them; "" at the start. free; NULL: no memory. */
char *session_schedule(const Session *session);
/* Writes it to `path`, with a newline at the end; false with a message (sn_string_free; NULL: no memory), and what was there stays. */
bool session_save(const Session *session, const char *path, char **message);

/* Line of what lies ahead: "6 interleavings: lost update in 4 (0.667)". Into `text`. */
void session_ahead(const Session *session, char *text, size_t size);
/* The outcomes that can still be reached, with how many interleavings lead to each: "counter = 1: 4, counter = 2: 2". Into `text`. */
void session_outcomes(const Session *session, char *text, size_t size);
/* How it ended, or "" while it goes on: "ended", "deadlock", "assertion: ...". */
void session_state(const Session *session, char *text, size_t size);
/* What the last step and the state that it led to show: "lost update, final"; "" nothing. */
void session_happened(const Session *session, char *text, size_t size);
/* What a move would show. */
void session_would_happen(const Session *session, uint32_t move, char *text, size_t size);
/* Why a thread does not go on, or the statement that it stands at; "" when it has ended or not begun. */
void session_stand(const Session *session, uint32_t thread, char *text, size_t size);

#endif
