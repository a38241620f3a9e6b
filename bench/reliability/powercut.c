/* Records what a program does to one database's files, for power cuts to be simulated (bench/reliability/powercut.py).
 *
 * LD_PRELOAD it with POWERCUT_DB (absolute path of the database) and POWERCUT_LOG (file to append to). Recorded are
 * writes, truncations, syncs, creations and removals of the database, its -wal and its -journal, and syncs of their
 * folder, each after it has succeeded and in the order in which they were made. -shm and .lock are no part of what
 * survives. A record is a header (op, file, offset, length; native byte order) and, for a write, the bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define FDS 4096
enum { NONE, DB, WAL, JOURNAL, FOLDER };

struct record {
    char op;   /* C create, W write, T truncate, S sync, U unlink */
    char file; /* as above */
    char pad[6];
    uint64_t offset, length;
};

static char database[4096], folder[4096];
static int log_fd = -1;
static unsigned char file_of[FDS];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *db = getenv("POWERCUT_DB"), *log = getenv("POWERCUT_LOG");
    if (!db || !log || strlen(db) >= sizeof database)
        return;
    strcpy(database, db);
    strcpy(folder, db);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = 0;
    log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log_fd >= 0) { /* out of the way of programs that count their descriptors */
        int high = fcntl(log_fd, F_DUPFD_CLOEXEC, 900);
        if (high >= 0) {
            syscall(SYS_close, log_fd);
            log_fd = high;
        }
    }
}

static int named(const char *path) {
    size_t n = strlen(database);
    if (log_fd < 0 || !path || !n)
        return NONE;
    if (!strcmp(path, folder))
        return FOLDER;
    if (strncmp(path, database, n))
        return NONE;
    if (!path[n])
        return DB;
    if (!strcmp(path + n, "-wal"))
        return WAL;
    return strcmp(path + n, "-journal") ? NONE : JOURNAL;
}

static void put(const void *data, size_t length) {
    const char *at = data;
    while (length) {
        ssize_t n = syscall(SYS_write, log_fd, at, length);
        if (n <= 0)
            abort(); /* a recording with holes proves nothing */
        at += n;
        length -= n;
    }
}

static void record(char op, int file, uint64_t offset, uint64_t length, const void *data) {
    struct record r = {op, (char)file, {0}, offset, length};
    pthread_mutex_lock(&turn);
    put(&r, sizeof r);
    if (data)
        put(data, length);
    pthread_mutex_unlock(&turn);
}

static int of(int fd) { return fd >= 0 && fd < FDS ? file_of[fd] : NONE; }

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static int opened(const char *path, int flags, int was_there, int fd) {
    int file = named(path);
    if (fd >= 0 && fd < FDS)
        file_of[fd] = file;
    if (fd >= 0 && file && file != FOLDER) {
        if ((flags & O_CREAT) && !was_there)
            record('C', file, 0, 0, NULL);
        if (flags & O_TRUNC)
            record('T', file, 0, 0, NULL);
    }
    return fd;
}

static int there(const char *path) { return named(path) && syscall(SYS_access, path, F_OK) == 0; }

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        static int (*real)(const char *, int, ...); \
        MODE(flags) \
        if (!real) \
            real = next(#name); \
        int was = there(path); \
        return opened(path, flags, was, real(path, flags, mode)); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int at, const char *path, int flags, ...) { \
        static int (*real)(int, const char *, int, ...); \
        MODE(flags) \
        if (!real) \
            real = next(#name); \
        int was = there(path); \
        return opened(path, flags, was, real(at, path, flags, mode)); \
    }
OPENAT(openat)
OPENAT(openat64)

int close(int fd) {
    static int (*real)(int);
    if (!real)
        real = next("close");
    if (fd >= 0 && fd < FDS)
        file_of[fd] = NONE;
    return real(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real)
        real = next("write");
    off_t at = of(fd) ? lseek(fd, 0, SEEK_CUR) : 0;
    ssize_t n = real(fd, data, length);
    if (n > 0 && of(fd))
        record('W', of(fd), at, n, data);
    return n;
}

#define PWRITE(name, type) \
    ssize_t name(int fd, const void *data, size_t length, type at) { \
        static ssize_t (*real)(int, const void *, size_t, type); \
        if (!real) \
            real = next(#name); \
        ssize_t n = real(fd, data, length, at); \
        if (n > 0 && of(fd)) \
            record('W', of(fd), at, n, data); \
        return n; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, type) \
    int name(int fd, type length) { \
        static int (*real)(int, type); \
        if (!real) \
            real = next(#name); \
        int done = real(fd, length); \
        if (!done && of(fd)) \
            record('T', of(fd), length, 0, NULL); \
        return done; \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name) \
    int name(int fd) { \
        static int (*real)(int); \
        if (!real) \
            real = next(#name); \
        int done = real(fd); \
        if (!done && of(fd)) \
            record('S', of(fd), 0, 0, NULL); \
        return done; \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    static int (*real)(const char *);
    if (!real)
        real = next("unlink");
    int done = real(path);
    if (!done && named(path))
        record('U', named(path), 0, 0, NULL);
    return done;
}

int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (!real)
        real = next("rename");
    if (named(from) || named(to))
        abort(); /* SQLite renames nothing; a recording without it would be wrong */
    return real(from, to);
}
