/* confirm.h: shows that threads are blocked: they make the real calls, and are seen asleep in them from outside. Private to sim/pthreads. */
#ifndef PTHREADS_CONFIRM_H
#define PTHREADS_CONFIRM_H

#include "pthreads/rig.h"
#include "pthreads/turnstile.h"

/* The blocked threads of the course's end, whom nobody can end afterwards: report->is_stuck. A thread that goes through, or does not fall asleep, is a
 * disagreement. */
void confirm_blocked(Rig *rig, const Course *course, const char *proc, TurnReport *report);

#endif
