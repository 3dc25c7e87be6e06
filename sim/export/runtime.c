#include "export/runtime.h"

#include <ctype.h>
#include <string.h>

typedef struct Piece {
    uint32_t first, end; /* lines behind the heading */
    const char *names;   /* the heading behind `//: ` */
    bool is_needed;
} Piece;

typedef ArenaVec(Piece) Pieces;

/* The next word of code from *at on, its length into *length; NULL at the end. Comments and strings are skipped. */
static const char *next_word(const char **at, size_t *length)
{
    const char *p = *at;
    while (*p != '\0') {
        if (*p == '"') {
            for (p++; *p != '\0' && *p != '"' && *p != '\n'; p++)
                if (*p == '\\' && p[1] != '\0')
                    p++;
            p += *p == '"';
        } else if (p[0] == '/' && (p[1] == '/' || (p[1] == '*' && strstr(p, "*/") == NULL))) {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            p = strstr(p, "*/") + 2;
        } else if (isalpha((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 0x80) {
            const char *word = p;
            while (isalnum((unsigned char)*p) || *p == '_' || (unsigned char)*p >= 0x80)
                p++;
            *length = (size_t)(p - word);
            *at = p;
            return word;
        } else if (isdigit((unsigned char)*p)) { /* also the suffix of a number */
            while (isalnum((unsigned char)*p) || *p == '_')
                p++;
        } else {
            p++;
        }
    }
    *at = p;
    return NULL;
}

static bool is_heading(const char *line)
{
    return strncmp(line, "//: ", 4) == 0;
}

/* Whether the heading lists the word, and is for the variant. */
static bool defines(const Piece *piece, const char *word, size_t length)
{
    const char *at = piece->names;
    while (*at != '\0' && *at != '\n' && *at != '@') {
        size_t name = strcspn(at, " \n");
        if (name == length && memcmp(at, word, length) == 0)
            return true;
        at += name;
        at += strspn(at, " ");
    }
    return false;
}

static bool is_for(const Piece *piece, RuntimeVariant variant)
{
    const char *at = strchr(piece->names, '@');
    if (at == NULL)
        return true;
    switch (variant) {
    case RUNTIME_FREE: return strncmp(at, "@free", 5) == 0;
    case RUNTIME_RANDOM: return strncmp(at, "@turns", 6) == 0 || strncmp(at, "@random", 7) == 0;
    case RUNTIME_SCHEDULE: return strncmp(at, "@turns", 6) == 0 || strncmp(at, "@schedule", 9) == 0;
    }
    return false;
}

static bool has_feature(const char *name, RuntimeVariant variant, unsigned features)
{
    static const struct {
        const char *name;
        unsigned bit;
    } named[] = {{"invariants", RUNTIME_INVARIANTS}, {"spurious", RUNTIME_SPURIOUS}, {"daemons", RUNTIME_DAEMONS}, {"blocks", RUNTIME_BLOCKS}};
    if (strncmp(name, "not ", 4) == 0)
        return !has_feature(name + 4, variant, features);
    for (size_t n = 0; n < sizeof named / sizeof *named; n++)
        if (strncmp(name, named[n].name, strlen(named[n].name)) == 0)
            return (features & named[n].bit) != 0;
    if (strncmp(name, "free", 4) == 0)
        return variant == RUNTIME_FREE;
    if (strncmp(name, "turns", 5) == 0)
        return variant != RUNTIME_FREE;
    return strncmp(name, "random", 6) == 0 ? variant == RUNTIME_RANDOM : variant == RUNTIME_SCHEDULE;
}

/* The length of the line's text, or SIZE_MAX when the line is not for this program. */
static size_t line_length(const char *line, RuntimeVariant variant, unsigned features)
{
    const char *mark = strstr(line, "//?");
    if (mark == NULL)
        return strcspn(line, "\n");
    if (!has_feature(mark + 3, variant, features))
        return SIZE_MAX;
    size_t length = (size_t)(mark - line);
    while (length > 0 && line[length - 1] == ' ')
        length--;
    return length;
}

static void find_pieces(Arena *arena, RuntimeVariant variant, Pieces *pieces)
{
    for (uint32_t l = 0; runtime_lines[l] != NULL;) {
        Piece piece = {.names = runtime_lines[l] + 4, .first = l + 1};
        for (l++; runtime_lines[l] != NULL && !is_heading(runtime_lines[l]); l++)
            continue;
        piece.end = l;
        while (piece.end > piece.first && runtime_lines[piece.end - 1][0] == '\n')
            piece.end--;
        if (is_for(&piece, variant))
            ARENA_PUSH(arena, *pieces, piece);
    }
}

static void need_words(Pieces *pieces, const char *text, RuntimeVariant variant, unsigned features);

static void need(Pieces *pieces, uint32_t p, RuntimeVariant variant, unsigned features)
{
    Piece *piece = &pieces->items[p];
    if (piece->is_needed) // NOLINT(clang-analyzer-core.NullDereference): p is the number of a piece
        return;
    piece->is_needed = true;
    for (uint32_t l = piece->first; l < piece->end; l++)
        if (line_length(runtime_lines[l], variant, features) != SIZE_MAX)
            need_words(pieces, runtime_lines[l], variant, features);
}

static void need_words(Pieces *pieces, const char *text, RuntimeVariant variant, unsigned features)
{
    size_t length;
    if (strncmp(text, " * ", 3) == 0) /* in a comment */
        return;
    for (const char *word; (word = next_word(&text, &length)) != NULL;)
        for (uint32_t p = 0; p < pieces->count; p++)
            if (!pieces->items[p].is_needed && defines(&pieces->items[p], word, length))
                need(pieces, p, variant, features);
}

void runtime_write(Arena *arena, RuntimeVariant variant, unsigned features, const Text *body, const Text *schedule, Text *out)
{
    Pieces pieces = {0};
    if (body->bytes == NULL)
        return;
    find_pieces(arena, variant, &pieces);
    need(&pieces, 0, variant, features);
    need_words(&pieces, body->bytes, variant, features);
    for (uint32_t p = 0; p < pieces.count; p++) {
        const Piece *piece = &pieces.items[p];
        if (!piece->is_needed)
            continue;
        for (uint32_t l = piece->first; l < piece->end; l++) {
            size_t length = line_length(runtime_lines[l], variant, features);
            if (length == SIZE_MAX)
                continue;
            text_add_bytes(out, runtime_lines[l], length);
            text_add_char(out, '\n');
        }
        text_add_char(out, '\n');
        if (schedule->length > 0 && defines(piece, "Turn", 4))
            text_add_bytes(out, schedule->bytes, schedule->length);
    }
}

bool runtime_declares(const char *name)
{
    size_t wanted = strlen(name), length;
    for (uint32_t l = 0; runtime_lines[l] != NULL; l++) {
        const char *line = runtime_lines[l], *at = line;
        if (is_heading(line) || line[0] == ' ' || line[0] == '\n')
            continue;
        const char *end = strncmp(line, "enum", 4) == 0 || strstr(line, "typedef enum") != NULL ? line + strlen(line) : line + strcspn(line, "(=[;,)");
        for (const char *found; (found = next_word(&at, &length)) != NULL && found < end;)
            if (length == wanted && memcmp(found, name, length) == 0)
                return true;
    }
    return false;
}

bool runtime_text_has_word(const Text *code, const char *word)
{
    size_t wanted = strlen(word), length;
    const char *at = code->bytes == NULL ? "" : code->bytes;
    for (const char *found; (found = next_word(&at, &length)) != NULL;)
        if (length == wanted && memcmp(found, word, length) == 0)
            return true;
    return false;
}
