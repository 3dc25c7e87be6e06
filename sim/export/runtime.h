/* runtime.h: the functions that an emitted program brings along (the files of runtime), of which it gets those that it uses.
 *
 * Shape   The text is made of pieces. A piece begins with `//: NAME... [@VARIANT]`, the names that it defines; `@free` is for programs
 *         whose threads run freely, `@turns` for those that step one at a time, in random order (`@random`) or as a schedule says
 *         (`@schedule`). A line that ends in `//?FEATURE` or `//?not FEATURE` is there only with, or without, that feature. */
#ifndef EXPORT_RUNTIME_H
#define EXPORT_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/text.h"

typedef enum RuntimeVariant { RUNTIME_FREE, RUNTIME_RANDOM, RUNTIME_SCHEDULE } RuntimeVariant;
enum { RUNTIME_INVARIANTS = 1, RUNTIME_SPURIOUS = 2, RUNTIME_DAEMONS = 4, RUNTIME_BLOCKS = 8 };

/* The pieces that the words of `body` need, and those that these need, in their order; the schedule behind the type of its elements. */
void runtime_write(Arena *arena, RuntimeVariant variant, unsigned features, const Text *body, const Text *schedule, Text *out);
/* Whether the runtime declares the name for the whole file. */
bool runtime_declares(const char *name);

/* Whether the word occurs in the code. */
bool runtime_text_has_word(const Text *code, const char *word);

/* runtime_lines.c, made by the build: the text, line by line; ends with NULL. */
extern const char *const runtime_lines[];

#endif
