#include "base/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/memory.h"

enum { TRAILER = sizeof(uint64_t) };

static Record *record_new(const char *path)
{
    Record *record = mem_alloc(1, sizeof *record);
    if (record == NULL)
        return NULL;
    size_t length = strlen(path);
    record->file = -1;
    record->block = mem_alloc(RECORD_BLOCK, 1);
    record->path = mem_alloc(length + 1, 1);
    record->temporary = mem_alloc(length + sizeof ".new", 1);
    if (record->block == NULL || record->path == NULL || record->temporary == NULL) {
        record_free(record);
        return NULL;
    }
    memcpy(record->path, path, length);
    memcpy(record->temporary, path, length);
    memcpy(record->temporary + length, ".new", sizeof ".new");
    return record;
}

void record_free(Record *record)
{
    if (record == NULL)
        return;
    int error = errno;
    if (record->file >= 0)
        close(record->file);
    if (record->is_writing && record->temporary != NULL)
        unlink(record->temporary);
    mem_free(record->block);
    mem_free(record->path);
    mem_free(record->temporary);
    mem_free(record);
    errno = error;
}

/* False at the end of the file, or when it cannot be read. */
static bool read_all(int file, void *bytes, size_t count)
{
    unsigned char *at = bytes;
    errno = 0;
    while (count > 0) {
        ssize_t got = read(file, at, count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        count -= (size_t)got;
    }
    return true;
}

static bool write_all(int file, const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    while (count > 0) {
        ssize_t put = write(file, at, count);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        at += put;
        count -= (size_t)put;
    }
    return true;
}

Status record_look(const char *path, const char *magic, bool *is_other)
{
    *is_other = false;
    struct stat about;
    if (stat(path, &about) != 0)
        return errno == ENOENT ? STATUS_OK : STATUS_IO;
    *is_other = true;
    if (!S_ISREG(about.st_mode))
        return STATUS_OK;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return STATUS_IO;
    char found[64] = "";
    size_t length = strlen(magic);
    *is_other = length > sizeof found || !read_all(file, found, length) || memcmp(found, magic, length) != 0;
    close(file);
    return STATUS_OK;
}

/* ------------------------------------------------------------------------ writing */

/* What an earlier writer left there when it was killed is ours; anything else is not touched. */
static int open_temporary(const char *temporary, const char *magic)
{
    const int flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC;
    int file = open(temporary, flags | O_EXCL, 0666);
    struct stat about;
    bool is_other = false;
    if (file >= 0 || errno != EEXIST || lstat(temporary, &about) != 0)
        return file;
    if (about.st_size > 0 || !S_ISREG(about.st_mode))
        record_look(temporary, magic, &is_other);
    errno = EEXIST;
    return is_other ? -1 : open(temporary, flags | O_TRUNC, 0666);
}

Status record_create(const char *path, const char *magic, Record **out)
{
    *out = NULL;
    Record *record = record_new(path);
    if (record == NULL)
        return STATUS_NO_MEMORY;
    bool is_protected = access(path, W_OK) != 0 && errno != ENOENT;
    record->file = is_protected ? -1 : open_temporary(record->temporary, magic);
    record->is_writing = record->file >= 0;
    if (!record->is_writing || !record_put(record, magic, strlen(magic))) {
        record_free(record);
        return STATUS_IO;
    }
    *out = record;
    return STATUS_OK;
}

static bool fail(Record *record)
{
    if (!record->has_failed)
        record->error = errno;
    record->has_failed = true;
    return false;
}

static bool flush(Record *record)
{
    if (record->has_failed || !write_all(record->file, record->block, record->at))
        return fail(record);
    record->hash = XXH3_64bits_withSeed(record->block, record->at, record->hash);
    record->at = 0;
    return true;
}

bool record_put_bytes(Record *record, const void *bytes, size_t count)
{
    const unsigned char *from = bytes;
    while (count > 0) {
        if (record->at == RECORD_BLOCK && !flush(record)) {
            record->at = 0; /* so that what follows has room, too */
            return false;
        }
        size_t room = RECORD_BLOCK - record->at, part = count < room ? count : room;
        memcpy(record->block + record->at, from, part);
        record->at += part;
        from += part;
        count -= part;
    }
    return !record->has_failed;
}

/* The name itself must be on the disk, too. Systems that cannot sync a folder keep names in another way. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";
    size_t length = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (length >= sizeof folder)
        return;
    if (slash != NULL)
        memcpy(folder, path, length);
    folder[length] = '\0';
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return;
    fsync(file);
    close(file);
}

Status record_commit(Record *record)
{
    if (!flush(record))
        goto failed;
    if (!write_all(record->file, &record->hash, sizeof record->hash) || fsync(record->file) != 0)
        goto failed;
    int file = record->file;
    record->file = -1;
    if (close(file) != 0 || rename(record->temporary, record->path) != 0)
        goto failed;
    record->is_writing = false;
    sync_folder(record->path);
    return STATUS_OK;
failed:
    fail(record);
    errno = record->error;
    return STATUS_IO;
}

/* ------------------------------------------------------------------------ reading */

/* The next block of the content; false: there is none, or the file is not what it was. */
static bool fill(Record *record)
{
    record->offset += record->end;
    record->at = 0;
    record->end = record->left < RECORD_BLOCK ? (size_t)record->left : RECORD_BLOCK;
    if (record->end == 0 || !read_all(record->file, record->block, record->end)) {
        record->end = 0;
        return fail(record);
    }
    record->left -= record->end;
    return true;
}

/* Whether the bytes at the end are those that the others make. */
static Status verify(Record *record)
{
    uint64_t expected = 0;
    while (record->left > 0) {
        if (!fill(record))
            return errno != 0 ? STATUS_IO : STATUS_INVALID;
        record->hash = XXH3_64bits_withSeed(record->block, record->end, record->hash);
    }
    if (!read_all(record->file, &expected, sizeof expected))
        return errno != 0 ? STATUS_IO : STATUS_INVALID;
    return expected == record->hash ? STATUS_OK : STATUS_INVALID;
}

Status record_open(const char *path, const char *magic, Record **out, bool *is_ours)
{
    *out = NULL;
    *is_ours = false;
    Record *record = record_new(path);
    if (record == NULL)
        return STATUS_NO_MEMORY;
    Status status = STATUS_IO;
    size_t length = strlen(magic);
    struct stat about;
    record->file = open(path, O_RDONLY | O_CLOEXEC);
    if (record->file < 0 || fstat(record->file, &about) != 0)
        goto done;
    errno = EISDIR;
    if (S_ISDIR(about.st_mode))
        goto done;
    status = STATUS_INVALID;
    if (!S_ISREG(about.st_mode) || (uint64_t)about.st_size < length + TRAILER)
        goto done;
    record->left = (uint64_t)about.st_size - TRAILER;
    if (!fill(record)) {
        status = errno != 0 ? STATUS_IO : STATUS_INVALID;
        goto done;
    }
    if (memcmp(record->block, magic, length) != 0)
        goto done;
    *is_ours = true;
    record->hash = XXH3_64bits_withSeed(record->block, record->end, 0);
    status = verify(record);
    if (status != STATUS_OK)
        goto done;
    record->offset += record->end;
    record->end = record->at = 0;
    if (!record_return(record, length))
        status = STATUS_IO;
done:
    if (status == STATUS_OK)
        *out = record;
    else
        record_free(record);
    return status;
}

bool record_get_bytes(Record *record, void *bytes, size_t count)
{
    unsigned char *to = bytes;
    if (record->has_failed)
        return false;
    while (count > 0) {
        if (record->at == record->end && !fill(record))
            return false;
        size_t ready = record->end - record->at, part = count < ready ? count : ready;
        memcpy(to, record->block + record->at, part);
        record->at += part;
        to += part;
        count -= part;
    }
    return true;
}

uint64_t record_place(const Record *record)
{
    return record->offset + record->at;
}

bool record_return(Record *record, uint64_t place)
{
    uint64_t size = record->offset + record->end + record->left;
    if (record->has_failed || place > size || lseek(record->file, (off_t)place, SEEK_SET) < 0)
        return fail(record);
    record->offset = place;
    record->at = record->end = 0;
    record->left = size - place;
    return true;
}

uint64_t record_left(const Record *record)
{
    return record->left + (record->end - record->at);
}
