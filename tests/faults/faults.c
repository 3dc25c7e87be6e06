/* faults: runs a program and makes its N-th system call that writes fail.
 *
 * Usage   faults N ERROR COMMAND ARGUMENT...   ERROR is a number of errno; N 0 fails none.
 * Which   write, writev, pwrite64 to other descriptors than standard error; open for writing; rename, mkdir, chmod, fsync, close of
 *         files that were open for writing, ftruncate. Unlink does not fail: it is what cleans up.
 * How     seccomp's user notification: the kernel asks us before each of them, whoever in the process or its children makes it, also
 *         inside of the C library, where nothing can be preloaded.
 * Exit    the status of the program, or 128 + signal. The last line on standard error is "faults: K calls", K those that were asked about
 *         before the program ended. 77: the kernel does not offer this here. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, BROKEN = 78 };

#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n)) /* its low half, on little-endian machines */
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define ASK BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)
#define PASS BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* Each of these is one test of the call's number, which stays loaded. */
#define ASK_ALWAYS(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), ASK
#define ASK_UNLESS_STDERR(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), LOAD(ARGUMENT(0)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 2, 0, 1), PASS, ASK
#define ASK_IF_FLAGS(name, at) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), LOAD(ARGUMENT(at)), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT, 0, 1), ASK, PASS

static int install(void)
{
    struct sock_filter code[] = {
        LOAD(offsetof(struct seccomp_data, nr)),
        ASK_UNLESS_STDERR(write),
        ASK_UNLESS_STDERR(writev),
        ASK_ALWAYS(pwrite64),
        ASK_IF_FLAGS(openat, 2),
#ifdef __NR_open
        ASK_IF_FLAGS(open, 1),
        ASK_ALWAYS(rename),
        ASK_ALWAYS(mkdir),
        ASK_ALWAYS(chmod),
#endif
        ASK_ALWAYS(renameat),
        ASK_ALWAYS(renameat2),
        ASK_ALWAYS(mkdirat),
        ASK_ALWAYS(fchmodat),
        ASK_ALWAYS(fchmod),
        ASK_ALWAYS(fsync),
        ASK_ALWAYS(fdatasync),
        ASK_ALWAYS(ftruncate),
        ASK_ALWAYS(close),
        PASS,
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return -1;
    return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* The listener goes to the parent through a socket. sendmsg is not asked about. */
static void hand_over(int socket, int descriptor)
{
    char byte = 0;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    sendmsg(socket, &message, 0);
}

static int take_over(int socket)
{
    char byte;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    int descriptor = -1;
    if (recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof descriptor);
    return descriptor;
}

/* Only files lose something at their close. It does not happen when it is made to fail: a pipe would stay open, which no kernel does. */
static int is_file_for_writing(uint32_t process, uint64_t descriptor)
{
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%u/fd/%llu", process, (unsigned long long)descriptor);
    if (readlink(path, text, sizeof text) <= 0 || text[0] != '/')
        return 0;
    snprintf(path, sizeof path, "/proc/%u/fdinfo/%llu", process, (unsigned long long)descriptor);
    FILE *info = fopen(path, "r");
    unsigned flags = 0;
    while (info != NULL && fgets(text, sizeof text, info) != NULL)
        if (sscanf(text, "flags: %o", &flags) == 1)
            break;
    if (info != NULL)
        fclose(info);
    return (flags & O_ACCMODE) != O_RDONLY;
}

/* Answers until the program and all its children are gone; how many calls there were. */
static unsigned long answer(int listener, unsigned long n, int error)
{
    struct seccomp_notif_sizes sizes;
    unsigned long calls = 0;
    if (syscall(__NR_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
        return 0;
    struct seccomp_notif *asked = calloc(1, sizes.seccomp_notif);
    struct seccomp_notif_resp *reply = calloc(1, sizes.seccomp_notif_resp);
    struct pollfd poll_for = {.fd = listener, .events = POLLIN};
    while (asked != NULL && reply != NULL && poll(&poll_for, 1, -1) >= 0 && (poll_for.revents & POLLIN) != 0) {
        memset(asked, 0, sizes.seccomp_notif);
        memset(reply, 0, sizes.seccomp_notif_resp);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, asked) != 0)
            continue; /* it died meanwhile */
        reply->id = asked->id;
        reply->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        int counts = asked->data.nr != __NR_close || is_file_for_writing(asked->pid, asked->data.args[0]);
        calls += (unsigned)counts;
        if (counts && calls == n) {
            reply->flags = 0;
            reply->error = -error;
        }
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, reply);
    }
    free(asked);
    free(reply);
    return calls;
}

int main(int count, char **arguments)
{
    if (count < 4)
        return BROKEN;
    int sockets[2], status = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return BROKEN;
    pid_t child = fork();
    if (child == 0) {
        int listener = install();
        hand_over(sockets[1], listener);
        if (listener < 0)
            _exit(SKIPPED);
        fcntl(listener, F_SETFD, FD_CLOEXEC);
        execvp(arguments[3], arguments + 3);
        _exit(BROKEN);
    }
    close(sockets[1]);
    int listener = take_over(sockets[0]);
    unsigned long calls = listener < 0 ? 0 : answer(listener, strtoul(arguments[1], NULL, 10), atoi(arguments[2]));
    if (waitpid(child, &status, 0) != child)
        return BROKEN;
    fprintf(stderr, "faults: %lu calls\n", calls);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
