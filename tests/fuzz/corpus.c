/* corpus.c: gives a target every file of a folder once; for builds without libFuzzer, and for
 * make test. A finding ends the program: what was tried last is the one. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "fuzz.h"

/* In memory of exactly its size: AddressSanitizer then sees a byte read behind its end. */
static uint8_t *file_read(const char *path, size_t *len)
{
    FILE *in = fopen(path, "re");
    struct stat st;
    if (in == NULL || fstat(fileno(in), &st) != 0 || !S_ISREG(st.st_mode)) {
        if (in != NULL)
            (void)fclose(in);
        return NULL;
    }
    uint8_t *bytes = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
    *len = bytes == NULL ? 0 : fread(bytes, 1, (size_t)st.st_size, in);
    (void)fclose(in);
    return bytes;
}

/* Returns how many files it was; -1: this one can't be read. */
static int path_run(const char *path)
{
    size_t len;
    uint8_t *bytes = file_read(path, &len);
    if (bytes == NULL) {
        (void)fprintf(stderr, "%s: can't be read\n", path);
        return -1;
    }
    if (getenv("V") != NULL)
        (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(bytes, len);
    free(bytes);
    return 1;
}

static int folder_run(const char *folder)
{
    struct dirent **names;
    int found = scandir(folder, &names, NULL, alphasort), count = 0;
    for (int i = 0; i < found; i++) {
        char path[4096];
        int n = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && count >= 0 && n > 0 && (size_t)n < sizeof path)
            count = path_run(path) < 0 ? -1 : count + 1;
        free(names[i]);
    }
    if (found >= 0)
        free(names);
    return found < 0 ? -1 : count;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc && count >= 0; i++) {
        struct stat st;
        bool folder = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);
        int more = folder ? folder_run(argv[i]) : path_run(argv[i]);
        count = more < 0 ? -1 : count + more;
    }
    if (count <= 0) {
        (void)fprintf(stderr, "%s: nothing to try, or it can't be read\n", argv[0]);
        return 1;
    }
    printf("%s: %d inputs, no finding\n", argv[0], count);
    return 0;
}
