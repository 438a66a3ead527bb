/* A disk that keeps only what was synced: LD_PRELOAD shim for the power-cut scenario.
 *
 *   POWERCUT_DIR   the folder that is watched
 *   POWERCUT_DISK  what that folder would look like after the power is cut now
 *   POWERCUT_FAIL  while there is a file of this name, every sync fails with EIO
 *
 *   fsync(file)     the whole file as it is now is on the disk, under the name it has now, because ext4, xfs and
 *                   btrfs bring a new file's name along with its first sync
 *   fsync(folder)   renames and removals of its entries are on the disk
 *   anything else   is not on the disk
 *
 * A sync that fails does what Linux does: it says so once, and counts the pages as written. They are not on the disk, and
 * a later sync that succeeds does not bring them there, unless they were written once more in between.
 *
 * A file that was renamed and whose folder was not synced is therefore still under its old name, and a file that was
 * written and never synced is not there at all. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The part of an open file's path below POWERCUT_DIR, or 0. */
static int watched(int fd, char *below) {
  char link[64], path[PATH_MAX];
  const char *dir = getenv("POWERCUT_DIR");
  if (!dir || !getenv("POWERCUT_DISK")) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  size_t length = strlen(dir);
  if (strncmp(path, dir, length) || (path[length] != '/' && path[length])) return 0;
  if (strstr(path, " (deleted)")) return 0;
  strcpy(below, path[length] ? path + length + 1 : "");
  return 1;
}

static void on_disk(char *out, const char *below) {
  snprintf(out, PATH_MAX, "%s/%s", getenv("POWERCUT_DISK"), below);
}

static void make_parents(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(path, 0700);
    *slash = '/';
  }
}

/* Where the name under which an inode is on the disk is remembered. */
static void inode_note(char *out, ino_t inode) {
  char below[64];
  snprintf(below, sizeof below, ".inodes/%lu", (unsigned long)inode);
  on_disk(out, below);
  make_parents(out);
}

static void write_note(ino_t inode, const char *below) {
  char note[PATH_MAX];
  inode_note(note, inode);
  FILE *file = fopen(note, "w");
  if (!file) return;
  fputs(below, file);
  fclose(file);
}

static int read_note(ino_t inode, char *below) {
  char note[PATH_MAX];
  inode_note(note, inode);
  FILE *file = fopen(note, "r");
  if (!file) return 0;
  size_t n = fread(below, 1, PATH_MAX - 1, file);
  below[n] = 0;
  fclose(file);
  return 1;
}

#define PAGE 4096

/* The pages of a file that a failed sync lost and that were not written since. */
struct lost {
  ino_t inode;
  size_t pages;
  unsigned char *is_lost;
  struct lost *next;
};
static struct lost *all_lost;

static struct lost *lost_of(ino_t inode) {
  struct lost *one = all_lost;
  while (one && one->inode != inode) one = one->next;
  return one;
}

/* A sync of this file failed: what the disk does not have it will not get. */
static void lose(int fd, const char *below, const struct stat *status) {
  char path[64], disk[PATH_MAX], here[PAGE], there[PAGE];
  size_t pages = (status->st_size + PAGE - 1) / PAGE;
  struct lost *one = lost_of(status->st_ino);
  if (!one) {
    one = calloc(1, sizeof *one);
    if (!one) abort();
    one->inode = status->st_ino;
    one->next = all_lost;
    all_lost = one;
  }
  if (pages > one->pages) {
    one->is_lost = realloc(one->is_lost, pages);
    if (!one->is_lost) abort();
    memset(one->is_lost + one->pages, 0, pages - one->pages);
    one->pages = pages;
  }
  on_disk(disk, below);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int now = open(path, O_RDONLY | O_CLOEXEC), kept = open(disk, O_RDONLY | O_CLOEXEC);
  for (size_t page = 0; page < pages; page++) {
    ssize_t n = now < 0 ? -1 : pread(now, here, PAGE, page * PAGE);
    ssize_t m = kept < 0 ? -1 : pread(kept, there, PAGE, page * PAGE);
    if (n != m || n < 0 || memcmp(here, there, n)) one->is_lost[page] = 1;
  }
  if (now >= 0) close(now);
  if (kept >= 0) close(kept);
}

/* These octets were written again: the next sync brings their pages to the disk. */
static void written(int fd, off_t from, ssize_t length) {
  struct stat status;
  if (length <= 0 || from < 0 || fstat(fd, &status) || !S_ISREG(status.st_mode)) return;
  pthread_mutex_lock(&lock);
  struct lost *one = lost_of(status.st_ino);
  for (size_t page = from / PAGE; one && page < one->pages && page <= (size_t)(from + length - 1) / PAGE; page++)
    one->is_lost[page] = 0;
  pthread_mutex_unlock(&lock);
}

/* Puts what the disk has in the place of what it never got. */
static void put_back(struct lost *one, int kept, char *buffer, off_t from, ssize_t length) {
  for (off_t at = 0; one && at < length; at += PAGE) {
    size_t page = (from + at) / PAGE, part = length - at < PAGE ? length - at : PAGE;
    if (page >= one->pages || !one->is_lost[page]) continue;
    memset(buffer + at, 0, part);
    if (kept >= 0 && pread(kept, buffer + at, part, from + at) < 0) abort();
  }
}

static void keep_file(int fd, const char *below, const struct stat *status) {
  char final[PATH_MAX], partial[PATH_MAX + 8], path[64], buffer[1 << 16];
  on_disk(final, below);
  make_parents(final);
  snprintf(partial, sizeof partial, "%s.copying", final);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  int from = open(path, O_RDONLY | O_CLOEXEC), to = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  int kept = open(final, O_RDONLY | O_CLOEXEC);
  struct lost *one = lost_of(status->st_ino);
  off_t at = 0;
  ssize_t n;
  while (from >= 0 && to >= 0 && (n = pread(from, buffer, sizeof buffer, at)) > 0) {
    put_back(one, kept, buffer, at, n);
    if (syscall(SYS_pwrite64, to, buffer, n, at) != n) abort();
    at += n;
  }
  if (kept >= 0) close(kept);
  if (from >= 0) close(from);
  if (to >= 0) close(to);
  fchmodat(AT_FDCWD, partial, status->st_mode & 0777, 0);
  rename(partial, final);
  write_note(status->st_ino, below);
}

/* Removals: what the disk has and the folder has no longer. Renames: what lies on the disk under another name. */
static void keep_folder(int fd, const char *below) {
  char disk[PATH_MAX], name[PATH_MAX], old[PATH_MAX], from[PATH_MAX], to[PATH_MAX];
  struct stat status;
  struct dirent *entry;
  const char *slash = *below ? "/" : "";
  int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
  while (dir && (entry = readdir(dir))) {
    if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) || !S_ISREG(status.st_mode)) continue;
    snprintf(name, sizeof name, "%s%s%s", below, slash, entry->d_name);
    if (!read_note(status.st_ino, old) || !strcmp(old, name)) continue;
    on_disk(from, old);
    on_disk(to, name);
    make_parents(to);
    if (!rename(from, to)) write_note(status.st_ino, name);
  }
  if (dir) closedir(dir);
  on_disk(disk, below);
  dir = opendir(disk);
  while (dir && (entry = readdir(dir))) {
    if (entry->d_type != DT_REG || !faccessat(fd, entry->d_name, F_OK, 0)) continue;
    unlinkat(dirfd(dir), entry->d_name, 0);
  }
  if (dir) closedir(dir);
}

static int fails(void) {
  const char *file = getenv("POWERCUT_FAIL");
  return file && !access(file, F_OK);
}

static int synced(int fd, const char *name) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  char below[PATH_MAX];
  struct stat status;
  if (fails() && !fstat(fd, &status) && watched(fd, below)) {
    pthread_mutex_lock(&lock);
    if (S_ISREG(status.st_mode)) lose(fd, below, &status);
    pthread_mutex_unlock(&lock);
    errno = EIO;
    return -1;
  }
  int answer = next(fd);
  int error = errno;
  if (!answer && !fstat(fd, &status) && watched(fd, below)) {
    pthread_mutex_lock(&lock);
    if (S_ISREG(status.st_mode)) keep_file(fd, below, &status);
    if (S_ISDIR(status.st_mode)) keep_folder(fd, below);
    pthread_mutex_unlock(&lock);
  }
  errno = error;
  return answer;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

/* Only once something was lost does it matter what is written. */
ssize_t write(int fd, const void *data, size_t length) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  off_t from = all_lost ? lseek(fd, 0, SEEK_CUR) : -1;
  ssize_t done = next(fd, data, length);
  int error = errno;
  if (from >= 0) written(fd, from, done);
  errno = error;
  return done;
}

static ssize_t put(int fd, const void *data, size_t length, off_t from) {
  static ssize_t (*next)(int, const void *, size_t, off_t);
  if (!next) next = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
  ssize_t done = next(fd, data, length, from);
  int error = errno;
  if (all_lost) written(fd, from, done);
  errno = error;
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t from) { return put(fd, data, length, from); }
ssize_t pwrite64(int fd, const void *data, size_t length, off_t from) { return put(fd, data, length, from); }
