/*
 * Throttle: a table of a fixed size in a file, by digests.
 *
 * Each key has one row of the table and may stand in any of its slots; the one
 * whose waiting is over first makes room.  The digest is salted, so that nobody can
 * choose whom they push out.  A lock of the open file holds threads and
 * processes apart.
 *
 * Whoever starts a program that becomes root, such as su, sets its limits and may stop
 * it.  So nobody waits for the lock for ever, who is let in does not need it, and what
 * such a program can't count is refused.
 */

/* System. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/* OpenSSL. */
#include <openssl/evp.h>

/* Account. */
#include "account/throttle.h"

/* PAM. */
#include "throttle.h"

#define MAGIC "gatehouse-pam-1"
#define ROWS  1024
#define SLOTS 8

/* ms: how long a refusal waits for the lock, and between two looks. */
#define LOCK_PATIENCE 5000
#define LOCK_PAUSE    5

/* The file begins with this; rows follow. */
typedef struct {
    char          magic[16];
    unsigned char salt[16];
} head_t;

/* One who was refused; all zeros: nobody.  Times are monotonic, ms. */
typedef struct {
    unsigned char key[16];
    int64_t       until;   /* then all is forgotten */
    int64_t       free_at; /* then the next try may be made */
    uint64_t      refusals;
} slot_t;

typedef struct {
    slot_t slots[SLOTS];
} row_t;

#define TABLE_SIZE ((off_t) (sizeof(head_t) + ROWS * sizeof(row_t)))

/* The table, open. */
typedef struct {
    int           fd;
    off_t         offset; /* of the row */
    row_t         row;
    unsigned char key[16];
} table_t;

/* The digest of two byte strings, one behind the other. */
static bool
digest(unsigned char out[GH_THROTTLE_DIGEST], const void *first, size_t first_len,
    const void *second, size_t second_len)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool        is_good = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1
        && EVP_DigestUpdate(md, first, first_len) == 1
        && EVP_DigestUpdate(md, second, second_len) == 1
        && EVP_DigestFinal_ex(md, out, NULL) == 1;

    EVP_MD_CTX_free(md);

    return is_good;
}

/* The address as bytes: 4, or for IPv6 the 8 of its network, all of which a host has. */
static size_t
address_of(const char *host, unsigned char out[sizeof(struct in6_addr)])
{
    if (inet_pton(AF_INET, host, out) == 1) {
        return 4;
    }

    return inet_pton(AF_INET6, host, out) == 1 ? 8 : 0;
}

/* Whether the address is in the network `10.0.0.0/8`, which the configuration has checked. */
static bool
is_in_network(const char *host, const char *network)
{
    unsigned char address[sizeof(struct in6_addr)], base[sizeof(struct in6_addr)];
    char          text[INET6_ADDRSTRLEN] = "";
    size_t        len = strcspn(network, "/");
    int           family = strchr(network, ':') != NULL ? AF_INET6 : AF_INET;
    long          bits = family == AF_INET6 ? 128 : 32;

    memcpy(text, network, len < sizeof(text) ? len : 0);

    if (network[len] == '/') {
        bits = strtol(network + len + 1, NULL, 10);
    }

    if (inet_pton(family, text, base) != 1 || inet_pton(family, host, address) != 1) {
        return false;
    }

    for (long i = 0; i < bits; i++) {
        if (((address[i / 8] ^ base[i / 8]) >> (7 - i % 8) & 1) != 0) {
            return false;
        }
    }

    return true;
}

static bool
is_exempt(const gh_throttle_settings_t *settings, const char *host)
{
    for (char **network = settings->exempt; *network != NULL; network++) {
        if (is_in_network(host, *network)) {
            return true;
        }
    }

    return false;
}

/* Whoever calls from `host`. */
static void
throttle_by_host(gh_throttle_t *throttle, const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    size_t        len = address_of(host, address);

    throttle->counts = !is_exempt(&throttle->call->config->throttle, host)
        && digest(throttle->who, "host", sizeof("host"), len > 0 ? (void *) address : host,
            len > 0 ? len : strlen(host));
}

/* Whoever gives the user's name, in whatever spelling that means one account. */
static void
throttle_by_name(gh_throttle_t *throttle)
{
    const gh_call_t  *call = throttle->call;
    size_t            next = 0;
    const gh_realm_t *realm = gh_call_realm(call, &next);
    gh_buf_t          name;

    gh_buf_init(&name);

    throttle->counts = gh_throttle_account(realm, gh_text(call->user), &name) == 0
        && digest(throttle->who, "name", sizeof("name"), gh_buf_string(&name), name.len);
    gh_buf_cleanup(&name);
}

void
gh_throttle_begin(gh_throttle_t *throttle, const gh_call_t *call)
{
    const void *host = NULL;

    *throttle = (gh_throttle_t){ .call = call, .is_strict = getuid() != 0 };

    if (geteuid() != 0) {
        return;
    }

    if (pam_get_item(call->pamh, PAM_RHOST, &host) == PAM_SUCCESS && host != NULL
        && ((const char *) host)[0] != '\0')
    {
        throttle_by_host(throttle, host);
    } else {
        throttle_by_name(throttle);
    }
}

/* Whether the open file or folder is root's, with none of the bits `refused` in its mode. */
static bool
is_roots(int fd, mode_t refused, struct stat *info)
{
    return fstat(fd, info) == 0 && info->st_uid == 0 && (info->st_mode & refused) == 0;
}

/*
 * Opens the folder that the file stands in, and makes it where it is missing; -1 when that
 * can't be done, or others could put something else in the file's place.
 */
static int
open_folder(const char *path, const char **name)
{
    char        folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    size_t      len = slash != NULL ? (size_t) (slash - path) + 1 : 0;
    struct stat info;
    int         fd;

    if (len >= sizeof(folder)) {
        errno = ENAMETOOLONG;
        return -1;
    }

    memcpy(folder, path, len);
    mkdir(folder, 0755);
    *name = path + len;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd != -1 && !is_roots(fd, S_IWGRP | S_IWOTH, &info)) {
        close(fd);
        errno = EPERM;
        return -1;
    }

    return fd;
}

static int
open_file(const char *path)
{
    const char *name;
    int         folder = open_folder(path, &name);
    int         fd = folder != -1
                ? openat(folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600)
                : -1;
    int         fault = errno;

    if (folder != -1) {
        close(folder);
    }

    errno = fault;

    return fd;
}

/* Whoever holds the lock may have been stopped: then we go on without. */
static void
lock_file(int fd)
{
    const struct timespec pause = { .tv_nsec = LOCK_PAUSE * 1000000L };
    int64_t               end = gh_clock_monotonic() + LOCK_PATIENCE;

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || gh_clock_monotonic() >= end) {
            return;
        }
        nanosleep(&pause, NULL);
    }
}

/* Whether the file is a table; a new one is none, and what is something else. */
static bool
read_head(const table_t *table, head_t *head)
{
    struct stat info;

    return fstat(table->fd, &info) == 0 && info.st_size == TABLE_SIZE
        && pread(table->fd, head, sizeof(*head), 0) == sizeof(*head)
        && memcmp(head->magic, MAGIC, sizeof(head->magic)) == 0;
}

/* Makes the file an empty table. */
static bool
write_head(const table_t *table, head_t *head)
{
    memcpy(head->magic, MAGIC, sizeof(head->magic));

    return getrandom(head->salt, sizeof(head->salt), 0) == sizeof(head->salt)
        && ftruncate(table->fd, 0) == 0 && ftruncate(table->fd, TABLE_SIZE) == 0
        && pwrite(table->fd, head, sizeof(*head), 0) == sizeof(*head);
}

static void
table_close(table_t *table)
{
    if (table->fd != -1) {
        close(table->fd);
    }
}

/* Says why there is no table, and what comes of it; closes it. */
static bool
table_fail(table_t *table, const gh_throttle_t *throttle, const char *why)
{
    pam_syslog(throttle->call->pamh, LOG_WARNING, "%s: %s, %s",
        throttle->call->config->pam.throttle_file, why,
        throttle->is_strict ? "refused" : "nobody waits after a refusal");
    table_close(table);

    return false;
}

/* Reads the row of whom the try counts for. */
static bool
table_read(table_t *table, const gh_throttle_t *throttle, const head_t *head)
{
    unsigned char place[GH_THROTTLE_DIGEST];
    size_t        row;

    if (!digest(place, head->salt, sizeof(head->salt), throttle->who, sizeof(throttle->who))) {
        return false;
    }

    row = ((size_t) place[30] << 8 | place[31]) % ROWS;
    memcpy(table->key, place, sizeof(table->key));
    table->offset = (off_t) (sizeof(*head) + row * sizeof(row_t));

    return pread(table->fd, &table->row, sizeof(row_t), table->offset) == sizeof(row_t);
}

/* Whether the process's limits let it write the table. */
static bool
is_writable(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur >= (rlim_t) TABLE_SIZE;
}

/* Opens the file, if it can be trusted and written. */
static bool
table_open(table_t *table, const gh_throttle_t *throttle)
{
    struct stat info;

    *table = (table_t){ .fd = open_file(throttle->call->config->pam.throttle_file) };

    if (table->fd == -1) {
        return table_fail(table, throttle,
            errno == EPERM ? "its folder is not root's alone to write" : strerror(errno));
    }

    if (!is_roots(table->fd, S_IRWXG | S_IRWXO, &info) || !S_ISREG(info.st_mode)) {
        return table_fail(table, throttle, "is not a file of root's with mode 0600");
    }

    if (!is_writable()) {
        return table_fail(table, throttle, "the limit on the size of files is too low");
    }

    return true;
}

#define UNREADABLE "can't be read or written"

/* The slot of whom the try counts for; NULL: it has none. */
static slot_t *
table_find(table_t *table)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (memcmp(table->row.slots[i].key, table->key, sizeof(table->key)) == 0) {
            return &table->row.slots[i];
        }
    }

    return NULL;
}

/* A slot to use: an empty one, or that which is forgotten first. */
static slot_t *
table_take(table_t *table)
{
    slot_t *taken = &table->row.slots[0];

    for (size_t i = 1; i < SLOTS; i++) {
        if (table->row.slots[i].until < taken->until) {
            taken = &table->row.slots[i];
        }
    }

    *taken = (slot_t){ .until = 0 };
    memcpy(taken->key, table->key, sizeof(taken->key));

    return taken;
}

/* Whether a slot still says something: after a new start of the machine clocks begin anew. */
static bool
slot_holds(const slot_t *slot, const gh_throttle_settings_t *settings, int64_t now)
{
    return slot->until > now && slot->until - now <= settings->window / (GH_SECOND / 1000)
        && slot->free_at - now <= settings->max_delay / (GH_SECOND / 1000);
}

long
gh_throttle_wait(const gh_throttle_t *throttle)
{
    const slot_t *slot;
    table_t       table;
    head_t        head;
    int64_t       now;
    int64_t       left = 0;

    if (!throttle->counts) {
        return 0;
    }

    if (!table_open(&table, throttle)) {
        return throttle->is_strict ? GH_THROTTLE_NEVER : 0;
    }

    if (read_head(&table, &head)) {
        if (!table_read(&table, throttle, &head)) {
            table_fail(&table, throttle, UNREADABLE);
            return throttle->is_strict ? GH_THROTTLE_NEVER : 0;
        }

        /* Not earlier than that of whoever wrote the row, which would not hold then. */
        now = gh_clock_monotonic();
        slot = table_find(&table);

        if (slot != NULL && slot_holds(slot, &throttle->call->config->throttle, now)) {
            left = slot->free_at - now;
        }
    }

    table_close(&table);

    return left > 0 ? (long) ((left + 999) / 1000) : 0;
}

void
gh_throttle_refused(const gh_throttle_t *throttle)
{
    const gh_throttle_settings_t *settings = &throttle->call->config->throttle;
    slot_t                       *slot;
    table_t                       table;
    head_t                        head;
    int64_t                       now;

    if (!throttle->counts || !table_open(&table, throttle)) {
        return;
    }

    lock_file(table.fd);

    if ((!read_head(&table, &head) && !write_head(&table, &head))
        || !table_read(&table, throttle, &head))
    {
        table_fail(&table, throttle, UNREADABLE);
        return;
    }

    now = gh_clock_monotonic();
    slot = table_find(&table);

    if (slot == NULL) {
        slot = table_take(&table);
    } else if (!slot_holds(slot, settings, now)) {
        slot->refusals = 0;
    }

    slot->refusals++;
    slot->until = now + settings->window / (GH_SECOND / 1000);
    slot->free_at = now
        + gh_throttle_delay(
              settings, (unsigned long) settings->free_attempts, (unsigned long) slot->refusals)
            / (GH_SECOND / 1000);

    if (pwrite(table.fd, &table.row, sizeof(row_t), table.offset) != sizeof(row_t)) {
        pam_syslog(throttle->call->pamh, LOG_WARNING, "%s: can't be written: %s",
            throttle->call->config->pam.throttle_file, strerror(errno));
    }

    table_close(&table);
}
