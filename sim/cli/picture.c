#include "cli/output.h"

#ifdef SNARL_HAS_VIZ

#include <stdlib.h>
#include <string.h>

#include "cli/picture.h"

const char *const picture_words[PICTURE_COUNT] = {
#define PICTURE_WORD(name, word) [name] = word,
    PICTURES(PICTURE_WORD)
#undef PICTURE_WORD
};

const char *const picture_endings[] = {
    [SN_FORMAT_SVG] = "svg", [SN_FORMAT_PDF] = "pdf", [SN_FORMAT_PNG] = "png", [SN_FORMAT_DOT] = "dot"};

/* The exploration counted the states already: say how many there are. */
static SnStatus too_large(const Picture *picture)
{
    unsigned long long states = picture->result->states, limit = picture->max_states > 0 ? picture->max_states : 200;
    output_error("the state space has %s%llu states, more than the %llu that are drawn; --path draws only the way to "
                 "the finding, --max-states %llu draws all",
                 picture->result->complete ? "" : "at least ", states, limit, states);
    return SN_INCOMPLETE;
}

static SnStatus make_states(const Picture *picture, char **bytes, size_t *length, char **message)
{
    uint64_t limit = picture->max_states > 0 ? picture->max_states : 200;
    if (picture->result != NULL && !picture->is_path_only && picture->result->states > limit)
        return too_large(picture);
    const SnGraphOptions options = {
        .max_states = picture->max_states, .schedule = picture->trace->schedule, .is_path_only = picture->is_path_only};
    SnStateGraph *graph = NULL;
    SnStatus status = sn_explore_graph(picture->scenario, &options, &graph, message);
    if (status == SN_OK)
        status = sn_draw_states(graph, picture->trace, &picture->draw, bytes, length, message);
    sn_state_graph_free(graph);
    return status;
}

SnStatus picture_make(const Picture *picture, char **bytes, size_t *length)
{
    const SnDrawOptions *draw = &picture->draw;
    const SnTrace *trace = picture->trace;
    char *message = NULL;
    SnStatus status = SN_INVALID;
    *bytes = NULL;
    *length = 0;
    switch (picture->kind) {
    case PICTURE_SCHEDULE: status = sn_draw_schedule(trace, draw, bytes, length, &message); break;
    case PICTURE_WAITS: status = sn_draw_waits(trace, draw, bytes, length, &message); break;
    case PICTURE_ORDER: status = sn_draw_order(trace, draw, bytes, length, &message); break;
    case PICTURE_STATES: status = make_states(picture, bytes, length, &message); break;
    case PICTURE_TIMELINE: status = sn_draw_timeline(trace, draw, bytes, length, &message); break;
    case PICTURE_LOCKS: status = sn_draw_locks(picture->result, draw, bytes, length, &message); break;
    case PICTURE_OUTCOMES: status = sn_draw_outcomes(picture->result, picture->stress, draw, bytes, length, &message); break;
    case PICTURE_FRAMES: status = sn_draw_frames(trace, draw, bytes, length, &message); break;
    case PICTURE_COUNT: break;
    }
    output_message(message);
    return status;
}

uint32_t picture_pages(const Picture *picture)
{
    if (picture->kind == PICTURE_SCHEDULE)
        return sn_draw_schedule_pages(picture->trace, picture->draw.size);
    if (picture->kind == PICTURE_TIMELINE)
        return sn_draw_timeline_pages(picture->trace, picture->draw.size);
    if (picture->kind == PICTURE_ORDER)
        return sn_draw_order_pages(picture->trace, picture->draw.size);
    if (picture->kind == PICTURE_OUTCOMES)
        return sn_draw_outcomes_pages(picture->result, picture->stress, &picture->draw);
    return 1;
}

SnStatus picture_add(SnFiles **files, const char *path, const char *bytes, size_t length)
{
    char *message = NULL;
    SnStatus status = sn_files_add(files, path, bytes, length, &message);
    output_message(message);
    return status;
}

SnStatus picture_keep(SnFiles *files)
{
    char *message = NULL;
    SnStatus status = sn_files_keep(files, &message);
    output_message(message);
    return status;
}

/* ------------------------------------------------------------------ frames */

static SnStatus frames_as_pdf(const Picture *picture, const char *path)
{
    char *bytes = NULL;
    size_t length = 0;
    SnStatus status = picture_make(picture, &bytes, &length);
    if (status == SN_OK)
        status = output_file(path, bytes, length);
    sn_string_free(bytes);
    return status;
}

/* "out/frame.svg" and 7 of 30 give "out/frame-07.svg". */
static void number_path(char *numbered, size_t room, const char *path, uint32_t number, uint32_t count)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    int stem = dot != NULL && (slash == NULL || dot > slash) ? (int)(dot - path) : (int)strlen(path);
    snprintf(numbered, room, "%.*s-%0*u%s", stem, path, count > 99 ? count > 999 ? 5 : 3 : 2, (unsigned)number,
             path + stem);
}

static SnStatus add_frame(SnFiles **files, const Picture *picture, const char *path, uint32_t frame)
{
    char *bytes = NULL, *message = NULL;
    size_t length = 0;
    SnStatus status = sn_draw_frame(picture->trace, frame, &picture->draw, &bytes, &length, &message);
    output_message(message);
    if (status == SN_OK)
        status = picture_add(files, path, bytes, length);
    sn_string_free(bytes);
    return status;
}

/* All of the film, or none of it. */
static SnStatus frames_as_files(const Picture *picture, const char *path, uint32_t count, char *numbered, size_t room)
{
    SnFiles *files = NULL;
    SnStatus status = SN_OK;
    for (uint32_t frame = 0; frame < count && status == SN_OK; frame++) {
        number_path(numbered, room, path, frame + 1, count);
        status = add_frame(&files, picture, numbered, frame);
    }
    if (status == SN_OK)
        status = picture_keep(files);
    sn_files_free(files);
    return status;
}

static void print_beamer(const char *path, bool is_one, uint32_t count, char *numbered, size_t room)
{
    for (uint32_t frame = 1; frame <= count; frame++) {
        number_path(numbered, room, path, frame, count);
        if (is_one)
            printf("\\includegraphics<%u>[page=%u,width=\\textwidth]{%s}%%\n", (unsigned)frame, (unsigned)frame, path);
        else
            printf("\\includegraphics<%u>[width=\\textwidth]{%s}%%\n", (unsigned)frame, numbered);
    }
}

SnStatus picture_frames(const Picture *picture, const char *path, bool beamer)
{
    uint32_t count = sn_draw_frame_count(picture->trace);
    bool is_one = picture->draw.format == SN_FORMAT_PDF;
    if (count > PICTURE_MOST_FRAMES) {
        output_error("%u frames are too many; up to %d are drawn", (unsigned)count, (int)PICTURE_MOST_FRAMES);
        return SN_INVALID;
    }
    size_t room = strlen(path) + 16;
    char *numbered = malloc(room);
    if (numbered == NULL) {
        output_error("out of memory");
        return SN_SYSTEM;
    }
    SnStatus status = is_one ? frames_as_pdf(picture, path) : frames_as_files(picture, path, count, numbered, room);
    if (status == SN_OK && beamer)
        print_beamer(path, is_one, count, numbered, room);
    free(numbered);
    return status;
}

#endif
