#include "shim.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static atomic_int descriptor_of[NSIG];

static void notify(int signal_number) {
    int saved = errno;
    uint64_t one = 1;
    int descriptor = atomic_load(&descriptor_of[signal_number]);
    if (descriptor >= 0) {
        ssize_t written = write(descriptor, &one, sizeof one);
        (void)written; /* a full counter is readable already, which is all that is asked of it */
    }
    errno = saved;
}

int czmq_notify_signal(int signal_number, int descriptor) {
    if (signal_number <= 0 || signal_number >= NSIG) {
        errno = EINVAL;
        return -1;
    }
    atomic_store(&descriptor_of[signal_number], descriptor);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigfillset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = descriptor >= 0 ? notify : SIG_DFL;
    return sigaction(signal_number, &action, NULL);
}
