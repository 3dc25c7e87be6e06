#include "export/names.h"

#include <stdlib.h>
#include <string.h>

#include "export/runtime.h"

/* Keywords of C17 and C23, and what the headers of the runtime declare (POSIX.1-2008), in order. */
static const char *const words[] = {
    "BUFSIZ", "CLOCKS_PER_SEC", "EOF", "EXIT_FAILURE", "EXIT_SUCCESS", "FILE", "FILENAME_MAX", "FOPEN_MAX", "L_ctermid", "L_tmpnam",
    "MB_CUR_MAX", "NULL", "PTRDIFF_MAX", "PTRDIFF_MIN", "RAND_MAX", "SEEK_CUR", "SEEK_END", "SEEK_SET", "SEM_FAILED", "SIG_ATOMIC_MAX",
    "SIG_ATOMIC_MIN", "SIZE_MAX", "TIME_UTC", "TMP_MAX", "WCHAR_MAX", "WCHAR_MIN", "WCONTINUED", "WEXITED", "WINT_MAX", "WINT_MIN",
    "WNOHANG", "WNOWAIT", "WSTOPPED", "WUNTRACED", "abort", "abs", "alignas", "aligned_alloc", "alignof", "argc", "argv", "asctime", "asctime_r", "asm",
    "at_quick_exit", "atexit", "atof", "atoi", "atol", "atoll", "auto", "bool", "break", "bsearch", "calloc", "case", "char", "clearerr",
    "clock", "clock_getcpuclockid", "clock_getres", "clock_gettime", "clock_nanosleep", "clock_settime", "const", "constexpr", "continue",
    "ctermid", "ctime", "ctime_r", "default", "difftime", "div", "do", "double", "dprintf", "else", "enum", "exit", "extern", "false",
    "fclose", "fdopen", "feof", "ferror", "fflush", "fgetc", "fgetpos", "fgets", "fileno", "float", "flockfile", "fmemopen", "fopen",
    "for", "fprintf", "fputc", "fputs", "fread", "free", "freopen", "fscanf", "fseek", "fseeko", "fsetpos", "ftell", "ftello",
    "ftrylockfile", "funlockfile", "fwrite", "getc", "getc_unlocked", "getchar", "getchar_unlocked", "getdelim", "getenv", "getline",
    "getsubopt", "gmtime", "gmtime_r", "goto", "i386", "if", "imaxabs", "imaxdiv", "inline", "int", "labs", "ldiv", "linux", "llabs",
    "lldiv", "localtime", "localtime_r", "long", "main", "malloc", "mblen", "mbstowcs", "mbtowc", "mkdtemp", "mkstemp", "mktime",
    "nanosleep", "nullptr", "open_memstream", "pclose", "perror", "popen", "posix_memalign", "printf", "putc", "putc_unlocked", "putchar",
    "putchar_unlocked", "puts", "qsort", "quick_exit", "rand", "rand_r", "realloc", "register", "remove", "rename", "renameat", "restrict",
    "return", "rewind", "scanf", "schedule", "setbuf", "setenv", "setvbuf", "short", "signed", "sizeof", "snprintf", "sprintf", "srand", "sscanf",
    "static", "static_assert", "stderr", "stdin", "stdout", "strftime", "strftime_l", "strtod", "strtof", "strtoimax", "strtol", "strtold",
    "strtoll", "strtoul", "strtoull", "strtoumax", "struct", "switch", "system", "thread_local", "time", "timespec_get", "tmpfile",
    "tmpnam", "true", "typedef", "typeof", "typeof_unqual", "tzname", "tzset", "ungetc", "union", "unix", "unsetenv", "unsigned",
    "vdprintf", "vfprintf", "vfscanf", "void", "volatile", "vprintf", "vscanf", "vsnprintf", "vsprintf", "vsscanf", "wcstoimax",
    "wcstombs", "wcstoumax", "wctomb", "while",
};
/* Names that the headers reserve by their beginning, and those that we give ourselves. */
static const char *const beginnings[] = {
    "ATOMIC_", "CLOCK_", "INT", "PRI", "PTHREAD_", "SCHED_", "SCN", "TIMER_", "UINT", "SCHEDULE_", "_", "atomic_", "fn_", "items_of_", "memory_order",
    "pthread_", "sched_", "sem_", "spawned_", "thread_", "timer_", "va_",
};

static int compare(const void *key, const void *word)
{
    return strcmp(key, *(const char *const *)word);
}

bool names_begins_taken(const char *name)
{
    for (size_t b = 0; b < sizeof beginnings / sizeof *beginnings; b++)
        if (strncmp(name, beginnings[b], strlen(beginnings[b])) == 0)
            return true;
    return false;
}

bool names_is_taken(const char *name)
{
    size_t length = strlen(name);
    if (bsearch(name, words, sizeof words / sizeof *words, sizeof *words, compare) != NULL)
        return true;
    return names_begins_taken(name) || (length > 2 && strcmp(name + length - 2, "_t") == 0) || runtime_declares(name);
}

/* Letters that are the same in every normal form and that C allows in identifiers. */
static bool is_kept(uint32_t point)
{
    return (point >= 0xc0 && point <= 0x17f && point != 0xd7 && point != 0xf7 && point != 0x149) || (point >= 0x391 && point <= 0x3c9) ||
           (point >= 0x400 && point <= 0x45f);
}

const char *names_letters(Arena *arena, const char *name)
{
    size_t length = strlen(name), used = 0;
    char *made = ARENA_ARRAY(arena, char, length * 8 + 1);
    for (const unsigned char *at = (const unsigned char *)name; *at != 0;) {
        uint32_t point = at[0];
        size_t bytes = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
        if (bytes > 1)
            point &= 0x7fu >> bytes;
        for (size_t k = 1; k < bytes; k++)
            point = point << 6 | (at[k] & 0x3f);
        if (bytes == 1 || is_kept(point)) {
            memcpy(made + used, at, bytes);
            used += bytes;
        } else {
            static const char digits[] = "0123456789abcdef";
            made[used++] = 'u';
            for (int shift = point > 0xffff ? 20 : 12; shift >= 0; shift -= 4)
                made[used++] = digits[point >> shift & 15];
        }
        at += bytes;
    }
    made[used] = '\0';
    return made;
}
