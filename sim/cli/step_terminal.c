/* step_terminal.c: apart from step_screen.c, and behind all other headers, for term.h takes words such as `lines` as macros. */
#include "cli/step.h"

#ifdef SNARL_HAS_CURSES

#include <curses.h>
#include <stdint.h>
#include <term.h>

bool step_can_place_cursor(void)
{
    const char *sequence = tigetstr("cup");
    return sequence != NULL && (intptr_t)sequence != -1;
}

#endif
