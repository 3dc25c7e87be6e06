/* Files, all or nothing: what is written stands beside its place until all of it is. */
#define _XOPEN_SOURCE 700 /* realpath; NOLINT(bugprone-reserved-identifier) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "snarl/snarl.h"

static SnStatus file_fail(char **message, const char *path, int error)
{
    Text text = {0};
    text_format(&text, "%s: cannot write: %s", path, strerror(error));
    *message = text_take(&text);
    return SN_SYSTEM;
}

/* Writes all and closes; errno on failure. A full disk may show as late as at the close. */
static int write_and_close(FILE *file, const char *bytes, size_t length)
{
    int error = 0;
    errno = 0;
    if (fwrite(bytes, 1, length, file) != length || fflush(file) != 0)
        error = errno != 0 ? errno : EIO;
    if (fclose(file) != 0 && error == 0)
        error = errno != 0 ? errno : EIO;
    return error;
}

/* Devices and pipes cannot be replaced by a rename, nor should they be. */
static SnStatus write_directly(const char *path, const char *bytes, size_t length, char **message)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return file_fail(message, path, errno);
    int error = write_and_close(file, bytes, length);
    return error == 0 ? SN_OK : file_fail(message, path, error);
}

/* Makes a new file beside `path`; its name goes to `name`. NULL with errno on failure. */
static FILE *create_beside(const char *path, Text *name)
{
    enum { ATTEMPTS = 10000 }; /* files that stand together have as many temporary names at once */
    const char *slash = strrchr(path, '/');
    size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
        name->length = 0;
        text_add_bytes(name, path, folder);
        text_format(name, ".snarl-%ld-%u.tmp", (long)getpid(), attempt);
        if (name->failed) {
            errno = ENOMEM;
            return NULL;
        }
        int descriptor = open(name->bytes, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno == EEXIST)
            continue;
        if (descriptor < 0)
            return NULL;
        FILE *file = fdopen(descriptor, "wb");
        if (file == NULL) {
            int error = errno;
            close(descriptor);
            unlink(name->bytes);
            errno = error;
        }
        return file;
    }
    errno = EEXIST;
    return NULL;
}

/* ------------------------------------------------------------- files together */

typedef struct StagedFile {
    char *path;      /* as it was given, for messages */
    char *target;    /* what is replaced: behind a symbolic link the file, not the link */
    char *temporary; /* NULL once it has its place */
    bool is_new;     /* nothing was there before */
} StagedFile;

struct SnFiles {
    StagedFile *items;
    size_t count, room;
};

static void staged_free(StagedFile *file)
{
    if (file->temporary != NULL)
        unlink(file->temporary);
    mem_free(file->path);
    free(file->target); /* of realpath */
    mem_free(file->temporary);
}

static char *copy_of(const char *text)
{
    Text copy = {0};
    text_add(&copy, text);
    return text_take(&copy);
}

/* Writes beside the target; 0, or errno. */
static int stage(StagedFile *staged, const struct stat *old, const char *bytes, size_t length)
{
    Text name = {0};
    FILE *file = create_beside(staged->target != NULL ? staged->target : staged->path, &name);
    int error = file == NULL ? errno : write_and_close(file, bytes, length);
    if (error == 0 && old != NULL) /* a replaced file keeps its permissions */
        (void)chmod(name.bytes, old->st_mode & 07777);
    if (file != NULL && error != 0)
        unlink(name.bytes);
    if (error == 0)
        staged->temporary = text_take(&name);
    text_free(&name);
    return error;
}

static StagedFile *next_item(SnFiles *files)
{
    if (files->count == files->room) {
        size_t room = files->room == 0 ? 8 : files->room * 2;
        StagedFile *larger = mem_resize(files->items, room, sizeof *larger);
        if (larger == NULL)
            return NULL;
        files->items = larger;
        files->room = room;
    }
    files->items[files->count] = (StagedFile){0};
    return &files->items[files->count];
}

SnStatus sn_files_add(SnFiles **files, const char *path, const char *bytes, size_t length, char **message)
{
    *message = NULL;
    struct stat info = {0};
    bool exists = stat(path, &info) == 0;
    if (exists && !S_ISREG(info.st_mode))
        return write_directly(path, bytes, length, message);
    if (exists && access(path, W_OK) != 0) /* a rename would replace what is write-protected */
        return file_fail(message, path, errno);
    if (*files == NULL && (*files = mem_alloc(1, sizeof **files)) == NULL)
        return file_fail(message, path, ENOMEM);
    StagedFile *item = next_item(*files);
    if (item == NULL || (item->path = copy_of(path)) == NULL)
        return file_fail(message, path, ENOMEM);
    item->is_new = !exists;
    int error = 0;
    if (exists && (item->target = realpath(path, NULL)) == NULL)
        error = errno;
    if (error == 0)
        error = stage(item, exists ? &info : NULL, bytes, length);
    if (error != 0) {
        staged_free(item);
        return file_fail(message, path, error);
    }
    (*files)->count++;
    return SN_OK;
}

SnStatus sn_files_keep(SnFiles *files, char **message)
{
    *message = NULL;
    for (size_t i = 0; files != NULL && i < files->count; i++) {
        StagedFile *item = &files->items[i];
        if (rename(item->temporary, item->target != NULL ? item->target : item->path) != 0) {
            SnStatus status = file_fail(message, item->path, errno);
            while (i-- > 0) /* what was replaced is whole; what is new would be a part of something */
                if (files->items[i].is_new)
                    unlink(files->items[i].path);
            return status;
        }
        mem_free(item->temporary);
        item->temporary = NULL;
    }
    return SN_OK;
}

void sn_files_free(SnFiles *files)
{
    for (size_t i = 0; files != NULL && i < files->count; i++)
        staged_free(&files->items[i]);
    if (files != NULL)
        mem_free(files->items);
    mem_free(files);
}

SnStatus sn_write_file(const char *path, const char *bytes, size_t length, char **message)
{
    SnFiles *files = NULL;
    SnStatus status = sn_files_add(&files, path, bytes, length, message);
    if (status == SN_OK)
        status = sn_files_keep(files, message);
    sn_files_free(files);
    return status;
}
