// What Swift cannot call on Linux: variadic calls, macros, and calls that the C library of a
// supported system does not have yet. Header-only; each function is a call and nothing more.
// Unless said otherwise a function returns -1 and sets errno, as the C library does.
#ifndef CSTORESHIMS_H
#define CSTORESHIMS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

// With _GNU_SOURCE a member of fd_set has another name than in Swift's module of the C library, and
// a compiler that loads both refuses them. It gets the name that it has there.
#include <features.h>
#undef __USE_XOPEN
#include <sys/select.h>
#define __USE_XOPEN 1

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/fiemap.h>
#include <linux/fs.h>

// openat2 (Linux 5.6). The structure and the flags are part of the kernel's interface; they are
// repeated here because the headers of an older build machine have them not.
struct store_open_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};

enum {
  STORE_RESOLVE_NO_MAGICLINKS = 0x02,
  STORE_RESOLVE_NO_SYMLINKS = 0x04,
  STORE_RESOLVE_BENEATH = 0x08,
};

#ifndef SYS_openat2
#define SYS_openat2 437 /* the same on every architecture */
#endif

/// Opens `path` below `directory` without passing through any symbolic link.
static inline int store_openat2(int directory, const char *path, int flags, unsigned mode) {
  struct store_open_how how = {
      .flags = (uint64_t)(unsigned)flags,
      .mode = mode,
      .resolve = STORE_RESOLVE_BENEATH | STORE_RESOLVE_NO_SYMLINKS | STORE_RESOLVE_NO_MAGICLINKS,
  };
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

static inline int store_openat(int directory, const char *path, int flags, unsigned mode) {
  return openat(directory, path, flags, mode);
}

// Macros with casts or feature tests, which Swift does not import.
static inline int store_flag_unnamed(void) { return O_TMPFILE; }
static inline int store_flag_path(void) { return O_PATH; }
static inline int store_flag_no_access_time(void) { return O_NOATIME; }

/// The fields of `struct statx` that the store uses. `error` is an errno, 0 when all is well.
struct store_status {
  int error;
  uint32_t mode;
  uint64_t size;
  uint64_t inode;
  uint64_t device;
  int64_t modified_seconds;
  int64_t changed_seconds;
  uint32_t modified_nanoseconds;
  uint32_t changed_nanoseconds;
};

/// Asks what `path` below `directory` is, without following a link at its end; an empty `path`
/// asks about the descriptor itself.
static inline struct store_status store_statx(int directory, const char *path) {
  struct statx found = {0};
  struct store_status status = {0};
  unsigned wanted = STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_INO | STATX_MTIME | STATX_CTIME;
  int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT;
  if (statx(directory, path, flags, wanted, &found) != 0) {
    status.error = errno;
    return status;
  }
  status.mode = found.stx_mode;
  status.size = found.stx_size;
  status.inode = found.stx_ino;
  status.device = makedev(found.stx_dev_major, found.stx_dev_minor);
  status.modified_seconds = found.stx_mtime.tv_sec;
  status.modified_nanoseconds = found.stx_mtime.tv_nsec;
  status.changed_seconds = found.stx_ctime.tv_sec;
  status.changed_nanoseconds = found.stx_ctime.tv_nsec;
  return status;
}

/// Reads entries of a directory as `struct linux_dirent64` (getdents64(2)).
static inline long store_getdents(int directory, void *buffer, unsigned long bytes) {
  return syscall(SYS_getdents64, directory, buffer, bytes);
}

/// Reads where a symbolic link points to, without NUL; at most `bytes` bytes.
static inline long store_readlinkat(
    int directory, const char *path, void *buffer, unsigned long bytes) {
  return readlinkat(directory, path, buffer, bytes);
}

/// Makes `target` share the blocks of `source` (ioctl_ficlone(2)).
static inline int store_clone(int target, int source) { return ioctl(target, FICLONE, source); }

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif

/// Renames unless the new name exists (renameat2(2)).
static inline int store_rename_exclusive(
    int directory, const char *path, int new_directory, const char *new_path) {
  return (int)syscall(
      SYS_renameat2, directory, path, new_directory, new_path, RENAME_NOREPLACE);
}

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

/// Swaps two names (renameat2(2)).
static inline int store_rename_exchange(
    int directory, const char *path, int new_directory, const char *new_path) {
  return (int)syscall(SYS_renameat2, directory, path, new_directory, new_path, RENAME_EXCHANGE);
}

/// Waits until nobody else has the lock of this open file. The kernel gives it back when the file
/// is closed, also by a death (flock(2)).
static inline int store_lock(int file) { return flock(file, LOCK_EX); }

/// The magic number of the file system that `file` is on (statfs(2)); 0 when it does not tell.
static inline uint64_t store_file_system(int file) {
  struct statfs found;
  memset(&found, 0, sizeof found);
  return fstatfs(file, &found) == 0 ? (uint64_t)(uint32_t)found.f_type : 0;
}

/// Who owns a file, how many names it has, and the bytes of its blocks.
struct store_usage {
  int error;
  uint32_t owner;
  uint64_t names;
  uint64_t bytes;
};

static inline struct store_usage store_usage(int file) {
  struct stat found;
  struct store_usage usage = {0};
  if (fstat(file, &found) != 0) {
    usage.error = errno;
    return usage;
  }
  usage.owner = found.st_uid;
  usage.names = found.st_nlink;
  usage.bytes = (uint64_t)found.st_blocks * 512;
  return usage;
}

/// The bytes of extents from `start` on that other files share, and where the extents that were
/// looked at end: `*next` is `start` when there are no more (FS_IOC_FIEMAP).
static inline int store_shared_extents(
    int file, uint64_t start, uint64_t *shared, uint64_t *next) {
  enum { extents = 64 };
  union {
    struct fiemap map;
    char room[sizeof(struct fiemap) + extents * sizeof(struct fiemap_extent)];
  } request;
  memset(&request, 0, sizeof request);
  request.map.fm_start = start;
  request.map.fm_length = UINT64_MAX - start;
  request.map.fm_extent_count = extents;
  *shared = 0;
  *next = start;
  if (ioctl(file, FS_IOC_FIEMAP, &request.map) != 0) return -1;
  for (unsigned index = 0; index < request.map.fm_mapped_extents; index++) {
    struct fiemap_extent *extent = &request.map.fm_extents[index];
    if (extent->fe_flags & FIEMAP_EXTENT_SHARED) *shared += extent->fe_length;
    *next = extent->fe_logical + extent->fe_length;
    if (extent->fe_flags & FIEMAP_EXTENT_LAST) {
      *next = start;
      break;
    }
  }
  return 0;
}

/// Starts a thread with a stack of `stack_bytes`. Returns an error number, not -1.
static inline int store_start_thread(
    pthread_t *thread, unsigned long stack_bytes, void *(*run)(void *), void *argument) {
  pthread_attr_t attributes;
  int code = pthread_attr_init(&attributes);
  if (code != 0) return code;
  code = pthread_attr_setstacksize(&attributes, stack_bytes);
  if (code == 0) code = pthread_create(thread, &attributes, run, argument);
  pthread_attr_destroy(&attributes);
  return code;
}

/// A mutex and a condition whose timeouts do not jump when somebody sets the clock. Must stay
/// where it was initialized.
struct store_monitor {
  pthread_mutex_t mutex;
  pthread_cond_t condition;
};

static inline void store_monitor_init(struct store_monitor *monitor) {
  pthread_condattr_t attributes;
  pthread_mutex_init(&monitor->mutex, NULL);
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&monitor->condition, &attributes);
  pthread_condattr_destroy(&attributes);
}

static inline void store_monitor_destroy(struct store_monitor *monitor) {
  pthread_cond_destroy(&monitor->condition);
  pthread_mutex_destroy(&monitor->mutex);
}

/// Waits, with the mutex held, until it is woken or `deadline` nanoseconds of the monotonic clock
/// are reached. Returns 0, or ETIMEDOUT.
static inline int store_monitor_wait_until(struct store_monitor *monitor, uint64_t deadline) {
  struct timespec time = {
      .tv_sec = (time_t)(deadline / 1000000000u), .tv_nsec = (long)(deadline % 1000000000u)};
  return pthread_cond_timedwait(&monitor->condition, &monitor->mutex, &time);
}

/// Nanoseconds since the clock's start; for CLOCK_REALTIME this is 1970 and lasts until 2554.
static inline uint64_t store_clock(clockid_t clock) {
  struct timespec time = {0};
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// How many processors the calling thread may run on; 0 when the kernel does not tell. The buffer
/// is for 65,536 of them (the C library's cpu_set_t ends at 1,024).
static inline int store_processor_count(void) {
  unsigned long mask[1024] = {0};
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
  int count = 0;
  for (long word = 0; word < bytes / (long)sizeof mask[0]; word++)
    count += __builtin_popcountl(mask[word]);
  return count;
}

/// The width of the terminal behind `descriptor` in columns; 0 when there is none.
static inline int store_terminal_columns(int descriptor) {
  struct winsize size = {0};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/// Makes a pipe whose ends no other program inherits: `ends[0]` is read, `ends[1]` written.
static inline int store_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

/// Lets a write to `descriptor` return EAGAIN where it would wait.
static inline int store_set_nonblocking(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 ? -1 : fcntl(descriptor, F_SETFL, flags | O_NONBLOCK);
}

extern char **environ;

/// The entry `NAME=value` of the environment, or NULL behind the last.
static inline const char *store_environment_entry(unsigned long index) {
  return environ == NULL ? NULL : environ[index];
}

/// Starts the program `arguments[0]`, found by PATH, with these descriptors as its streams. A
/// broken pipe kills it, whatever this process does with one. Returns an error number, not -1.
static inline int store_spawn(
    pid_t *process, char *const arguments[], char *const environment[], int input, int output,
    int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  int code = posix_spawn_file_actions_init(&actions);
  if (code != 0) return code;
  code = posix_spawnattr_init(&attributes);
  if (code == 0) {
    code = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (code == 0) code = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (code == 0) code = posix_spawnattr_setsigdefault(&attributes, &defaults);
    if (code == 0) code = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if (code == 0) {
      code = posix_spawnp(process, arguments[0], &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

/// The exit code in what waitpid(2) gave; minus the number of the signal that ended the process.
static inline int store_exit_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline void store_ignore_broken_pipe(void) { signal(SIGPIPE, SIG_IGN); }

/// Makes SIGINT and SIGTERM set a flag, unless they are ignored. SIGINT does so once and then has
/// its default action again.
void store_install_interrupt(void);

/// Not 0 when one of them has come.
int store_interrupt_raised(void);

#endif
