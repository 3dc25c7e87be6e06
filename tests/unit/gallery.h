/* gallery.h: every scenario under scenarios/, in order of their paths, for tests that compare two ways of exploring. */
#ifndef GALLERY_H
#define GALLERY_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snarl/snarl.h"

enum { GALLERY_PATH = 512 };

static inline int gallery_is_listed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static inline unsigned gallery_folder(const char *folder, void (*visit)(const char *path, void *context), void *context)
{
    struct dirent **entries;
    unsigned visited = 0;
    int count = scandir(folder, &entries, gallery_is_listed, alphasort);
    for (int i = 0; i < count; i++) {
        char path[GALLERY_PATH];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        size_t length = strlen(path);
        if (length > 6 && strcmp(path + length - 6, ".snarl") == 0) {
            visit(path, context);
            visited++;
        } else if (strchr(entries[i]->d_name, '.') == NULL) {
            visited += gallery_folder(path, visit, context);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return visited;
}

/* How many there were. */
static inline unsigned gallery_visit(void (*visit)(const char *path, void *context), void *context)
{
    return gallery_folder(SNARL_SOURCE_DIR "/scenarios", visit, context);
}

static inline SnScenario *gallery_load(const char *path)
{
    SnScenario *scenario;
    char *message;
    SnStatus status = sn_load_file(path, NULL, &scenario, &message);
    ck_assert_msg(status == SN_OK, "%s: %s", path, message == NULL ? "(no message)" : message);
    sn_string_free(message);
    return scenario;
}

#endif
