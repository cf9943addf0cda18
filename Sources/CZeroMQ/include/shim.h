/* What the Swift side needs from libzmq and from Linux headers that no Swift module exposes. */
#ifndef CZEROMQ_SHIM_H
#define CZEROMQ_SHIM_H

#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

/* A descriptor that becomes readable when the process ends; -1 and errno on failure. */
static inline int czmq_pidfd_open(pid_t pid, unsigned int flags) {
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

/* Adds one to the eventfd `descriptor` each time `signal_number` arrives, from then on.
 *
 * The handler only writes, so it is safe at any instruction of any thread. Pass -1 to give the
 * signal its default action back. Returns 0, or -1 and errno. One descriptor per signal.
 */
int czmq_notify_signal(int signal_number, int descriptor);

/* Names the calling thread; the kernel keeps 15 bytes. */
void czmq_name_thread(const char *name);

#endif
