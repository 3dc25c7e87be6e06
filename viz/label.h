/* label.h: text of users made safe for Graphviz, and fitted into the room there is.
 *
 * Names, statements and messages of a scenario may hold anything: markup, backslashes, control characters, bytes
 * that are no UTF-8, any script. All text passes label_clean first, and label_html or label_tooltip last.
 *
 * Units   widths and sizes in points. Widths are upper bounds from the metrics of DejaVu, so that the same text is cut
 *         at the same place on every machine, whichever fonts it has.
 * Owner   the arena given. */
#ifndef VIZ_LABEL_H
#define VIZ_LABEL_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

typedef enum FontFace { FACE_SANS, FACE_BOLD, FACE_MONO, FACE_MONO_BOLD } FontFace;

/* Valid UTF-8 without control characters and without marks that reorder text; NULL gives "". */
char *label_clean(Arena *arena, const char *text);
double label_width(FontFace face, double size, const char *text);
/* The text, or its longest beginning that fits with an ellipsis. */
char *label_cut(Arena *arena, FontFace face, double size, const char *text, double width);
/* Breaks at blanks into at most `room` lines; the last is cut when more is left. Returns how many. */
uint32_t label_wrap(Arena *arena, FontFace face, double size, const char *text, double width, char **lines,
                    uint32_t room);
/* For HTML-like labels; never empty. */
char *label_html(Arena *arena, const char *text);
/* For the attribute "tooltip". */
char *label_tooltip(Arena *arena, const char *text);

#endif
