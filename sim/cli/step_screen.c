/* step_screen.c: `snarl step` on the whole terminal: source, threads, values, the steps that are possible, what lies ahead. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* wcwidth; ncurses with wide characters */
#endif
#include "cli/step.h"

#ifdef SNARL_HAS_CURSES

#include <curses.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "cli/output.h"
#include "cli/work.h"

enum { TEXT = 2000, ROWS_MIN = 12, COLUMNS_MIN = 40, KEY_ESCAPE = 27, KEY_END_OF_INPUT = 4 };

typedef enum Look { LOOK_PLAIN, LOOK_DIM, LOOK_HEAD, LOOK_GOOD, LOOK_BAD, LOOK_HERE, LOOK_PICKED, LOOK_COUNT } Look;

typedef struct Screen {
    Session *session;
    const Options *options;
    attr_t looks[LOOK_COUNT];
    uint32_t picked;       /* move under the cursor */
    uint32_t next_finding, next_outcome;
    bool shows_help;
    char note[TEXT];       /* bottom line: what the last key did */
    const char **lines;    /* of the source */
    uint32_t line_count;
    char *text;            /* that `lines` point into */
} Screen;

/* ----------------------------------------------------------------- drawing */

/* The text in at most `width` columns from (y, x) on, and nothing where the row does not exist. Returns the columns used. */
static int put(const Screen *screen, int y, int x, int width, Look look, const char *text)
{
    wchar_t wide[TEXT];
    if (y < 0 || y >= LINES || x >= COLS || width <= 0)
        return 0;
    if (width > COLS - x)
        width = COLS - x;
    size_t length = mbstowcs(wide, text, TEXT - 1);
    if (length == (size_t)-1) { /* the locale cannot show it: as much as is plain ASCII */
        for (length = 0; length < TEXT - 1 && text[length] != '\0'; length++)
            wide[length] = (unsigned char)text[length] < 128 ? (wchar_t)text[length] : L'?';
    }
    wide[length] = L'\0';
    int used = 0;
    size_t n = 0;
    for (; n < length; n++) {
        int columns = wcwidth(wide[n]);
        if (columns < 0) {
            wide[n] = L' ';
            columns = 1;
        }
        if (used + columns > width)
            break;
        used += columns;
    }
    attrset((int)screen->looks[look]);
    mvaddnwstr(y, x, wide, (int)n);
    return used;
}

/* Folded at blanks into the rows from y up to `bottom`. Returns the row behind it. */
static int put_folded(const Screen *screen, int y, int bottom, int x, int width, Look look, const char *text)
{
    while (*text != '\0' && y < bottom) {
        size_t length = strlen(text), fits = 0, columns = 0;
        for (size_t i = 0; i < length && columns < (size_t)width; i++) {
            columns += ((unsigned char)text[i] & 0xC0) != 0x80;
            fits = i + 1;
        }
        while (fits < length && ((unsigned char)text[fits] & 0xC0) == 0x80)
            fits++;
        size_t cut = fits;
        while (fits < length && cut > 0 && text[cut] != ' ')
            cut--;
        if (cut == 0)
            cut = fits;
        char row[TEXT];
        snprintf(row, sizeof row, "%.*s", (int)cut, text);
        put(screen, y++, x, width, look, row);
        text += cut;
        text += strspn(text, " ");
    }
    return y;
}

static void put_rule(const Screen *screen, int y, Look look, const char *title)
{
    attrset((int)screen->looks[LOOK_DIM]);
    if (y < LINES)
        mvhline(y, 0, ACS_HLINE, COLS);
    put(screen, y, 2, COLS - 4, look, title);
}

/* Threads that stand at this line, as "A B"; "" none. */
static void who_stands(const Session *session, uint32_t line, char *text, size_t size)
{
    uint32_t count;
    const SnThread *threads = session_threads(session, &count);
    size_t length = 0;
    text[0] = '\0';
    for (uint32_t t = 0; t < count; t++)
        if (session->place->stands[t].line == line && length + 1 < size)
            length += (size_t)snprintf(text + length, size - length, "%s%s", length == 0 ? "" : " ", threads[t].name);
}

/* The source around the line of the step under the cursor. */
static void draw_source(const Screen *screen, int top, int bottom, int width)
{
    enum { MARK = 16 };
    const SnPlace *place = screen->session->place;
    uint32_t here = place->move_count > 0 ? place->moves[screen->picked].step.line : 0;
    uint32_t count;
    session_threads(screen->session, &count);
    for (uint32_t t = 0; t < count && here == 0; t++)
        here = place->stands[t].line;
    int rows = bottom - top;
    uint32_t first = 1;
    if (screen->line_count > (uint32_t)rows && here > (uint32_t)rows / 2)
        first = here - (uint32_t)rows / 2;
    if (screen->line_count > (uint32_t)rows && first + (uint32_t)rows > screen->line_count + 1)
        first = screen->line_count + 1 - (uint32_t)rows;
    for (int row = 0; row < rows && first + (uint32_t)row <= screen->line_count; row++) {
        uint32_t line = first + (uint32_t)row;
        char who[TEXT], number[16];
        who_stands(screen->session, line, who, sizeof who);
        snprintf(number, sizeof number, "%4u ", line);
        Look look = line == here ? LOOK_HERE : who[0] != '\0' ? LOOK_HEAD : LOOK_PLAIN;
        put(screen, top + row, 0, MARK - 1, LOOK_HEAD, who);
        put(screen, top + row, MARK, 5, LOOK_DIM, number);
        put(screen, top + row, MARK + 5, width - MARK - 6, look, screen->lines[line - 1]);
    }
}

static void draw_state(const Screen *screen, int top, int bottom, int x)
{
    const Session *session = screen->session;
    const SnPlace *place = session->place;
    uint32_t thread_count, object_count;
    const SnThread *threads = session_threads(session, &thread_count);
    const SnObject *objects = session_objects(session, &object_count);
    char text[TEXT], row[TEXT + 300];
    int y = top, width = COLS - x;
    for (uint32_t t = 0; t < thread_count && y < bottom; t++) {
        SnThreadState state = place->stands[t].state;
        if (state == SN_THREAD_NOT_STARTED)
            continue;
        session_stand(session, t, text, sizeof text);
        snprintf(row, sizeof row, "%s  %s", threads[t].name, text);
        y = put_folded(screen, y, bottom, x, width,
                       state == SN_THREAD_BLOCKED ? LOOK_BAD
                       : state == SN_THREAD_ENDED ? LOOK_DIM
                                                  : LOOK_PLAIN,
                       row);
    }
    y++;
    for (uint32_t o = 0; o < object_count && y < bottom; o++) {
        snprintf(row, sizeof row, "%s = %s", objects[o].name, place->values[o]);
        put(screen, y++, x, width, LOOK_PLAIN, row);
    }
}

static void draw_moves(const Screen *screen, int top, int bottom)
{
    const Session *session = screen->session;
    const SnPlace *place = session->place;
    uint32_t count;
    const SnThread *threads = session_threads(session, &count);
    int rows = bottom - top, first = 0;
    char row[TEXT + 8], shows[TEXT];
    if ((int)screen->picked >= rows)
        first = (int)screen->picked - rows + 1;
    for (int m = first; m < (int)place->move_count && m - first < rows; m++) {
        const SnStep *step = &place->moves[m].step;
        char choice[24] = "";
        if (step->choices > 1)
            snprintf(choice, sizeof choice, ":%u", step->choice);
        snprintf(row, sizeof row, "%2d  %s%s  %u: %s  (%s)", m + 1, threads[step->thread].name, choice, step->line, step->source,
                 step->effect);
        int used = put(screen, top + m - first, 1, COLS - 2, (uint32_t)m == screen->picked ? LOOK_PICKED : LOOK_PLAIN, row);
        session_would_happen(session, (uint32_t)m, shows, sizeof shows);
        snprintf(row, sizeof row, "  ✗ %s", shows);
        if (shows[0] != '\0')
            put(screen, top + m - first, 1 + used, COLS - 2 - used, LOOK_BAD, row);
    }
    if (place->move_count == 0) {
        session_state(session, row, sizeof row);
        put(screen, top, 1, COLS - 2, place->is_bad ? LOOK_BAD : LOOK_GOOD, row);
    }
}

static void draw_help(const Screen *screen)
{
    static const char *const rows[] = {
        "↑ ↓        choose a step            Enter  →  1-9   take it",
        "←  Backspace  one step back         .      again what was taken back",
        "Home       to the start             End    on with the first step to the end",
        "f          to the next finding      o      to the next outcome",
        "s          save the schedule        q      quit",
        "",
        "The source shows who stands at which line. Below stand the steps that are possible,",
        "and what lies ahead: how many interleavings go on from here, and what they show.",
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        put(screen, 2 + (int)r, 2, COLS - 4, LOOK_PLAIN, rows[r]);
}

static void draw(Screen *screen)
{
    const Session *session = screen->session;
    char text[TEXT], row[TEXT + 64];
    erase();
    char *schedule = session_schedule(session);
    snprintf(row, sizeof row, "%s  step %u%s%s", sn_scenario_name(session->scenario), session->at, session->at > 0 ? "  " : "",
             schedule == NULL ? "" : schedule);
    free(schedule);
    put(screen, 0, 0, COLS, LOOK_HEAD, row);
    if (screen->shows_help) {
        draw_help(screen);
        refresh();
        return;
    }
    int moves = (int)session->place->move_count < 1 ? 1 : (int)session->place->move_count;
    int most = LINES / 3;
    if (moves > most)
        moves = most;
    int below = LINES - moves - 5; /* rule, moves, ahead, outcomes, keys */
    int middle = COLS * 11 / 20;
    session_happened(session, text, sizeof text);
    snprintf(row, sizeof row, "%s%s%s", text[0] == '\0' ? "" : " ✗ ", text, text[0] == '\0' ? "" : " ");
    put_rule(screen, 1, LOOK_BAD, row);
    draw_source(screen, 2, below, middle);
    draw_state(screen, 2, below, middle + 1);
    put_rule(screen, below, LOOK_HEAD, " possible steps ");
    draw_moves(screen, below + 1, below + 1 + moves);
    session_ahead(session, text, sizeof text);
    put(screen, LINES - 3, 1, COLS - 2, session->place->can_end_well ? LOOK_PLAIN : LOOK_BAD, text);
    session_outcomes(session, text, sizeof text);
    put(screen, LINES - 2, 1, COLS - 2, LOOK_PLAIN, text);
    put(screen, LINES - 1, 0, COLS, screen->note[0] != '\0' ? LOOK_HEAD : LOOK_DIM,
        screen->note[0] != '\0' ? screen->note : "↑↓ choose  Enter take  ← back  f finding  o outcome  s save  ? help  q quit");
    refresh();
}

/* -------------------------------------------------------------------- keys */

static void follow(Screen *screen, const char *schedule)
{
    char *message;
    if (!session_follow(screen->session, schedule, &message))
        snprintf(screen->note, sizeof screen->note, "%s", message == NULL ? "out of memory" : message);
    sn_string_free(message);
}

static void go_to_finding(Screen *screen)
{
    const SnResult *result = screen->session->result;
    if (result->finding_count == 0) {
        snprintf(screen->note, sizeof screen->note, "nothing was found");
        return;
    }
    uint32_t f = screen->next_finding++ % result->finding_count;
    snprintf(screen->note, sizeof screen->note, "finding %u of %u: %s: %s", f + 1, result->finding_count, result->findings[f].words,
             result->findings[f].message);
    follow(screen, result->findings[f].schedule);
}

static void go_to_outcome(Screen *screen)
{
    const SnResult *result = screen->session->result;
    if (result->outcome_count == 0) {
        snprintf(screen->note, sizeof screen->note, "no outcome is known");
        return;
    }
    uint32_t o = screen->next_outcome++ % result->outcome_count;
    size_t length = (size_t)snprintf(screen->note, sizeof screen->note, "outcome %u of %u:", o + 1, result->outcome_count);
    for (uint32_t i = 0; i < result->outcome_name_count && length < sizeof screen->note; i++)
        length += (size_t)snprintf(screen->note + length, sizeof screen->note - length, " %s = %s", result->outcome_names[i],
                                   result->outcomes[o].values[i]);
    follow(screen, result->outcomes[o].schedule);
}

static void save(Screen *screen)
{
    const char *path = screen->options->output;
    if (path == NULL) {
        snprintf(screen->note, sizeof screen->note, "the schedule is printed at the end; with -o FILE it goes into a file");
    } else {
        char *message = NULL;
        bool is_saved = session_save(screen->session, path, &message);
        snprintf(screen->note, sizeof screen->note, "%s%s", is_saved ? "schedule saved to " : "", is_saved ? path : message != NULL ? message : "out of memory");
        sn_string_free(message);
    }
}

static void run_to_end(Screen *screen)
{
    enum { MOST = 10000 }; /* of one that never ends */
    for (int i = 0; i < MOST && screen->session->place->move_count > 0 && session_take(screen->session, 0); i++)
        continue;
}

/* False: quit. */
static bool press(Screen *screen, int key)
{
    Session *session = screen->session;
    uint32_t before = session->at, count = session->place->move_count;
    screen->note[0] = '\0';
    if (screen->shows_help) {
        screen->shows_help = false;
        return key != 'q';
    }
    switch (key) {
    case KEY_END_OF_INPUT:
    case 'q': return false;
    case '?':
    case 'h': screen->shows_help = true; break;
    case KEY_UP:
    case 'k': screen->picked -= screen->picked > 0; break;
    case KEY_DOWN:
    case 'j': screen->picked += screen->picked + 1 < count; break;
    case KEY_RIGHT:
    case KEY_ENTER:
    case '\n':
    case '\r':
    case ' ':
        if (count > 0)
            session_take(session, screen->picked);
        break;
    case KEY_LEFT:
    case KEY_BACKSPACE:
    case 127:
    case '\b':
    case 'b': session_back(session); break;
    case '.': session_forward(session); break;
    case KEY_HOME:
        while (session_back(session))
            continue;
        break;
    case KEY_END: run_to_end(screen); break;
    case 'f': go_to_finding(screen); break;
    case 'o': go_to_outcome(screen); break;
    case 's': save(screen); break;
    default:
        if (key >= '1' && key <= '9' && (uint32_t)(key - '1') < count)
            session_take(session, (uint32_t)(key - '1'));
        break;
    }
    if (session->at != before)
        screen->picked = 0;
    if (session->place != NULL && screen->picked >= session->place->move_count)
        screen->picked = 0;
    return true;
}

/* ------------------------------------------------------------------- frame */

static void choose_looks(Screen *screen)
{
    screen->looks[LOOK_DIM] = A_DIM;
    screen->looks[LOOK_HEAD] = A_BOLD;
    screen->looks[LOOK_GOOD] = A_BOLD;
    screen->looks[LOOK_BAD] = A_BOLD;
    screen->looks[LOOK_HERE] = A_UNDERLINE;
    screen->looks[LOOK_PICKED] = A_REVERSE;
    if (!output_colors(screen->options, stdout) || !has_colors() || start_color() == ERR || use_default_colors() == ERR)
        return;
    init_pair(1, COLOR_GREEN, -1);
    init_pair(2, COLOR_RED, -1);
    screen->looks[LOOK_GOOD] |= COLOR_PAIR(1);
    screen->looks[LOOK_BAD] |= COLOR_PAIR(2);
}

static bool split_source(Screen *screen)
{
    size_t length;
    const char *source = sn_scenario_text(screen->session->scenario, &length);
    screen->text = malloc(length + 1);
    screen->lines = malloc((length + 1) * sizeof *screen->lines);
    if (screen->text == NULL || screen->lines == NULL)
        return false;
    bool at_start = true;
    for (size_t i = 0; i < length; i++) {
        if (at_start)
            screen->lines[screen->line_count++] = screen->text + i;
        at_start = source[i] == '\n';
        screen->text[i] = source[i];
        if (source[i] == '\n')
            screen->text[i] = '\0';
        else if ((unsigned char)source[i] < ' ')
            screen->text[i] = ' ';
    }
    screen->text[length] = '\0';
    return true;
}

SnStatus step_screen(Session *session, const Options *options)
{
    static Screen screen; /* notes are long, and there is one terminal */
    screen = (Screen){.session = session, .options = options};
    if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8");
    if (!split_source(&screen)) {
        free(screen.text);
        free(screen.lines);
        output_error("out of memory");
        return SN_SYSTEM;
    }
    SCREEN *terminal = newterm(NULL, stdout, stdin);
    if (terminal != NULL && !step_can_place_cursor()) {
        delscreen(terminal);
        terminal = NULL;
    }
    if (terminal == NULL) { /* TERM is unknown or dumb */
        free(screen.text);
        free(screen.lines);
        return SN_INCOMPLETE;
    }
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    choose_looks(&screen);
    bool goes_on = true;
    while (goes_on && session->place != NULL && !work_interrupted()) {
        draw(&screen);
        int key = getch();
        goes_on = key != ERR && key != KEY_ESCAPE && press(&screen, key);
    }
    endwin();
    delscreen(terminal);
    free(screen.text);
    free(screen.lines);
    if (session->place == NULL) {
        output_error("out of memory");
        return SN_SYSTEM;
    }
    char *schedule = session_schedule(session);
    if (schedule != NULL && schedule[0] != '\0')
        printf("schedule: %s\n", schedule);
    free(schedule);
    return SN_OK;
}

#else

SnStatus step_screen(Session *session, const Options *options)
{
    (void)session;
    (void)options;
    return SN_INCOMPLETE;
}

#endif
