#include "viz/label.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

/* Advance widths of DejaVu Sans and DejaVu Sans Bold in thousandths of an em, for the blocks that make up nearly
 * all text: U+0020, U+00A0 and U+0400 onwards, 96 characters each. */
enum { BLOCK = 96 };
static const uint16_t advances[2][3][BLOCK] = {
    {
        {318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318,  361, 318, 337, 637, 637, 637, 637,
         637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775,
         752, 295, 295, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611,  732, 685, 989, 686, 611, 686, 391,
         337, 391, 838, 500, 500, 613, 635, 550, 635, 616, 353, 635, 634,  278, 278, 580, 278, 975, 634, 612,
         635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637, 337,  637, 838, 601},
        {318, 401, 637, 637, 637, 637, 337, 500, 500, 1000, 472, 612, 838, 361, 1000, 500, 500, 838, 401, 401,
         500, 637, 637, 318, 500, 401, 472, 612, 970, 970,  970, 531, 685, 685, 685,  685, 685, 685, 975, 699,
         632, 632, 632, 632, 295, 295, 295, 295, 775, 749,  788, 788, 788, 788, 788,  838, 788, 732, 732, 732,
         732, 611, 605, 630, 613, 613, 613, 613, 613, 613,  982, 550, 616, 616, 616,  616, 278, 278, 278, 278,
         612, 634, 612, 612, 612, 612, 612, 838, 612, 634,  634, 634, 634, 592, 635,  592},
        {632,  632,  787,  610, 699, 635, 295,  295, 295, 1094, 1045, 787, 710, 749, 610, 752, 685, 687, 687, 610,
         782,  632,  1078, 642, 749, 749, 710,  752, 863, 752,  788,  752, 604, 699, 611, 610, 861, 686, 777, 686,
         1070, 1094, 833,  883, 687, 699, 1080, 695, 613, 617,  590,  526, 692, 616, 901, 532, 650, 650, 605, 640,
         755,  654,  612,  654, 635, 550, 583,  592, 855, 592,  681,  591, 916, 942, 707, 790, 590, 549, 842, 602,
         616,  616,  625,  526, 549, 521, 278,  278, 278, 903,  899,  652, 605, 650, 592, 654},
    },
    {
        {349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380,  416, 380, 366,  696, 696,  696, 696,
         696, 696, 696, 696, 696, 696,  400, 400, 838, 838, 838, 581, 1000, 774, 763, 734,  831, 684,  684, 821,
         837, 373, 373, 775, 638, 996,  837, 851, 733, 851, 771, 721, 683,  813, 774, 1104, 771, 725,  726, 458,
         366, 458, 838, 500, 500, 675,  716, 593, 716, 679, 436, 716, 712,  343, 343, 666,  343, 1042, 712, 688,
         716, 716, 494, 596, 479, 712,  652, 924, 646, 652, 583, 712, 366,  712, 838, 601},
        {349, 457, 696, 696, 637, 696, 366, 500, 500,  1000, 564,  646, 838, 416, 1000, 500, 500, 838, 438,  438,
         500, 736, 637, 380, 500, 438, 564, 646, 1036, 1036, 1036, 581, 774, 774, 774,  774, 774, 774, 1085, 734,
         684, 684, 684, 684, 373, 373, 373, 373, 838,  837,  851,  851, 851, 851, 851,  838, 851, 813, 813,  813,
         813, 725, 738, 720, 675, 675, 675, 675, 675,  675,  1048, 593, 679, 679, 679,  679, 343, 343, 343,  343,
         688, 712, 688, 688, 688, 688, 688, 838, 688,  712,  712,  712, 712, 652, 716,  652},
        {684,  684,  879,  638,  734, 721, 373,  373, 373, 1155, 1130, 879, 818,  837,  771, 837, 774, 763, 763, 638,
         891,  684,  1225, 711,  837, 837, 818,  831, 996, 837,  851,  837, 733,  734,  683, 771, 992, 771, 928, 809,
         1236, 1326, 940,  1037, 763, 734, 1174, 771, 675, 699,  633,  523, 808,  679,  996, 582, 701, 701, 679, 733,
         818,  691,  688,  691,  716, 593, 580,  652, 993, 646,  742,  687, 1063, 1106, 752, 905, 633, 593, 973, 643,
         679,  679,  714,  523,  593, 596, 343,  343, 343, 992,  957,  735, 679,  701,  652, 691},
    },
};

static uint32_t sans_advance(utf8proc_int32_t code, bool is_bold)
{
    static const utf8proc_int32_t starts[3] = {0x20, 0xA0, 0x400};
    for (int block = 0; block < 3; block++)
        if (code >= starts[block] && code < starts[block] + BLOCK)
            return advances[is_bold][block][code - starts[block]];
    if (code >= 0x1F000)
        return 1400; /* pictures in colour fonts are wider than their em */
    if (code >= 0x2000 && code < 0x2E80)
        return 1000; /* dashes, arrows, marks */
    return is_bold ? 1100 : 1000;
}

static uint32_t mono_advance(utf8proc_int32_t code, int columns)
{
    if (code >= 0x1F000)
        return 1400;
    if (columns == 2)
        return 1205;
    /* Scripts that the monospaced font lacks come from other fonts. */
    bool is_in_font = code < 0x0590 || (code >= 0x1E00 && code < 0x2460) || (code >= 0x2500 && code < 0x2800);
    return is_in_font ? 603 : 1000;
}

static uint32_t advance(FontFace face, utf8proc_int32_t code)
{
    int columns = utf8proc_charwidth(code);
    if (columns <= 0)
        return 0;
    if (face == FACE_MONO || face == FACE_MONO_BOLD)
        return mono_advance(code, columns);
    return sans_advance(code, face == FACE_BOLD);
}

/* Next character of text that label_clean made, so always valid. */
static size_t next_code(const char *text, size_t length, utf8proc_int32_t *code)
{
    utf8proc_ssize_t limit = length > 4 ? 4 : (utf8proc_ssize_t)length;
    utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text, limit, code);
    if (taken <= 0) {
        *code = 0xFFFD;
        return 1;
    }
    return (size_t)taken;
}

/* Characters that draw nothing but change what is drawn around them, or that XML forbids. */
static bool is_dropped(utf8proc_int32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
           code == 0xFFFE || code == 0xFFFF || (code & 0xFFFE) == 0xFFFE || code == 0x2028 || code == 0x2029;
}

char *label_clean(Arena *arena, const char *text)
{
    if (text == NULL)
        text = "";
    size_t length = strlen(text), used = 0;
    char *clean = arena_alloc(arena, 3 * length + 1, 1); /* a bad byte becomes the three of U+FFFD */
    for (size_t at = 0; at < length;) {
        utf8proc_int32_t code;
        utf8proc_ssize_t limit = length - at > 4 ? 4 : (utf8proc_ssize_t)(length - at);
        utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text + at, limit, &code);
        if (taken <= 0) {
            memcpy(clean + used, "\xEF\xBF\xBD", 3);
            used += 3;
            at++;
            continue;
        }
        if (code == '\n' || code == '\t')
            clean[used++] = ' ';
        else if (!is_dropped(code)) {
            memcpy(clean + used, text + at, (size_t)taken);
            used += (size_t)taken;
        }
        at += (size_t)taken;
    }
    clean[used] = '\0';
    return clean;
}

static double prefix_width(FontFace face, double size, const char *text, size_t length)
{
    uint64_t total = 0;
    utf8proc_int32_t code;
    for (size_t at = 0; at < length;) {
        at += next_code(text + at, length - at, &code);
        total += advance(face, code);
    }
    return (double)total * size / 1000.0;
}

double label_width(FontFace face, double size, const char *text)
{
    return prefix_width(face, size, text, strlen(text));
}

/* Bytes of the longest prefix not wider than `width`. */
static size_t fitting_prefix(FontFace face, double size, const char *text, size_t length, double width)
{
    uint64_t total = 0;
    size_t at = 0;
    utf8proc_int32_t code;
    while (at < length) {
        size_t taken = next_code(text + at, length - at, &code);
        total += advance(face, code);
        if ((double)total * size / 1000.0 > width)
            break;
        at += taken;
    }
    return at;
}

static char *cut_bytes(Arena *arena, FontFace face, double size, const char *text, size_t length, double width)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    if (prefix_width(face, size, text, length) <= width)
        return arena_string(arena, text, length);
    double room = width - label_width(face, size, ellipsis);
    size_t kept = room > 0 ? fitting_prefix(face, size, text, length, room) : 0;
    while (kept > 0 && text[kept - 1] == ' ')
        kept--;
    return arena_format(arena, "%.*s%s", (int)kept, text, ellipsis);
}

char *label_cut(Arena *arena, FontFace face, double size, const char *text, double width)
{
    /* Members of a family differ in their index: "philo...[3]" keeps it. */
    const char *index = strrchr(text, '[');
    size_t length = strlen(text);
    bool is_member =
        index != NULL && index > text && text[length - 1] == ']' && strlen(index) <= 8 && strpbrk(text, " \t") == NULL;
    if (!is_member || label_width(face, size, text) <= width)
        return cut_bytes(arena, face, size, text, length, width);
    double room = width - label_width(face, size, index);
    if (room < label_width(face, size, "W\xE2\x80\xA6"))
        return cut_bytes(arena, face, size, text, length, width);
    return arena_format(arena, "%s%s", cut_bytes(arena, face, size, text, (size_t)(index - text), room), index);
}

uint32_t label_wrap(Arena *arena, FontFace face, double size, const char *text, double width, char **lines,
                    uint32_t room)
{
    uint32_t count = 0;
    size_t left = strlen(text);
    while (left > 0 && count < room) {
        size_t fits = fitting_prefix(face, size, text, left, width);
        if (fits == left || count + 1 == room) {
            lines[count++] = cut_bytes(arena, face, size, text, left, width);
            break;
        }
        size_t end = fits;
        while (end > 0 && text[end] != ' ')
            end--;
        utf8proc_int32_t code;
        if (end == 0) /* one word wider than the line */
            end = fits > 0 ? fits : next_code(text, left, &code);
        lines[count++] = arena_string(arena, text, end);
        while (end < left && text[end] == ' ')
            end++;
        text += end;
        left -= end;
    }
    return count;
}

char *label_html(Arena *arena, const char *text)
{
    static const char blank[] = "&#160;";
    size_t length = strlen(text);
    char *html = arena_alloc(arena, 10 * length + sizeof blank, 1);
    char *end = html;
    bool is_blank = true;
    for (size_t i = 0; i < length; i++) {
        const char *with = NULL;
        switch (text[i]) {
        /* The SVG writer takes "&lt;" in a text for an entity that is already escaped, and reads it as "<".
         * A word joiner, which draws nothing, behind each ampersand keeps what the user wrote. */
        case '&': with = "&amp;\xE2\x81\xA0"; break;
        case '<': with = "&lt;"; break;
        case '>': with = "&gt;"; break;
        case '"': with = "&quot;"; break;
        case '\\': with = "\\\\"; break; /* \N, \G and the like are expanded in HTML-like labels too */
        default: break;
        }
        if (text[i] != ' ')
            is_blank = false;
        if (with == NULL) {
            *end++ = text[i];
        } else {
            size_t size = strlen(with);
            memcpy(end, with, size);
            end += size;
        }
    }
    if (is_blank) { /* the parser of labels rejects a cell of blanks */
        memcpy(html, blank, sizeof blank);
        return html;
    }
    *end = '\0';
    return html;
}

/* A tooltip loses backslashes twice: line breaks are interpreted first, names of objects put in then. So each takes
 * four. Entities are read too: a word joiner, which draws nothing, keeps an ampersand from being the start of one. */
char *label_tooltip(Arena *arena, const char *text)
{
    size_t length = strlen(text), used = 0;
    char *plain = arena_alloc(arena, 4 * length + 1, 1);
    for (size_t i = 0; i < length; i++) {
        plain[used++] = text[i];
        if (text[i] == '\\' || text[i] == '&') {
            memcpy(plain + used, text[i] == '&' ? "\xE2\x81\xA0" : "\\\\\\", 3);
            used += 3;
        }
    }
    plain[used] = '\0';
    return plain;
}
