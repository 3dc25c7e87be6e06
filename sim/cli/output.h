/* output.h: standard output and what we know about the terminal behind it.
 *
 * Errors  writes are not checked one by one: output_end looks once, and turns a full disk or a closed pipe into
 * SN_SYSTEM. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/options.h"

/* Before anything else: standard descriptors that are closed stay closed for writing instead of naming the next file
 * that is opened, and a reader that goes away is a write error, not a death by SIGPIPE. */
void output_begin(void);
/* Between two reports, so that messages about the next file do not overtake the one before. */
void output_flush(void);
/* Flushes. Was all written so far? */
bool output_is_written(void);
/* Flushes. `status`, or SN_SYSTEM with a message when something was not written. */
SnStatus output_end(SnStatus status);

SnTextStyle output_style(const Options *options);
/* Writes to the file `path`, all or nothing; NULL and "-" are standard output. SN_SYSTEM with a message when a file could not be written. */
SnStatus output_file(const char *path, const char *bytes, size_t length);
/* Prints a text of the library and frees it; NULL is "out of memory". */
SnStatus output_take(char *text);
void output_json_string(const char *string);
/* A text with names that others gave, on a terminal: control characters other than newline and tab,
 * marks that turn the direction of text, and what is not UTF-8, as U+FFFD. */
void output_visible(FILE *stream, const char *text);
/* "snarl: ..." on standard error, made visible. */
void output_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A message of the library on standard error, with a newline at its end; then freed. NULL prints nothing. Diagnostics
 * of a scenario come with their place and stand as they are, others get our name in front. */
void output_diagnostics(char *message);
void output_message(char *message);

/* The line of progress on standard error goes. */
void output_clear_line(void);

/* The status that tells more: system, invalid, found, incomplete, ok. */
SnStatus output_worse(SnStatus a, SnStatus b);
/* Colours for `stream`, as --color and NO_COLOR say. */
bool output_colors(const Options *options, FILE *stream);

#endif
