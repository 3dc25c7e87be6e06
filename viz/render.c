#include "viz/render.h"

#ifdef SNARL_HAS_CAIRO
#include <cairo-pdf.h>
#endif
#include <graphviz/gvc.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "viz/graph.h"

SnStatus render_out_of_memory(char **message)
{
    Text text = {0};
    text_add(&text, "out of memory while drawing");
    *message = text_take(&text);
    return SN_SYSTEM;
}

static SnStatus fail(char **message, const char *what)
{
    Text text = {0};
    char *reason = aglasterr();
    size_t length = reason != NULL ? strcspn(reason, "\r\n") : 0;
    text_format(&text, "cannot draw: %s", what);
    if (length > 0)
        text_format(&text, " (Graphviz says: %.*s)", (int)length, reason);
    free(reason);
    *message = text_take(&text);
    return SN_SYSTEM;
}

static SnStatus copy_out(const char *data, size_t size, char **bytes, size_t *length, char **message)
{
    char *copy = mem_alloc(size + 1, 1);
    if (copy == NULL)
        return render_out_of_memory(message);
    if (size > 0)
        memcpy(copy, data, size);
    *bytes = copy;
    *length = size;
    return SN_OK;
}

/* Cairo stamps the time of day into a PDF and heeds no SOURCE_DATE_EPOCH: overwrite the digits in place. */
static void fix_date(char *data, size_t size)
{
    static const char key[] = "/CreationDate (D:", date[] = "20000101000000";
    const size_t key_length = sizeof key - 1, date_length = sizeof date - 1;
    for (size_t at = 0; at + key_length + date_length < size; at++) {
        if (data[at] != '/' || memcmp(data + at, key, key_length) != 0)
            continue;
        char *digits = data + at + key_length;
        size_t count = strspn(digits, "0123456789");
        memcpy(digits, date, count < date_length ? count : date_length);
        char *zone = digits + count; /* "Z)" or "+02'00)" : the offset depends on the machine, its length does not */
        if (*zone == '+' || *zone == '-')
            for (*zone = '+', zone++; *zone != ')' && zone < data + size; zone++)
                if (*zone >= '0' && *zone <= '9')
                    *zone = '0';
        return;
    }
}

/* One for the process, kept until it ends: after gvFreeContext a second gvContext compares strings that the first
 * has freed (Graphviz 2.43, seen with AddressSanitizer). */
static GVC_t *context(void)
{
    static GVC_t *only;
    if (only == NULL)
        only = gvContext();
    return only;
}

static SnStatus render_dot(Agraph_t *graph, const char *engine, char **bytes, size_t *length, char **message)
{
    Text text = {0};
    bool is_placed = strcmp(engine, "nop2") == 0;
    text_format(&text, "// To draw it: %s -Tsvg THIS.dot -o OUT.svg%s\n", is_placed ? "neato -n2" : "dot",
                is_placed ? "   (all places are fixed here)" : "");
    graph_print(graph, &text);
    *length = text.length;
    *bytes = text_take(&text);
    return *bytes != NULL ? SN_OK : render_out_of_memory(message);
}

static SnStatus render_data(GVC_t *gvc, Agraph_t *graph, const char *format, char **bytes, size_t *length,
                            char **message)
{
    char *data = NULL;
    unsigned int size = 0;
    SnStatus status;
    if (gvRenderData(gvc, graph, format, &data, &size) != 0 || data == NULL)
        status =
            fail(message,
                 "the Graphviz plugin for this format is missing or broken; run 'dot -c' as root, or install libgvc6");
    else if (agerrors() > 0)
        status = fail(message, "Graphviz could not render the picture");
    else {
        fix_date(data, size);
        status = copy_out(data, size, bytes, length, message);
    }
    if (data != NULL) /* allocated even when rendering failed */
        gvFreeRenderData(data);
    return status;
}

static SnStatus render_with(GVC_t *gvc, Agraph_t *graph, const char *engine, const char *format, char **bytes,
                            size_t *length, char **message)
{
    if (gvLayout(gvc, graph, engine) != 0)
        return fail(message, "the Graphviz layout plugin is missing; run 'dot -c' as root, or install libgvc6");
    SnStatus status;
    if (agerrors() > 0) /* gvLayout gives 0 even when it complained */
        status = fail(message, "Graphviz could not lay out the picture");
    else
        status = render_data(gvc, graph, format, bytes, length, message);
    gvFreeLayout(gvc, graph);
    return status;
}

/* Graphviz with numbers that have a decimal point (it reads them with atof: a locale with decimal commas would halve
 * them), and with its messages kept for aglasterr instead of printed. */
typedef struct Quiet {
    locale_t plain, before;
    agerrlevel_t level;
} Quiet;

static Quiet quiet_begin(void)
{
    Quiet quiet = {.plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0), .before = (locale_t)0};
    if (quiet.plain != (locale_t)0)
        quiet.before = uselocale(quiet.plain);
    quiet.level = agseterr(AGMAX);
    agreseterrors();
    return quiet;
}

static void quiet_end(const Quiet *quiet)
{
    agseterr(quiet->level);
    if (quiet->plain != (locale_t)0) {
        uselocale(quiet->before);
        freelocale(quiet->plain);
    }
}

static SnStatus render_quietly(Agraph_t *graph, const char *engine, const char *format, char **bytes, size_t *length,
                               char **message)
{
    Quiet quiet = quiet_begin();
    GVC_t *gvc = context();
    SnStatus status = gvc != NULL ? render_with(gvc, graph, engine, format, bytes, length, message)
                                  : fail(message, "Graphviz does not start");
    quiet_end(&quiet);
    return status;
}

SnStatus render_graph(Agraph_t *graph, const char *engine, SnFormat format, char **bytes, size_t *length,
                      char **message)
{
    *bytes = NULL;
    *length = 0;
    *message = NULL;
    if (format == SN_FORMAT_DOT)
        return render_dot(graph, engine, bytes, length, message);

    static const char *const names[] = {
        [SN_FORMAT_SVG] = "svg", [SN_FORMAT_PDF] = "pdf:cairo", [SN_FORMAT_PNG] = "png:cairo"};
    if (format == SN_FORMAT_PNG && graph_get(graph, "dpi") == NULL)
        graph_set(graph, "dpi", "144"); /* 960 pt become 1920 pixels; SVG and PDF would be scaled by it */
    return render_quietly(graph, engine, names[format], bytes, length, message);
}

SnStatus render_layout(Agraph_t *graph, const char *engine, Agraph_t **laid, char **message)
{
    char *bytes = NULL;
    size_t length = 0;
    *laid = NULL;
    *message = NULL;
    SnStatus status = render_quietly(graph, engine, "dot", &bytes, &length, message);
    if (status != SN_OK)
        return status;
    *laid = agmemread(bytes);
    mem_free(bytes);
    return *laid != NULL ? SN_OK : render_out_of_memory(message);
}

/* ------------------------------------------------------------------ pages */

#ifdef SNARL_HAS_CAIRO

struct RenderPages {
    cairo_surface_t *surface;
    double width, height;
    Text text;
};

static cairo_status_t add_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    Text *text = closure;
    text_add_bytes(text, (const char *)data, length);
    return text->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

SnStatus render_pages_open(double width, double height, RenderPages **pages, char **message)
{
    *message = NULL;
    *pages = mem_alloc(1, sizeof **pages);
    if (*pages == NULL)
        return render_out_of_memory(message);
    **pages = (RenderPages){.width = width, .height = height};
    (*pages)->surface = cairo_pdf_surface_create_for_stream(add_bytes, &(*pages)->text, width, height);
    cairo_pdf_surface_set_metadata((*pages)->surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    return SN_OK;
}

SnStatus render_page(RenderPages *pages, Agraph_t *graph, const char *engine, char **message)
{
    Quiet quiet = quiet_begin();
    SnStatus status = SN_OK;
    *message = NULL;
    GVC_t *gvc = context();
    if (gvc == NULL || gvLayout(gvc, graph, engine) != 0) {
        status = fail(message, "the Graphviz layout plugin is missing; run 'dot -c' as root, or install libgvc6");
    } else {
        /* Graphviz finishes the surface that it gets: so it gets a part of the page, which is all of it. */
        cairo_surface_t *part = cairo_surface_create_for_rectangle(pages->surface, 0, 0, pages->width, pages->height);
        cairo_t *cairo = cairo_create(part);
        if (gvRenderContext(gvc, graph, "pdf:cairo", cairo) != 0 || agerrors() > 0)
            status = fail(message, "the Graphviz plugin for PDF is missing or broken; run 'dot -c' as root, or install "
                                   "libgvc6");
        cairo_destroy(cairo);
        cairo_surface_destroy(part);
        cairo_surface_show_page(pages->surface);
        gvFreeLayout(gvc, graph);
    }
    quiet_end(&quiet);
    return status;
}

SnStatus render_pages_close(RenderPages *pages, char **bytes, size_t *length, char **message)
{
    SnStatus status = SN_OK;
    if (pages == NULL)
        return status;
    cairo_surface_finish(pages->surface);
    bool is_whole = cairo_surface_status(pages->surface) == CAIRO_STATUS_SUCCESS && !pages->text.failed;
    cairo_surface_destroy(pages->surface);
    if (bytes != NULL) {
        *length = pages->text.length;
        *bytes = is_whole ? text_take(&pages->text) : NULL;
        if (*bytes == NULL)
            status = render_out_of_memory(message);
    }
    text_free(&pages->text);
    mem_free(pages);
    return status;
}

#else

SnStatus render_pages_open(double width, double height, RenderPages **pages, char **message)
{
    (void)width;
    (void)height;
    *pages = NULL;
    return fail(message, "this program was built without cairo, which joins frames to a PDF; frames as SVG need none");
}

SnStatus render_page(RenderPages *pages, Agraph_t *graph, const char *engine, char **message)
{
    (void)pages;
    (void)graph;
    (void)engine;
    *message = NULL;
    return SN_SYSTEM;
}

SnStatus render_pages_close(RenderPages *pages, char **bytes, size_t *length, char **message)
{
    (void)pages;
    (void)bytes;
    (void)length;
    (void)message;
    return SN_SYSTEM;
}

#endif
