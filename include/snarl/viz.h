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
typedef enum SnPageSize {
    SN_SIZE_SLIDE, /* 960 x 540 points, 16:9 */
    SN_SIZE_PAGE,  /* A4, upright */
    SN_SIZE_WIDE   /* 1920 x 1080 points, 16:9: long schedules on one page */
} SnPageSize;
typedef enum SnLanguage { SN_LANGUAGE_ENGLISH, SN_LANGUAGE_RUSSIAN } SnLanguage; /* of the fixed words */

typedef struct SnDrawOptions {
    SnTheme theme;
    SnFormat format;
    uint32_t page; /* which page of a long picture, from 1; 0: the page with the finding's last note */
    SnPageSize size;
    SnLanguage language;
} SnDrawOptions;

/* Schedule diagram: lanes, steps, lock-held bars, scheduler path, notes. */
SnStatus sn_draw_schedule(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);
/* How many pages of that size the schedule takes. */
uint32_t sn_draw_schedule_pages(const SnTrace *trace, SnPageSize size);
/* Wait-for graph of the last state. SN_INVALID with a message when nobody waits there. */
SnStatus sn_draw_waits(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);
/* Happens-before: lanes, orders by synchronisation, vector clocks; for a data race the pair that nothing orders. */
SnStatus sn_draw_order(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);
uint32_t sn_draw_order_pages(const SnTrace *trace, SnPageSize size);
/* Gantt chart of an execution on the virtual clock: cores, then tasks. SN_INVALID with a message without a clock, or when no time passes. */
SnStatus sn_draw_timeline(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);
uint32_t sn_draw_timeline_pages(const SnTrace *trace, SnPageSize size);
/* State space: every state, how it ends, from where no good end can be reached, and the graph's path. `trace`, which may be NULL, names what the
 * path leads to. The page grows with the graph, and keeps its proportions. */
SnStatus sn_draw_states(const SnStateGraph *graph, const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);

/* Lock-order graph. SN_INVALID with a message when no lock is ever asked for. */
SnStatus sn_draw_locks(const SnResult *result, const SnDrawOptions *options, char **bytes, size_t *length, char **message);

/* A bar for each outcome: its probability in the simulation and, with `stress` (NULL: without), its share of free runs on real threads. SN_INVALID with a
 * message when no execution ends. */
SnStatus sn_draw_outcomes(const SnResult *result, const SnStressResult *stress, const SnDrawOptions *options, char **bytes, size_t *length, char **message);
uint32_t sn_draw_outcomes_pages(const SnResult *result, const SnStressResult *stress, const SnDrawOptions *options);

/* The schedule as it builds up, for stepping through: frame 0 is the start, frame k is after step k. Places do not change from frame to frame. */
uint32_t sn_draw_frame_count(const SnTrace *trace);
SnStatus sn_draw_frame(const SnTrace *trace, uint32_t frame, const SnDrawOptions *options, char **bytes, size_t *length, char **message);
/* All of them, as the pages of one PDF. */
SnStatus sn_draw_frames(const SnTrace *trace, const SnDrawOptions *options, char **bytes, size_t *length, char **message);

typedef struct SnPageOptions {
    bool has_theme; /* else the page follows the reader's system */
    SnTheme theme;
    SnLanguage language;
    uint32_t finding; /* what is looked at first; SN_NONE: the first */
    const SnStressResult *stress; /* free runs on real threads, shown beside the outcomes; NULL: none */
} SnPageOptions;

/* One self-contained HTML page, without any request to a network: verdict, stepper, all findings and outcomes, diagrams. With a result
 * that has kept its state space (map_states) every step can be chosen on it. */
SnStatus sn_page(const SnResult *result, const SnPageOptions *options, char **bytes, size_t *length, char **message);

#endif
