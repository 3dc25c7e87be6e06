/* theme.h: the colours and fonts of all pictures, for light and for dark pages.
 *
 * Units   colours are "#rrggbb"; pictures never rely on colour alone (shape, line style and words double it).
 * Source  contrast checked: text on fills at least 7:1, strokes 6:1 on the page, mute text 5.5:1 on lanes. */
#ifndef VIZ_THEME_H
#define VIZ_THEME_H

#include <stdint.h>

#include "snarl/viz.h"

typedef struct Paint {
    const char *stroke, *fill;
} Paint;

enum { THEME_OBJECTS = 7 };

typedef struct Theme {
    const char *page, *text, *mute, *line;
    const char *lanes[2]; /* alternating bands */
    const char *path;     /* of the scheduler */
    Paint bad, good;
    Paint objects[THEME_OBJECTS]; /* the first four are the easiest to tell apart */
} Theme;

const Theme *theme_get(SnTheme which);
/* Paint of the k-th object of a picture; after seven they repeat, the name is printed anyway. */
Paint theme_object(const Theme *theme, uint32_t k);

/* Font lists are copied into SVG as they are, and Pango reads them too. */
#define FONT_LIST_SANS "DejaVu Sans,Verdana,sans-serif"
#define FONT_LIST_MONO "DejaVu Sans Mono,Consolas,monospace"

#endif
