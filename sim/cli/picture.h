/* picture.h: one picture of what was found, as bytes or as files; only where the program can draw.
 *
 * Errors  messages go to standard error; the status says which exit status fits. */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H

#include "cli/options.h"
#include "snarl/viz.h"

/* X(enumerator, "word") */
#define PICTURES(X)                                                                                                    \
    X(PICTURE_SCHEDULE, "schedule")                                                                                    \
    X(PICTURE_WAITS, "waits")                                                                                          \
    X(PICTURE_ORDER, "order")                                                                                          \
    X(PICTURE_STATES, "states")                                                                                        \
    X(PICTURE_TIMELINE, "timeline")                                                                                    \
    X(PICTURE_LOCKS, "locks")                                                                                          \
    X(PICTURE_OUTCOMES, "outcomes")                                                                                    \
    X(PICTURE_FRAMES, "frames")

typedef enum PictureKind {
#define PICTURE_ID(name, word) name,
    PICTURES(PICTURE_ID)
#undef PICTURE_ID
        PICTURE_COUNT
} PictureKind;

extern const char *const picture_words[PICTURE_COUNT];
extern const char *const picture_endings[]; /* by SnFormat, without the dot */

typedef struct Picture {
    PictureKind kind;
    const SnScenario *scenario;
    const SnResult *result; /* NULL: not explored, a schedule was given */
    const SnTrace *trace;
    SnDrawOptions draw;
    const SnStressResult *stress; /* PICTURE_OUTCOMES: free runs to show beside; NULL */
    uint64_t max_states; /* 0: the usual limit */
    bool is_path_only;
} Picture;

/* The most frames of a film. */
enum { PICTURE_MOST_FRAMES = 2000 };

/* Its bytes; PICTURE_FRAMES is one PDF. */
SnStatus picture_make(const Picture *picture, char **bytes, size_t *length);
/* How many pages it has. */
uint32_t picture_pages(const Picture *picture);
/* The frames: one PDF, or files numbered before the ending of `path`. */
SnStatus picture_frames(const Picture *picture, const char *path, bool beamer);
/* sn_files_add and sn_files_keep, with their messages on standard error. */
SnStatus picture_add(SnFiles **files, const char *path, const char *bytes, size_t length);
SnStatus picture_keep(SnFiles *files);

/* Every picture of every finding into a folder, which is made if need be, with an index.html. */
SnStatus album_write(const Picture *common, const char *folder);

#endif
