#include "shim.h"

#include <sys/prctl.h>

void czmq_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name); }
