/* step.h: the two faces of `snarl step`. */
#ifndef CLI_STEP_H
#define CLI_STEP_H

#include "cli/options.h"
#include "cli/step_session.h"

/* Commands from standard input, one a line, and what they lead to on standard output. Returns at `q` and at the end of the input. */
SnStatus step_lines(Session *session, const Options *options);
/* On the whole terminal, by keys. SN_INCOMPLETE, with nothing done, where the terminal cannot show it. */
SnStatus step_screen(Session *session, const Options *options);
/* Of the terminal that curses has opened: without that there is no screen. */
bool step_can_place_cursor(void);

#endif
