/*
 * Replay: gives a fuzz target each file of a folder, in a build without a fuzzer.
 *
 *     replay_form FOLDER
 */

/* System. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tests. */
#include "fuzz.h"

static void
replay(int folder, const char *name)
{
    int         fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    uint8_t    *data;

    FUZZ_HOLDS(fd >= 0 && fstat(fd, &stat) == 0);
    data = malloc((size_t) stat.st_size + 1);
    FUZZ_HOLDS(data != NULL);
    FUZZ_HOLDS(read(fd, data, (size_t) stat.st_size) == stat.st_size);
    (void) LLVMFuzzerTestOneInput(data, (size_t) stat.st_size);

    free(data);
    close(fd);
}

int
main(int argc, char **argv)
{
    DIR           *folder = argc == 2 ? opendir(argv[1]) : NULL;
    struct dirent *entry;
    size_t         count = 0;

    if (folder == NULL) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }

    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] != '.') {
            replay(dirfd(folder), entry->d_name);
            count++;
        }
    }

    closedir(folder);
    printf("%s: %zu inputs\n", argv[1], count);

    return count > 0 ? 0 : 1;
}
