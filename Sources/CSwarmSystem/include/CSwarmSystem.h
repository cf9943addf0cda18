#ifndef C_SWARM_SYSTEM_H
#define C_SWARM_SYSTEM_H

/* What Linux offers for watching processes and files and the Swift overlay of the C library does
   not export. Plain wrappers, no policy: the policy is Swift, in SwarmRuntime/Process.

   No header that Glibc's module has, or another C target of this package: a declaration that two
   modules have belongs to whichever was loaded first, hidden from those who import the other. */

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where swarm_spawn failed: the same errno means different things at different stages (ENOENT is a
   missing working directory at one and a missing program at another), which posix_spawn hides. */
enum swarm_spawn_stage {
    SWARM_SPAWN_CREATE = 1,
    SWARM_SPAWN_GROUP = 2,
    SWARM_SPAWN_STREAMS = 3,
    SWARM_SPAWN_DIRECTORY = 4,
    SWARM_SPAWN_LIMITS = 5,
    SWARM_SPAWN_EXECUTE = 6
};

struct swarm_spawn_request {
    const char *executable;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    /* Become descriptors 0, 1 and 2 of the child. */
    int input;
    int output;
    int error;
    /* Upper bounds set before the program starts; 0 leaves the inherited one. */
    uint64_t open_files;
    uint64_t address_space;
};

struct swarm_spawn_result {
    int pid;
    /* Close-on-exec; refers to this very process whatever happens to its number later. */
    int pidfd;
    enum swarm_spawn_stage failed_stage;
};

/* Starts a program as the leader of a process group of its own, with default signal dispositions,
   nothing blocked, and no descriptor but 0, 1 and 2. Returns 0 or an errno value. */
int swarm_spawn(const struct swarm_spawn_request *request, struct swarm_spawn_result *result);

/* A descriptor that becomes readable when the process ends; -1 and errno on failure. */
int swarm_pidfd_open(int pid);

/* Sends a signal to the process a descriptor stands for. 0, or -1 and errno. */
int swarm_pidfd_signal(int pidfd, int signal);

/* Sends a signal to the group led by the process a descriptor stands for, even when that process
   has ended (Linux 6.9). 0, or -1 and errno; EINVAL where the kernel is older. */
int swarm_pidfd_signal_group(int pidfd, int signal);

/* Gives the blocks of a range back to the file system; the size stays. 0, or -1 and errno. */
int swarm_punch_hole(int descriptor, int64_t offset, int64_t length);

/* A counter that makes a descriptor readable; close-on-exec, and reads block only if asked to. -1
   and errno on failure. */
int swarm_counter(int blocks);

/* What the C library says about an errno value; `buffer` may or may not be used for it. */
const char *swarm_error_text(int error, char *buffer, size_t length);

/* Where `needle` first occurs in `bytes`; -1 if nowhere. */
int64_t swarm_find(const void *bytes, size_t length, const void *needle, size_t needle_length);

/* The same for a needle in lower case, where capital letters of ASCII count as small ones. */
int64_t swarm_find_folded(
    const void *bytes, size_t length, const void *needle, size_t needle_length);

/* Names the calling thread for debuggers and /proc; 15 bytes of the name are kept. */
void swarm_name_thread(const char *name);

/* Fills a buffer from the kernel's generator, waiting for it to be seeded. 0, or -1 and errno. */
int swarm_random(void *buffer, size_t length);

#ifdef __cplusplus
}
#endif

#endif
