/* page.h: where a text for people is written before it becomes a string.
 *
 * Shape   `out` collects the text; places that get a colour carry a tone mark, a byte below 8, which page_make turns
 * into terminal colours or drops. Marks take no columns, so text_columns and text_prefix measure marked text as it is.
 *         Text of the user (names, sources, messages) goes through page_user, which leaves no control character in it:
 *         a scenario cannot send escape sequences to the reader's terminal, nor pass for a mark.
 * Units   columns are those of a terminal, UTF-8 aware.
 * Owner   the page owns its arena and the trace that it shows; both go when the text is made.
 * Errors  when memory ends, page_make returns NULL. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/memory.h"
#include "base/text.h"
#include "snarl/snarl.h"

typedef enum Tone { TONE_PLAIN = 1, TONE_STRONG, TONE_FAINT, TONE_BAD, TONE_GOOD, TONE_WARN, TONE_CHANGED } Tone;

typedef struct Page {
    Arena arena;
    jmp_buf escape;
    Text out;
    Text scratch; /* a cell or paragraph in the making */
    SnTextStyle style;
    uint32_t columns;
    SnTrace *trace; /* freed with the page by `free_trace`, also when memory ends in the middle */
    void (*free_trace)(SnTrace *trace);
} Page;

/* Lets `write` fill a page and turns it into the text that the caller frees with mem_free. */
char *page_make(const SnTextStyle *style, void (*write)(Page *page, const void *subject), const void *subject);

/* Adds one byte that starts a tone; it lasts until the next mark. */
void page_tone(Text *text, Tone tone);
/* A character that does nothing to a terminal: neither a control character nor a mark that turns the direction of text. */
bool page_shows(int32_t code);
/* Text of the user; NULL adds nothing. Control characters become visible signs; invalid UTF-8 and marks that turn the
 * direction of text become U+FFFD. */
void page_user(Text *text, const char *user);
/* page_user between a tone and plain. */
void page_toned(Text *text, Tone tone, const char *user);

/* What has gathered in `scratch`, moved into the arena. */
const char *page_take(Page *page);
/* What has gathered in `scratch` as a paragraph: wrapped to the page's width, the first line behind `first` columns
 * that are already on the line, the others indented by `indent`. Ends the line. */
void page_paragraph(Page *page, uint32_t first, uint32_t indent);

/* Bytes of the first line of `text` when lines take `columns`: breaks at blanks where it can. `*next` is where the next
 * line starts. */
size_t page_break(const char *text, size_t length, size_t columns, size_t *next);
/* The tone that holds at the end of `text`, when it began with `tone`. */
Tone page_last_tone(const char *text, size_t length, Tone tone);

#endif
