#include "viz/render.h"

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

static SnStatus render_dot(Agraph_t *graph, char **bytes, size_t *length, char **message)
{
    Text text = {0};
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

SnStatus render_graph(Agraph_t *graph, const char *engine, SnFormat format, char **bytes, size_t *length,
                      char **message)
{
    *bytes = NULL;
    *length = 0;
    *message = NULL;
    if (format == SN_FORMAT_DOT)
        return render_dot(graph, bytes, length, message);

    static const char *const names[] = {
        [SN_FORMAT_SVG] = "svg", [SN_FORMAT_PDF] = "pdf:cairo", [SN_FORMAT_PNG] = "png:cairo"};
    if (format == SN_FORMAT_PNG) /* 960 pt become 1920 pixels; SVG and PDF would be scaled by it */
        graph_set(graph, "dpi", "144");

    /* Graphviz reads numbers with atof: a locale with decimal commas would halve them. */
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    locale_t before = plain != (locale_t)0 ? uselocale(plain) : (locale_t)0;
    /* Keep messages for aglasterr instead of printing them. */
    agerrlevel_t level = agseterr(AGMAX);
    agreseterrors();

    GVC_t *gvc = context();
    SnStatus status = gvc != NULL ? render_with(gvc, graph, engine, names[format], bytes, length, message)
                                  : fail(message, "Graphviz does not start");

    agseterr(level);
    if (plain != (locale_t)0) {
        uselocale(before);
        freelocale(plain);
    }
    return status;
}
