/* sn_write_file: all or nothing. */
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
#include "snarl/viz.h"

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
    const char *slash = strrchr(path, '/');
    size_t folder = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    for (unsigned attempt = 0; attempt < 100; attempt++) {
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

static SnStatus write_beside(const char *path, bool exists, mode_t mode, const char *bytes, size_t length, int *error)
{
    Text name = {0};
    FILE *file = create_beside(path, &name);
    if (file == NULL) {
        *error = errno;
    } else {
        *error = write_and_close(file, bytes, length);
        if (*error == 0 && exists) /* a replaced file keeps its permissions */
            (void)chmod(name.bytes, mode & 07777);
        if (*error == 0 && rename(name.bytes, path) != 0)
            *error = errno;
        if (*error != 0)
            unlink(name.bytes);
    }
    text_free(&name);
    return *error == 0 ? SN_OK : SN_SYSTEM;
}

SnStatus sn_write_file(const char *path, const char *bytes, size_t length, char **message)
{
    *message = NULL;
    struct stat info = {0};
    bool exists = stat(path, &info) == 0;
    if (exists && !S_ISREG(info.st_mode))
        return write_directly(path, bytes, length, message);
    if (exists && access(path, W_OK) != 0) /* a rename would replace what is write-protected */
        return file_fail(message, path, errno);
    char *target = exists ? realpath(path, NULL) : NULL; /* replace the file, not a symbolic link to it */
    int error = 0;
    SnStatus status = write_beside(target != NULL ? target : path, exists, info.st_mode, bytes, length, &error);
    free(target);
    return status == SN_OK ? SN_OK : file_fail(message, path, error);
}
