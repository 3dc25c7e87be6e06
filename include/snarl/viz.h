/* viz.h: pictures of traces and results. Apart from snarl.h because only this needs Graphviz.
 *
 * Owner   returned bytes belong to the caller: sn_string_free.
 * Errors  SN_SYSTEM with a message (plugin missing, file not writable, disk full); nothing is left behind then.
 * Threads Graphviz keeps global state: one thread in the process may call these. */
#ifndef SNARL_VIZ_H
#define SNARL_VIZ_H

#include "snarl/snarl.h"

typedef enum SnTheme { SN_THEME_LIGHT, SN_THEME_DARK } SnTheme;
typedef enum SnFormat { SN_FORMAT_DOT, SN_FORMAT_SVG, SN_FORMAT_PDF, SN_FORMAT_PNG } SnFormat;

typedef struct SnDrawOptions {
    SnTheme theme;
    SnFormat format;
    uint32_t page; /* which page of a long schedule, from 1; 0: the page with the finding's last note */
} SnDrawOptions;

/* Schedule diagram: lanes, steps, lock-held bars, scheduler path, notes. */
SnStatus sn_draw_schedule(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);
/* How many pages the schedule takes. */
uint32_t sn_draw_schedule_pages(const SnTrace *trace);
/* Wait-for graph of the last state. SN_INVALID with a message when nobody waits there. */
SnStatus sn_draw_waits(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);

/* Writes bytes to a temporary file beside `path` and renames it. */
SnStatus sn_write_file(const char *path, const char *bytes, size_t length, char **message);

#endif
