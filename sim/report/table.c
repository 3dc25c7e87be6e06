#include "report/table.h"

#include <string.h>

enum { GAP = 2 };

void table_begin(Table *table, Page *page)
{
    *table = (Table){.page = page};
}

uint32_t table_column(Table *table, const char *head, bool right, uint32_t minimum)
{
    TableColumn column = {.head = head, .right = right, .minimum = minimum};
    ARENA_PUSH(&table->page->arena, table->columns, column);
    return table->columns.count - 1;
}

void table_row(Table *table)
{
    TableRow row = {.cells = ARENA_ARRAY(&table->page->arena, const char *, table->columns.count)};
    for (uint32_t c = 0; c < table->columns.count; c++)
        row.cells[c] = "";
    ARENA_PUSH(&table->page->arena, table->rows, row);
}

void table_cell(Table *table, uint32_t column, const char *marked)
{
    table->rows.items[table->rows.count - 1].cells[column] = marked;
}

void table_span(Table *table, const char *marked)
{
    TableRow row = {.span = marked};
    ARENA_PUSH(&table->page->arena, table->rows, row);
}

static uint32_t total_width(const Table *table)
{
    uint32_t total = 0;
    for (uint32_t c = 0; c < table->columns.count; c++)
        total += table->columns.items[c].width + (c > 0 ? GAP : 0);
    return total;
}

bool table_fit(Table *table, uint32_t indent)
{
    for (uint32_t c = 0; c < table->columns.count; c++) {
        TableColumn *column = &table->columns.items[c];
        size_t widest = text_columns(column->head, strlen(column->head));
        for (uint32_t r = 0; r < table->rows.count; r++) {
            if (table->rows.items[r].cells == NULL)
                continue;
            const char *cell = table->rows.items[r].cells[c];
            size_t width = text_columns(cell, strlen(cell));
            if (width > widest)
                widest = width;
        }
        column->width = widest > UINT16_MAX ? UINT16_MAX : (uint32_t)widest;
    }
    uint32_t limit = table->page->columns > indent ? table->page->columns - indent : 1;
    while (total_width(table) > limit) {
        TableColumn *widest = NULL;
        for (uint32_t c = 0; c < table->columns.count; c++) {
            TableColumn *column = &table->columns.items[c];
            if (column->minimum != 0 && column->width > column->minimum &&
                (widest == NULL || column->width > widest->width))
                widest = column;
        }
        if (widest == NULL)
            return false;
        widest->width--;
    }
    return true;
}

/* A cell that is being printed line by line. */
typedef struct Rest {
    const char *text;
    size_t length;
    Tone tone;
} Rest;

/* Prints one line of each cell; true while some cell has more. `rests` moves on. */
static bool print_line(const Table *table, Rest *rests, uint32_t indent)
{
    Text *out = &table->page->out;
    size_t blanks = indent;
    bool more = false;
    for (uint32_t c = 0; c < table->columns.count; c++) {
        const TableColumn *column = &table->columns.items[c];
        Rest *rest = &rests[c];
        size_t next = 0;
        size_t length = rest->length == 0 ? 0 : page_break(rest->text, rest->length, column->width, &next);
        size_t taken = text_columns(rest->text, length);
        size_t padding = column->width > taken ? column->width - taken : 0;
        if (taken > 0) {
            text_fill(out, ' ', blanks + (column->right ? padding : 0));
            page_tone(out, rest->tone);
            text_add_bytes(out, rest->text, length);
            page_tone(out, TONE_PLAIN);
            blanks = (column->right ? 0 : padding) + GAP;
        } else {
            blanks += padding + GAP;
        }
        rest->tone = page_last_tone(rest->text, next, rest->tone);
        rest->text += next;
        rest->length -= next;
        more = more || rest->length > 0;
    }
    text_add_char(out, '\n');
    return more;
}

static void print_cells(const Table *table, Rest *rests, const char *const *cells, uint32_t indent)
{
    for (uint32_t c = 0; c < table->columns.count; c++)
        rests[c] = (Rest){cells[c], strlen(cells[c]), TONE_PLAIN};
    while (print_line(table, rests, indent))
        continue;
}

void table_print(const Table *table, uint32_t indent)
{
    Page *page = table->page;
    Text *out = &page->out;
    Rest *rests = ARENA_ARRAY(&page->arena, Rest, table->columns.count);
    const char **heads = ARENA_ARRAY(&page->arena, const char *, table->columns.count);
    for (uint32_t c = 0; c < table->columns.count; c++) {
        page_toned(&page->scratch, TONE_STRONG, table->columns.items[c].head);
        heads[c] = page_take(page);
    }
    print_cells(table, rests, heads, indent);
    text_fill(out, ' ', indent);
    page_tone(out, TONE_FAINT);
    for (uint32_t width = total_width(table); width > 0; width--)
        text_add(out, "\u2500");
    page_tone(out, TONE_PLAIN);
    text_add_char(out, '\n');
    for (uint32_t r = 0; r < table->rows.count; r++) {
        const TableRow *row = &table->rows.items[r];
        if (row->cells != NULL) {
            print_cells(table, rests, row->cells, indent);
            continue;
        }
        text_fill(out, ' ', indent);
        text_add(&page->scratch, row->span);
        page_paragraph(page, indent, indent);
    }
}
