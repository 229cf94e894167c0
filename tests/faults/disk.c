// Preloaded into a server that is tested: the disk under KAPOK_FAULT_FOLDER fails as the file KAPOK_FAULT_FILE
// says. "sync 5": fsync and fdatasync fail with that errno and keep nothing; "write 30": so does every write;
// "delay 300": each fsync takes so many milliseconds longer. An empty file, or none: all is well.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long told(const char* what) {
    const char* path = getenv("KAPOK_FAULT_FILE");
    char text[32] = {0};
    const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    const size_t name = strlen(what);
    return length > 0 && strncmp(text, what, name) == 0 ? strtol(text + name, NULL, 10) : 0;
}

static int is_ours(int file) {
    const char* folder = getenv("KAPOK_FAULT_FOLDER");
    char link[32];
    char path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t length = readlink(link, path, sizeof path);
    return folder != NULL && length > (ssize_t)strlen(folder) && strncmp(path, folder, strlen(folder)) == 0;
}

// 0, or -1 with errno set.
static int fails(int file, const char* what) {
    const int before = errno;
    const long fault = told(what);
    const int failing = fault != 0 && is_ours(file);
    errno = failing ? (int)fault : before;
    return failing ? -1 : 0;
}

static void delay(void) {
    const long milliseconds = told("delay");
    const struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

int fsync(int file) {
    delay();
    return fails(file, "sync") != 0 ? -1 : (int)syscall(SYS_fsync, file);
}

int fdatasync(int file) {
    delay();
    return fails(file, "sync") != 0 ? -1 : (int)syscall(SYS_fdatasync, file);
}

ssize_t write(int file, const void* bytes, size_t size) {
    return fails(file, "write") != 0 ? -1 : syscall(SYS_write, file, bytes, size);
}

ssize_t pwrite(int file, const void* bytes, size_t size, off_t place) {
    return fails(file, "write") != 0 ? -1 : syscall(SYS_pwrite64, file, bytes, size, place);
}

ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t place) {
    return fails(file, "write") != 0 ? -1 : syscall(SYS_pwrite64, file, bytes, size, place);
}

int ftruncate(int file, off_t size) {
    return fails(file, "write") != 0 ? -1 : (int)syscall(SYS_ftruncate, file, size);
}

int ftruncate64(int file, off64_t size) {
    return fails(file, "write") != 0 ? -1 : (int)syscall(SYS_ftruncate, file, size);
}
