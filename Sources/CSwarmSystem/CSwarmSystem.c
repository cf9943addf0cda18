#define _GNU_SOURCE
#include "CSwarmSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1UL << 2)
#endif

#define CHILD_STACK_SIZE (64 * 1024)

/* Lives on the parent's stack; the child shares the memory until it executes the program. */
struct spawning {
    const struct swarm_spawn_request *request;
    volatile int error;
    volatile int stage;
};

/* Whether the limit could be set; never above the hard limit, which only root may raise. */
static int set_limit(int resource, uint64_t value) {
    struct rlimit limit;
    if (value == 0) return 0;
    if (getrlimit(resource, &limit) != 0) return -1;
    rlim_t wanted = (rlim_t)value;
    if (limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max) limit.rlim_max = wanted;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit);
}

static int fail(struct spawning *spawning, int stage) {
    spawning->error = errno;
    spawning->stage = stage;
    _exit(127);
}

/* Runs in the child, on a stack of its own, while the parent's thread is suspended. It shares the
   parent's memory, so it calls the system and touches nothing else. */
static int start_program(void *argument) {
    struct spawning *spawning = argument;
    const struct swarm_spawn_request *request = spawning->request;

    if (setpgid(0, 0) != 0) return fail(spawning, SWARM_SPAWN_GROUP);

    /* Every handler becomes the default before a signal is let in: a handler of the parent must
       not run here, in its memory. Ignored signals would stay ignored in the new program. */
    struct sigaction standard;
    memset(&standard, 0, sizeof standard);
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) {
        if (number != SIGKILL && number != SIGSTOP) sigaction(number, &standard, NULL);
    }

    /* First out of the way of 0, 1 and 2, so that one stream cannot overwrite another. */
    int streams[3] = {request->input, request->output, request->error};
    for (int target = 0; target < 3; target++) {
        if (streams[target] < 3) streams[target] = fcntl(streams[target], F_DUPFD_CLOEXEC, 3);
        if (streams[target] < 0) return fail(spawning, SWARM_SPAWN_STREAMS);
    }
    for (int target = 0; target < 3; target++) {
        if (dup2(streams[target], target) < 0) return fail(spawning, SWARM_SPAWN_STREAMS);
    }

    if (request->directory != NULL && chdir(request->directory) != 0) {
        return fail(spawning, SWARM_SPAWN_DIRECTORY);
    }

    /* Older kernels lack the call; there everything we opened is close-on-exec anyway. */
    syscall(SYS_close_range, 3U, ~0U, 0U);

    if (set_limit(RLIMIT_NOFILE, request->open_files) != 0
        || set_limit(RLIMIT_AS, request->address_space) != 0) {
        return fail(spawning, SWARM_SPAWN_LIMITS);
    }

    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(request->executable, request->arguments, request->environment);
    return fail(spawning, SWARM_SPAWN_EXECUTE);
}

int swarm_spawn(const struct swarm_spawn_request *request, struct swarm_spawn_result *result) {
    struct spawning spawning = {request, 0, 0};
    result->pid = -1;
    result->pidfd = -1;
    result->failed_stage = SWARM_SPAWN_CREATE;

    char *stack = mmap(
        NULL, CHILD_STACK_SIZE, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return errno;

    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int pidfd = -1;
    int pid = clone(
        start_program, stack + CHILD_STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
        &spawning, &pidfd);
    int error = pid < 0 ? errno : spawning.error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, CHILD_STACK_SIZE);

    if (pid >= 0 && error != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        close(pidfd);
        result->failed_stage = (enum swarm_spawn_stage)spawning.stage;
    }
    if (error != 0) return error;
    result->pid = pid;
    result->pidfd = pidfd;
    return 0;
}

int swarm_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0U); }

int swarm_pidfd_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0U);
}

int swarm_pidfd_signal_group(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, PIDFD_SIGNAL_PROCESS_GROUP);
}

int swarm_punch_hole(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int swarm_counter(int blocks) { return eventfd(0, EFD_CLOEXEC | (blocks ? 0 : EFD_NONBLOCK)); }

const char *swarm_error_text(int error, char *buffer, size_t length) {
    return strerror_r(error, buffer, length);
}

int64_t swarm_find(const void *bytes, size_t length, const void *needle, size_t needle_length) {
    const char *found = memmem(bytes, length, needle, needle_length);
    return found == NULL ? -1 : found - (const char *)bytes;
}

static unsigned char folded(unsigned char byte) {
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

int64_t swarm_find_folded(
    const void *bytes, size_t length, const void *needle, size_t needle_length) {
    const unsigned char *text = bytes, *wanted = needle;
    if (needle_length == 0) return 0;
    for (size_t start = 0; start + needle_length <= length; start++) {
        size_t matched = 0;
        while (matched < needle_length && folded(text[start + matched]) == wanted[matched]) {
            matched++;
        }
        if (matched == needle_length) return (int64_t)start;
    }
    return -1;
}

void swarm_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name); }

int swarm_random(void *buffer, size_t length) {
    char *bytes = buffer;
    while (length > 0) {
        ssize_t count = getrandom(bytes, length, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        bytes += count;
        length -= (size_t)count;
    }
    return 0;
}
