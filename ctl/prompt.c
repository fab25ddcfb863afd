/*
 * The prompt: a password from the terminal, whatever stdin and stdout are.
 */

/* System. */
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

/* Ctl. */
#include "ctl.h"

/* What a person may send while the terminal does not echo. */
static const int prompt_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP };

#define PROMPT_SIGNALS (sizeof(prompt_signals) / sizeof(prompt_signals[0]))

/* The signal that came, to be raised again once the terminal echoes. */
static volatile sig_atomic_t prompt_signal;

static void
prompt_catch(int number)
{
    prompt_signal = number;
}

/* Takes the line, without its end. */
static int
prompt_take(gh_secret_t *secret, const char *line, ssize_t len, gh_error_t *error)
{
    gh_text_t text = { line, len > 0 ? (size_t) len : 0 };

    if (text.len > 0 && line[text.len - 1] == '\n') {
        text.len--;
    }

    if (prompt_signal != 0 || text.len == 0) {
        return gh_error_set(error, GH_ERR_INVALID, "no password was typed");
    }

    if (gh_secret_set(secret, text) != 0) {
        return gh_error_set(error, GH_ERR_INVALID,
            "what was typed is no password: longer than %d bytes, or with a NUL byte",
            GH_SECRET_MAX);
    }

    return 0;
}

/* Reads a line with echo off, and puts the terminal back as it was. */
static int
prompt_read(int tty, const struct termios *normal, gh_secret_t *secret, gh_error_t *error)
{
    struct sigaction catch = { .sa_handler = prompt_catch }, before[PROMPT_SIGNALS];
    struct termios quiet = *normal;
    char           line[GH_SECRET_MAX + 2];
    ssize_t        len = 0;
    int            rc;

    prompt_signal = 0;
    for (size_t i = 0; i < PROMPT_SIGNALS; i++) {
        sigaction(prompt_signals[i], &catch, &before[i]);
    }

    /* The line end is echoed, or the next output would stand behind the question. */
    quiet.c_lflag &= ~(tcflag_t) ECHO;
    quiet.c_lflag |= ECHONL;

    if (tcsetattr(tty, TCSAFLUSH, &quiet) == 0) {
        len = read(tty, line, sizeof(line));
        tcsetattr(tty, TCSAFLUSH, normal);
    }

    for (size_t i = 0; i < PROMPT_SIGNALS; i++) {
        sigaction(prompt_signals[i], &before[i], NULL);
    }

    rc = prompt_take(secret, line, len, error);
    gh_secret_wipe(line, sizeof(line));

    if (prompt_signal != 0) {
        raise(prompt_signal);
    }

    return rc;
}

int
gh_ctl_prompt(const char *question, gh_secret_t *secret, gh_error_t *error)
{
    struct termios normal;
    int            tty, rc;

    gh_secret_reset(secret);

    tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0 || tcgetattr(tty, &normal) != 0) {
        rc = gh_error_set(
            error, GH_ERR_IO, "no terminal to ask for the password; say --password-file FILE");

    } else if (write(tty, question, strlen(question)) < 0) {
        rc = gh_error_set(error, GH_ERR_IO, "the terminal can't be written to: %m");

    } else {
        rc = prompt_read(tty, &normal, secret, error);
    }

    if (tty >= 0) {
        close(tty);
    }

    return rc;
}
