/* scope.h: which symbol a name means at a place.
 *
 * Shape   a hash table of names; the bindings of one name form a list, innermost first. Level 0 is the file, level 1 a
 *         body with its parameters, each block one more.
 * Owner   the scratch arena. */
#ifndef LANG_SCOPE_H
#define LANG_SCOPE_H

#include "lang/ast.h"

typedef struct Binding Binding;
struct Binding {
    Symbol *symbol;
    uint32_t level;
    Binding *outer; /* of the same name */
    Binding *next;  /* in the bucket */
    Binding *below; /* declared before it */
};

typedef struct Scope {
    Arena *scratch;
    Binding **buckets; /* innermost binding of each name */
    uint32_t bucket_count, name_count;
    Binding *newest;
    uint32_t level;
} Scope;

void scope_begin(Scope *scope, Arena *scratch);
void scope_push(Scope *scope);
void scope_pop(Scope *scope); /* forgets what was declared at this level */
const Binding *scope_find(const Scope *scope, const char *name);
void scope_declare(Scope *scope, Symbol *symbol);

#endif
