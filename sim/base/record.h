/* record.h: a file that is there as a whole, or as it was before.
 *
 * Shape   magic, content, and 8 bytes that depend on every byte before them: the hash of each block of BLOCK bytes is
 *         the seed of the next one's. Numbers lie as in memory; who reads them says what machine they are for.
 * Writing goes to PATH.new, which is synced and takes the place of PATH when all of it is on the disk: whenever the
 *         process or the system ends, PATH is the old file or the new one.
 * Reading looks at every byte before it gives any away: what is cut off, or has a changed byte, is not opened.
 * Owner   record_free; a record that was not committed leaves PATH as it was, and no PATH.new.
 * Errors  STATUS_IO with errno; STATUS_INVALID: no such file of ours (`*is_ours` false), or damaged; STATUS_NO_MEMORY.
 *         A put or get that fails says so, and all that follow do. */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/status.h"

enum { RECORD_BLOCK = 1 << 16 };

typedef struct Record {
    int file;
    bool is_writing, has_failed;
    int error;        /* errno of a put that failed */
    char *path, *temporary;
    unsigned char *block;
    size_t at, end;   /* in the block: the next byte; reading: behind the last one */
    uint64_t hash;    /* of the blocks so far */
    uint64_t left;    /* reading: bytes of content behind the block */
    uint64_t offset;  /* reading: of the block in the file */
} Record;

/* Is there a file, and is it one of these? `*is_other`: something is there that must not be written over. */
Status record_look(const char *path, const char *magic, bool *is_other);

Status record_create(const char *path, const char *magic, Record **out);
Status record_open(const char *path, const char *magic, Record **out, bool *is_ours);
/* All that was put takes the place of the file. */
Status record_commit(Record *record);
void record_free(Record *record); /* leaves errno alone */

/* The slow ways of the functions below. */
bool record_put_bytes(Record *record, const void *bytes, size_t count);
bool record_get_bytes(Record *record, void *bytes, size_t count);

static inline bool record_put(Record *record, const void *bytes, size_t count)
{
    if (count > RECORD_BLOCK - record->at)
        return record_put_bytes(record, bytes, count);
    memcpy(record->block + record->at, bytes, count);
    record->at += count;
    return true;
}

static inline bool record_get(Record *record, void *bytes, size_t count)
{
    if (count > record->end - record->at)
        return record_get_bytes(record, bytes, count);
    memcpy(bytes, record->block + record->at, count);
    record->at += count;
    return true;
}

/* Small numbers take few bytes: seven bits each (LEB128). */
static inline bool record_put_number(Record *record, uint64_t number)
{
    unsigned char bytes[10];
    size_t count = 0;
    for (; number >= 128; number >>= 7)
        bytes[count++] = (unsigned char)(number | 128);
    bytes[count++] = (unsigned char)number;
    return record_put(record, bytes, count);
}

static inline bool record_get_number(Record *record, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned char byte = 0;
        if (!record_get(record, &byte, 1))
            return false;
        *number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

#define RECORD_PUT(record, value) record_put(record, &(value), sizeof(value))
#define RECORD_GET(record, value) record_get(record, &(value), sizeof(value))

/* Reading: the place of the next byte, and back to it. */
uint64_t record_place(const Record *record);
bool record_return(Record *record, uint64_t place);
/* Reading: bytes of content that are left. */
uint64_t record_left(const Record *record);

#endif
