#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void output_begin(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++)
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            /* Opened the wrong way round, so that its use still fails. */
            int opened = open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
            if (opened > 2)
                close(opened);
        }
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL); /* a file that may not grow further is a write that fails */
}

static int write_error; /* errno of the first flush that failed */

void output_flush(void)
{
    if (fflush(stdout) != 0 && write_error == 0)
        write_error = errno;
}

bool output_is_written(void)
{
    output_flush();
    return write_error == 0 && !ferror(stdout);
}

SnStatus output_end(SnStatus status)
{
    if (output_is_written())
        return status;
    output_error("cannot write to standard output: %s", write_error != 0 ? strerror(write_error) : "write error");
    return SN_SYSTEM;
}

bool output_colors(const Options *options, FILE *stream)
{
    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");
    if ((no_color != NULL && no_color[0] != '\0') || (terminal != NULL && strcmp(terminal, "dumb") == 0))
        return false;
    return isatty(fileno(stream)) == 1;
}

static uint32_t terminal_columns(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int64_t given;
    if (columns != NULL && options_read_integer(columns, &given) && given >= 20 && given <= 1000)
        return (uint32_t)given;
    if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 0;
}

SnTextStyle output_style(const Options *options)
{
    return (SnTextStyle){
        .color = output_colors(options, stdout),
        .quiet = options->quiet,
        .verbose = options->verbose,
        .columns = terminal_columns(),
    };
}

SnStatus output_file(const char *path, const char *bytes, size_t length)
{
    char *message = NULL;
    if (path == NULL || strcmp(path, "-") == 0) {
        fwrite(bytes, 1, length, stdout);
        return SN_OK;
    }
    SnStatus status = sn_write_file(path, bytes, length, &message);
    output_message(message);
    return status;
}

SnStatus output_take(char *text)
{
    if (text == NULL) {
        output_error("out of memory");
        return SN_SYSTEM;
    }
    fputs(text, stdout);
    sn_string_free(text);
    return SN_OK;
}

/* Bytes of the well-formed UTF-8 character at `text`, or 0. */
static size_t character_length(const unsigned char *text)
{
    unsigned lead = text[0];
    size_t length = lead < 0x80                   ? 1
                    : lead >= 0xC2 && lead < 0xE0 ? 2
                    : lead >= 0xE0 && lead < 0xF0 ? 3
                    : lead >= 0xF0 && lead < 0xF5 ? 4
                                                  : 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (lead == 0xE0 && text[1] < 0xA0) || (lead == 0xF0 && text[1] < 0x90);
    bool beyond = (lead == 0xED && text[1] >= 0xA0) || (lead == 0xF4 && text[1] >= 0x90);
    return overlong || beyond ? 0 : length;
}

static uint32_t code_of(const unsigned char *text, size_t length)
{
    uint32_t code = length == 1 ? text[0] : text[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (text[i] & 0x3F);
    return code;
}

/* Does nothing to a terminal: no control character, no mark that turns the direction of what follows. */
static bool is_quiet(uint32_t code)
{
    bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    bool turns = code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return !is_control && !turns;
}

void output_json_string(const char *string)
{
    const unsigned char *at = (const unsigned char *)string;
    putchar('"');
    while (*at != '\0') {
        size_t length = character_length(at);
        if (length == 0)
            fputs("\\ufffd", stdout);
        else if (*at == '"' || *at == '\\')
            printf("\\%c", *at);
        else if (!is_quiet(code_of(at, length)))
            printf("\\u%04x", (unsigned)code_of(at, length)); /* all of these are below U+10000 */
        else
            fwrite(at, 1, length, stdout);
        at += length == 0 ? 1 : length;
    }
    putchar('"');
}

void output_error(const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    fputs("snarl: ", stderr);
    output_visible(stderr, text != NULL ? text : format);
    fputc('\n', stderr);
    free(text);
}

void output_visible(FILE *stream, const char *text)
{
    size_t length;
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at += length == 0 ? 1 : length) {
        length = character_length(at);
        if (*at == '\n' || *at == '\t' || (length > 0 && is_quiet(code_of(at, length))))
            fwrite(at, 1, length, stream);
        else
            fputs("\uFFFD", stream);
    }
}

void output_message(char *message)
{
    if (message != NULL && message[0] != '\0' && strncmp(message, "snarl: ", 7) != 0)
        fputs("snarl: ", stderr);
    output_diagnostics(message);
}

void output_diagnostics(char *message)
{
    if (message != NULL && message[0] != '\0') {
        output_visible(stderr, message);
        if (message[strlen(message) - 1] != '\n')
            fputc('\n', stderr);
    }
    sn_string_free(message);
}

void output_clear_line(void)
{
    fputs("\r\033[K", stderr);
    fflush(stderr);
}

SnStatus output_worse(SnStatus a, SnStatus b)
{
    static const int severity[] = {[SN_OK] = 0, [SN_INCOMPLETE] = 1, [SN_FOUND] = 2, [SN_INVALID] = 3, [SN_SYSTEM] = 4};
    return severity[a] >= severity[b] ? a : b;
}
