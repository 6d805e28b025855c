// What Swift cannot call on Linux: variadic calls, macros, and calls that the C library of a
// supported system does not have yet. Header-only; each function is a call and nothing more.
// Unless said otherwise a function returns -1 and sets errno, as the C library does.
#ifndef CSTORESHIMS_H
#define CSTORESHIMS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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

#endif
