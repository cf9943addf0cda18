#include "shim.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int czmq_pidfd_open(int pid, unsigned int flags) {
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

void czmq_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name); }
