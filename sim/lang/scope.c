#include "lang/scope.h"

#include <string.h>

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

void scope_begin(Scope *scope, Arena *scratch)
{
    *scope = (Scope){.scratch = scratch, .bucket_count = 64};
    scope->buckets = ARENA_ARRAY(scratch, Binding *, scope->bucket_count);
}

static Binding **bucket_of(const Scope *scope, const char *name)
{
    return &scope->buckets[hash_of(name) & (scope->bucket_count - 1)];
}

/* The link that points to the innermost binding of `name`, or to NULL. */
static Binding **link_of(const Scope *scope, const char *name)
{
    Binding **link = bucket_of(scope, name);
    while (*link != NULL && strcmp((*link)->symbol->name, name) != 0)
        link = &(*link)->next;
    return link;
}

const Binding *scope_find(const Scope *scope, const char *name)
{
    return *link_of(scope, name);
}

static void grow(Scope *scope)
{
    Binding **old = scope->buckets;
    uint32_t old_count = scope->bucket_count;
    scope->bucket_count *= 2;
    scope->buckets = ARENA_ARRAY(scope->scratch, Binding *, scope->bucket_count);
    for (uint32_t i = 0; i < old_count; i++) {
        while (old[i] != NULL) {
            Binding *binding = old[i];
            old[i] = binding->next;
            Binding **bucket = bucket_of(scope, binding->symbol->name);
            binding->next = *bucket;
            *bucket = binding;
        }
    }
}

void scope_declare(Scope *scope, Symbol *symbol)
{
    if (scope->name_count >= scope->bucket_count)
        grow(scope);
    Binding **link = link_of(scope, symbol->name);
    Binding *binding = ARENA_NEW(scope->scratch, Binding);
    binding->symbol = symbol;
    binding->level = scope->level;
    binding->outer = *link;
    if (*link != NULL)
        binding->next = (*link)->next;
    else
        scope->name_count++;
    *link = binding;
    binding->below = scope->newest;
    scope->newest = binding;
}

void scope_push(Scope *scope)
{
    scope->level++;
}

void scope_pop(Scope *scope)
{
    while (scope->newest != NULL && scope->newest->level == scope->level) {
        Binding *binding = scope->newest;
        Binding **link = link_of(scope, binding->symbol->name);
        if (binding->outer != NULL) {
            binding->outer->next = binding->next;
            *link = binding->outer;
        } else {
            *link = binding->next;
            scope->name_count--;
        }
        scope->newest = binding->below;
    }
    scope->level--;
}
