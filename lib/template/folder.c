/*
 * Folders: every NAME.mustache in one becomes a template.
 */

/* System. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Base. */
#include "base/file.h"

/* Template. */
#include "template/template_int.h"

/*
 * Opens a regular file; a negative code with `error` set when it is none.  Who
 * owns it is not asked: pages come out of checkouts and packages alike.
 */
static int
gh_folder_open(const char *path, gh_error_t *error)
{
    struct stat info;

    /* Non-blocking, so that a FIFO put there holds nobody. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0) {
        return gh_error_set(error, GH_ERR_IO, "%s: can't be opened: %m", path);
    }

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return gh_error_set(error, GH_ERR_INVALID, "%s: is not a regular file", path);
    }

    return fd;
}

/* Adds the template in the file; `name` is its name with the suffix cut off. */
static int
gh_folder_add_file(
    gh_templates_t *templates, const char *name, const char *path, gh_error_t *error)
{
    int     fd = gh_folder_open(path, error);
    char   *source;
    ssize_t len;
    int     rc;

    if (fd < 0) {
        return fd;
    }

    /* One byte more than may be: gh_templates_add refuses it then. */
    source = malloc(GH_TEMPLATE_SOURCE_MAX + 1);
    if (source == NULL) {
        close(fd);
        return gh_error_set(error, GH_ERR_NOMEM, "%s: memory is out", path);
    }

    len = gh_file_read(fd, source, GH_TEMPLATE_SOURCE_MAX + 1);
    rc = len < 0
        ? gh_error_set(error, GH_ERR_IO, "%s: can't be read: %m", path)
        : gh_templates_add(templates, name, path, (gh_text_t){ source, (size_t) len }, error);

    free(source);
    close(fd);
    return rc;
}

/* Whether `file` is called NAME.mustache, and not hidden. */
static bool
gh_folder_is_template(gh_text_t file)
{
    gh_text_t suffix = GH_TEXT(GH_TEMPLATE_SUFFIX);

    return file.len > suffix.len && file.data[0] != '.'
        && memcmp(file.data + file.len - suffix.len, suffix.data, suffix.len) == 0;
}

/* Adds what is in `folder` under the name `file`, if that is a template. */
static int
gh_folder_add(
    gh_templates_t *templates, const char *folder, const char *file, gh_error_t *error)
{
    gh_text_t name = gh_text(file);
    gh_buf_t  stem, path;
    int       rc;

    if (!gh_folder_is_template(name)) {
        return 0;
    }

    name.len -= sizeof(GH_TEMPLATE_SUFFIX) - 1;

    gh_buf_init(&stem);
    gh_buf_init(&path);
    gh_buf_add_text(&stem, name);
    gh_buf_add_format(&path, "%s/%s", folder, file);

    rc = gh_buf_is_ok(&stem) && gh_buf_is_ok(&path)
        ? gh_folder_add_file(templates, gh_buf_string(&stem), gh_buf_string(&path), error)
        : gh_error_set(error, GH_ERR_NOMEM, "%s: memory is out", folder);

    gh_buf_cleanup(&stem);
    gh_buf_cleanup(&path);
    return rc;
}

/* Adds all templates of the open folder and links them. */
static int
gh_folder_load(gh_templates_t *templates, DIR *dir, const char *folder, gh_error_t *error)
{
    const struct dirent *entry;

    while ((entry = readdir(dir)) != NULL) {
        int rc = gh_folder_add(templates, folder, entry->d_name, error);

        if (rc != 0) {
            return rc;
        }
    }

    if (templates->count == 0) {
        return gh_error_set(
            error, GH_ERR_INVALID, "%s: holds no NAME%s", folder, GH_TEMPLATE_SUFFIX);
    }

    return gh_templates_link(templates, error);
}

gh_templates_t *
gh_templates_read(const char *folder, gh_error_t *error)
{
    gh_templates_t *templates;
    DIR            *dir = opendir(folder);
    int             rc;

    if (dir == NULL) {
        gh_error_set(error, GH_ERR_IO, "%s: can't be opened as a folder: %m", folder);
        return NULL;
    }

    templates = gh_templates_new();
    rc = templates != NULL ? gh_folder_load(templates, dir, folder, error)
                           : gh_error_set(error, GH_ERR_NOMEM, "%s: memory is out", folder);

    closedir(dir);

    if (rc != 0) {
        gh_templates_free(templates);
        return NULL;
    }

    return templates;
}
