/* What the Swift side needs from libzmq and from Linux headers that no Swift module exposes. */
#ifndef CZEROMQ_SHIM_H
#define CZEROMQ_SHIM_H

/* Nothing here but what Swift's own Glibc module lacks: a type that both modules had would belong
 * to whichever was loaded first, and its members would then be hidden from those who import the
 * other.
 */
#include <sys/eventfd.h>
#include <zmq.h>

/* A descriptor that becomes readable when the process ends; -1 and errno on failure. */
int czmq_pidfd_open(int pid, unsigned int flags);

/* Adds one to the eventfd `descriptor` each time `signal_number` arrives, from then on.
 *
 * The handler only writes, so it is safe at any instruction of any thread. Pass -1 to give the
 * signal its default action back. Returns 0, or -1 and errno. One descriptor per signal.
 */
int czmq_notify_signal(int signal_number, int descriptor);

/* Names the calling thread; the kernel keeps 15 bytes. */
void czmq_name_thread(const char *name);

#endif
