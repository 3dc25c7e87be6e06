/* album.c: draw --all: every picture of every finding, and an index that shows them. */
#include "cli/output.h"

#ifdef SNARL_HAS_VIZ

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/picture.h"

typedef struct Album {
    const Picture *common;
    const char *folder;
    FILE *index; /* in memory, until all pictures are written */
    SnFiles *files;
    uint32_t pictures;
} Album;

static void put_html(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out); break;
        }
}

static SnStatus add_file(Album *album, const char *name, const char *caption, SnFormat format, const char *bytes, size_t length)
{
    size_t room = strlen(album->folder) + strlen(name) + 2;
    char *path = malloc(room);
    if (path == NULL) {
        output_error("out of memory");
        return SN_SYSTEM;
    }
    snprintf(path, room, "%s/%s", album->folder, name);
    SnStatus status = picture_add(&album->files, path, bytes, length);
    free(path);
    bool is_shown = format == SN_FORMAT_SVG || format == SN_FORMAT_PNG;
    fprintf(album->index, "<figure><a href=\"%s\">", name);
    if (is_shown) {
        fprintf(album->index, "<img loading=\"lazy\" src=\"%s\" alt=\"", name);
        put_html(album->index, caption);
        fputs("\">", album->index);
    } else {
        fputs(name, album->index);
    }
    fputs("</a><figcaption>", album->index);
    put_html(album->index, caption);
    fputs("</figcaption></figure>\n", album->index);
    album->pictures++;
    return status;
}

/* All pages of one picture. */
static SnStatus add_picture(Album *album, PictureKind kind, const SnTrace *trace, const char *prefix)
{
    Picture picture = *album->common;
    picture.kind = kind;
    picture.trace = trace;
    if (kind == PICTURE_FRAMES)
        picture.draw.format = SN_FORMAT_PDF; /* one file for all of them */
    uint32_t pages = picture_pages(&picture);
    SnStatus status = SN_OK;
    for (uint32_t page = 1; page <= pages && status == SN_OK; page++) {
        char name[96], caption[64], *bytes;
        size_t length;
        picture.draw.page = page;
        if (pages > 1) {
            snprintf(name, sizeof name, "%s-%s-%u.%s", prefix, picture_words[kind], (unsigned)page,
                     picture_endings[picture.draw.format]);
            snprintf(caption, sizeof caption, "%s, page %u of %u", picture_words[kind], (unsigned)page,
                     (unsigned)pages);
        } else {
            snprintf(name, sizeof name, "%s-%s.%s", prefix, picture_words[kind], picture_endings[picture.draw.format]);
            snprintf(caption, sizeof caption, "%s", picture_words[kind]);
        }
        status = picture_make(&picture, &bytes, &length);
        if (status == SN_OK)
            status = add_file(album, name, caption, picture.draw.format, bytes, length);
        sn_string_free(bytes);
    }
    return status;
}

/* What a trace has something to say in. */
static SnStatus add_trace(Album *album, const SnTrace *trace, const char *prefix)
{
    const SnResult *result = album->common->result;
    uint64_t limit = album->common->max_states > 0 ? album->common->max_states : 200;
    SnStatus status = add_picture(album, PICTURE_SCHEDULE, trace, prefix);
    if (status == SN_OK && trace->wait_count > 0)
        status = add_picture(album, PICTURE_WAITS, trace, prefix);
    if (status == SN_OK)
        status = add_picture(album, PICTURE_ORDER, trace, prefix);
    if (status == SN_OK && trace->has_clock && trace->end_ns > 0)
        status = add_picture(album, PICTURE_TIMELINE, trace, prefix);
    if (status == SN_OK && result->complete && result->states <= limit)
        status = add_picture(album, PICTURE_STATES, trace, prefix);
#ifdef SNARL_HAS_CAIRO /* several pages in one PDF */
    if (status == SN_OK && sn_draw_frame_count(trace) <= PICTURE_MOST_FRAMES)
        status = add_picture(album, PICTURE_FRAMES, trace, prefix);
#endif
    return status;
}

static SnStatus add_finding(Album *album, uint32_t f)
{
    const SnFinding *finding = &album->common->result->findings[f];
    SnTrace *trace = NULL;
    char *message = NULL, prefix[64];
    SnStatus status = sn_trace_finding(album->common->result, f, &trace, &message);
    output_message(message);
    if (status != SN_OK)
        return status;
    snprintf(prefix, sizeof prefix, "%02u-%s", (unsigned)f + 1, finding->kind);
    fprintf(album->index, "<h2>%u. ", (unsigned)f + 1);
    put_html(album->index, trace->title);
    fputs("</h2>\n<p>", album->index);
    put_html(album->index, finding->message);
    fputs("</p>\n<p>schedule: <code>", album->index);
    put_html(album->index, trace->schedule);
    fputs("</code></p>\n", album->index);
    status = add_trace(album, trace, prefix);
    sn_trace_free(trace);
    return status;
}

static SnStatus add_plain_run(Album *album)
{
    const SnRunOptions run = {.policy = SN_POLICY_SEQUENTIAL};
    SnTrace *trace = NULL;
    char *message = NULL;
    SnStatus status = sn_run(album->common->scenario, &run, &trace, &message);
    output_message(message);
    fputs("<p>No finding: the threads one after the other.</p>\n", album->index);
    if (status == SN_OK)
        status = add_trace(album, trace, "run");
    sn_trace_free(trace);
    return status;
}

static SnStatus fill(Album *album)
{
    const SnResult *result = album->common->result;
    const char *name = sn_scenario_name(album->common->scenario);
    SnStatus status = SN_OK;
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>", album->index);
    put_html(album->index, name);
    fputs("</title>\n<style>body{font-family:sans-serif;max-width:75em;margin:2em auto;padding:0 1em}"
          "figure{margin:1em 0}img{max-width:100%;border:1px solid "
          "#ccc}figcaption{color:#555}</style></head><body>\n<h1>",
          album->index);
    put_html(album->index, name);
    fputs("</h1>\n", album->index);
    for (uint32_t f = 0; f < result->finding_count && status == SN_OK; f++)
        status = add_finding(album, f);
    if (result->finding_count == 0)
        status = add_plain_run(album);
    if (status == SN_OK && result->lock_order.edge_count > 0) {
        fputs("<h2>Lock order</h2>\n", album->index);
        status = add_picture(album, PICTURE_LOCKS, NULL, "all");
    }
    if (status == SN_OK && result->outcome_count > 0) {
        fputs("<h2>Outcomes</h2>\n", album->index);
        status = add_picture(album, PICTURE_OUTCOMES, NULL, "all");
    }
    fputs("</body></html>\n", album->index);
    return status;
}

static SnStatus write_index(Album *album, const char *bytes, size_t length)
{
    size_t room = strlen(album->folder) + sizeof "/index.html";
    char *path = malloc(room);
    if (path == NULL) {
        output_error("out of memory");
        return SN_SYSTEM;
    }
    snprintf(path, room, "%s/index.html", album->folder);
    SnStatus status = picture_add(&album->files, path, bytes, length);
    free(path);
    return status;
}

SnStatus album_write(const Picture *common, const char *folder)
{
    Album album = {.common = common, .folder = folder};
    char *bytes = NULL;
    size_t length = 0;
    album.index = open_memstream(&bytes, &length);
    if (album.index == NULL) {
        output_error("out of memory");
        return SN_SYSTEM;
    }
    bool is_made = mkdir(folder, 0777) == 0;
    if (!is_made && errno != EEXIST) {
        output_error("%s: cannot make the folder: %s", folder, strerror(errno));
        fclose(album.index);
        free(bytes);
        return SN_SYSTEM;
    }
    SnStatus status = fill(&album);
    bool is_cut = ferror(album.index) != 0;
    if ((fclose(album.index) != 0 || is_cut) && status == SN_OK) {
        output_error("out of memory");
        status = SN_SYSTEM;
    }
    if (status == SN_OK)
        status = write_index(&album, bytes, length);
    if (status == SN_OK)
        status = picture_keep(album.files);
    sn_files_free(album.files);
    free(bytes);
    if (status != SN_OK && is_made)
        rmdir(folder);
    return status;
}

#endif
