/* tests/support/body_log.h: what a walk tells, as text: "0=value;" a string, "0!;" something else is there, "0.;" the element
 * around the path has ended, "|" a message has; then the reason, if it was refused. */
#ifndef BODY_LOG_H
#define BODY_LOG_H

#include <criterion/criterion.h>
#include <stdio.h>

#include "core/body.h"
#include "core/reason.h"
#include "guard_page.h"

struct log { char text[4 * ALPS_BODY_VALUE]; size_t n; int stop_at; };

static inline int
note(void *ctx, enum alps_body_event event, unsigned path, alps_slice value)
{
    struct log *l = ctx;
    size_t room = sizeof l->text - l->n;

    if (event == ALPS_BODY_STRING)
        l->n += (size_t)snprintf(l->text + l->n, room, "%u=%.*s;", path, (int)value.n, value.n ? (const char *)value.p : "");
    else if (event == ALPS_BODY_MESSAGE_END)
        l->n += (size_t)snprintf(l->text + l->n, room, "|");
    else
        l->n += (size_t)snprintf(l->text + l->n, room, "%u%c;", path, event == ALPS_BODY_PRESENT ? '!' : '.');
    return l->stop_at && --l->stop_at == 0 ? 4711 : 0;
}

static inline int
walk(enum alps_body_kind kind, const char *const *paths, unsigned n_paths, alps_slice body, size_t step, struct log *l)
{
    struct alps_body b;
    int rc = 0;

    memset(&b, 0xa5, sizeof b);
    l->n = 0;
    l->text[0] = '\0';
    alps_body_init(&b, kind, paths, n_paths);
    for (size_t at = 0; at < body.n && rc == 0; at += step) {
        struct guard_page g = guard_page(body.p + at, body.n - at < step ? body.n - at : step);

        rc = alps_body_feed(&b, g.s, note, l);
        guard_page_free(&g);
    }
    if (rc == 0)
        rc = alps_body_end(&b, note, l);
    if (rc < 0)
        snprintf(l->text + l->n, sizeof l->text - l->n, "%s", alps_reason_name((unsigned)-rc));
    return rc;
}

#define PATHS(...) (const char *const []){ __VA_ARGS__ }, sizeof((const char *const []){ __VA_ARGS__ }) / sizeof(char *)

/* ${body} is walked whole and in pieces; each tells ${want}. */
static inline void
events_of(enum alps_body_kind kind, const char *const *paths, size_t n_paths, alps_slice body, const char *want)
{
    static const size_t steps[] = { 100000, 1, 2, 3, 7, 17 };
    static struct log l;

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        walk(kind, paths, (unsigned)n_paths, body, steps[i], &l);
        cr_expect_str_eq(l.text, want, "%s expected, in %zus: %s", want, steps[i], l.text);
    }
}

#endif
