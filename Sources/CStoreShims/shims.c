#include "CStoreShims.h"

#include <stdatomic.h>

// Shared by all who include the header, so it cannot live there. Lock-free, which is what makes an
// atomic safe to use in a signal handler (C11 7.14.1.1).
static atomic_int interrupt_raised;
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "the handler needs a lock-free flag");

static void raise_interrupt(int signal) {
  (void)signal;
  atomic_store(&interrupt_raised, 1);
}

static void install(int signal, int flags) {
  struct sigaction action = {0};
  if (sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action.sa_handler = raise_interrupt;
  action.sa_flags = SA_RESTART | flags;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, NULL);
}

void store_install_interrupt(void) {
  install(SIGINT, SA_RESETHAND);
  install(SIGTERM, 0);
}

int store_interrupt_raised(void) {
  return atomic_load_explicit(&interrupt_raised, memory_order_relaxed);
}
