#include "shim/hooks.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>

#include "shim/guard.h"
#include "shim/refuse.h"
#include "shim/socket.h"
#include "shim/wire.h"

enum {                                  /* from OpenSSL's public headers, which we do not build against */
    ERROR_NONE = 0, ERROR_SYSCALL = 5, ERROR_ZERO_RETURN = 6,
    RECEIVED_SHUTDOWN = 2, NAME_HOST = 0, OPTION_KTLS = 1 << 3,
    ALPN_MAX = 512,
    OBJECT_MAX = 64 * 1024              /* bytes of a session object, at most */
};

typedef int write_fn(void *ssl, const void *buf, int n);
typedef int write_ex_fn(void *ssl, const void *buf, size_t n, size_t *written);
typedef int write_ex2_fn(void *ssl, const void *buf, size_t n, uint64_t flags, size_t *written);
typedef int read_fn(void *ssl, void *buf, int n);
typedef int read_ex_fn(void *ssl, void *buf, size_t n, size_t *got);
typedef ptrdiff_t sendfile_fn(void *ssl, int fd, int64_t at, size_t n, int flags);
typedef int session_fn(void *ssl);
typedef int get_error_fn(const void *ssl, int rc);
typedef void free_fn(void *ssl);
typedef void *make_fn(void *from);
typedef int alpn_fn(void *on, const unsigned char *names, unsigned n);
typedef uint64_t options_fn(void *on, uint64_t options);
typedef const void *method_fn(void);
typedef void *bio_ssl_fn(void *ctx, int client);

#define ORIGINAL(type, h) (*(type **)&(h)->original)

static void
refuse_use(const struct hook *h, const char *what)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;

    if (!atomic_flag_test_and_set(&said))
        guard_say("alps: %s of %s is refused: what goes through it cannot be judged\n", what, h->library->name);
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

struct sender { struct hook *hook; void *ssl; uint64_t flags; int fd; };

static size_t
send_once(const struct sender *w, const uint8_t *p, size_t n)
{
    size_t sent = 0;
    int rc;

    if (w->hook->id == HOOK_SSL_write_ex2)
        return ORIGINAL(write_ex2_fn, w->hook)(w->ssl, p, n, w->flags, &sent) > 0 ? sent : 0;
    if (w->hook->id == HOOK_SSL_write_ex)
        return ORIGINAL(write_ex_fn, w->hook)(w->ssl, p, n, &sent) > 0 ? sent : 0;
    rc = ORIGINAL(write_fn, w->hook)(w->ssl, p, (int)n);
    return rc > 0 ? (size_t)rc : 0;
}

/* The socket is told how much is about to come by right. */
static size_t
send_real(void *ctx, const uint8_t *p, size_t n)
{
    struct sender *w = ctx;
    size_t sent;

    socket_credit(w->fd, (int64_t)n);
    sent = send_once(w, p, n);
    if (sent != n) {
        socket_credit(w->fd, -(int64_t)n);
        socket_credit(w->fd, (int64_t)sent);
    }
    return sent;
}

/* The socket of a session that does not know it, or has no function to ask. */
static int
find_socket(const struct library *l, void *ssl)
{
    uint8_t random[WIRE_RANDOM];
    size_t n = malloc_usable_size(ssl);         /* OpenSSL allocates each session on its own */

    if (l->SSL_get_client_random)
        return l->SSL_get_client_random(ssl, random, sizeof random) == sizeof random ? wire_find(random) : -1;
    return n <= OBJECT_MAX ? wire_find_in(ssl, n) : -1;
}

static alps_slice
server_name(const struct library *l, void *ssl)
{
    if (l->SSL_get_servername)
        return alps_slice_of(l->SSL_get_servername(ssl, NAME_HOST));
    return wire_name(find_socket(l, ssl));
}

/* What client and server agreed upon to speak.  No agreement means HTTP/1.1. */
static uint8_t
agreed_protocol(const struct library *l, const void *ssl)
{
    const unsigned char *name = NULL;
    unsigned n = 0;

    if (!l->SSL_get0_alpn_selected)
        return STREAM_UNKNOWN;
    l->SSL_get0_alpn_selected(ssl, &name, &n);
    return n == 2 && name[0] == 'h' && name[1] == '2' ? STREAM_HTTP2 : STREAM_HTTP1;
}

static void
begin(struct library *l, struct stream *s, void *ssl)
{
    alps_slice name = s->begun ? ALPS_S("") : server_name(l, ssl);

    if (!s->begun) {
        s->stranger = !guard.any_peer && !hooks_verified(l, ssl, name);
        s->agreed = agreed_protocol(l, ssl);
        s->fd = find_socket(l, ssl);
        if (s->fd < 0 && l->SSL_get_fd)
            s->fd = l->SSL_get_fd(ssl);
    }
    s->both = true;
    stream_begin(s, name);
}

static void
refuse_session(const struct library *l, struct stream *s, void *ssl)
{
    int own = l->SSL_get_fd ? l->SSL_get_fd(ssl) : -1;

    refuse_stream(s, own < 0 ? find_socket(l, ssl) : own, l->SSL_get_fd && own < 0);
}

/* A client that has a certificate sends it in records that look like application data. */
static bool
shows_certificate(const struct hook *h, const void *ssl)
{
    const struct library *l = h->library;

    return !guard.observe && l->SSL_get_certificate && l->SSL_get_certificate(ssl) && l->SSL_is_init_finished &&
        !l->SSL_is_init_finished(ssl) && !(l->SSL_is_server && l->SSL_is_server(ssl));
}

static void
certificate_shown(const struct hook *h, void *ssl)
{
    socket_in_handshake = false;
    socket_credit_certificate(find_socket(h->library, ssl));
}

/* Before the handshake is over nothing can leave, and a refusal would only break the handshake.  False: it is not
 * over, the library's own error stands. */
static bool
shake(struct sender *w, const struct stream *s)
{
    const struct library *l = w->hook->library;
    size_t sent;

    if (l->SSL_is_init_finished && l->SSL_do_handshake)
        return l->SSL_is_init_finished(w->ssl) || l->SSL_do_handshake(w->ssl) > 0;
    if (s && s->begun)
        return true;
    if (w->hook->id == HOOK_SSL_write)          /* to write nothing is to shake hands */
        return ORIGINAL(write_fn, w->hook)(w->ssl, "", 0) >= 0;
    if (w->hook->id == HOOK_SSL_write_ex)
        return ORIGINAL(write_ex_fn, w->hook)(w->ssl, "", 0, &sent) > 0;
    return ORIGINAL(write_ex2_fn, w->hook)(w->ssl, "", 0, 0, &sent) > 0;
}

static bool
swallowed(const struct stream *s)
{
    if (s->unwakeable)
        errno = ECONNABORTED;           /* nobody would ever read the answer: an error is all there is to give */
    return !s->unwakeable;
}

/* All ${n} bytes are sent, held or swallowed: true.  False: the library's own error stands. */
static bool
take(struct sender *w, const void *buf, size_t n)
{
    struct library *l = w->hook->library;
    struct stream *s = stream_find(w->ssl);
    enum stream_result r;

    if (stream_is_refused(s))
        return swallowed(s);
    if (!shake(w, s))
        return false;
    if (!s && !(s = stream_take(w->ssl))) {
        guard_say("alps: more than %d TLS sessions at a time; this one may not write\n", STREAM_MAX);
        errno = ENOMEM;
        return false;
    }
    if (pthread_mutex_lock(&s->lock) == EDEADLK) {
        /* Our own call came back through another patched function; or somebody jumped out of it, and nobody knows
         * what left. */
        if (s->flying && (const uint8_t *)buf == s->flying && n <= s->n_flying)
            return send_once(w, buf, n) == n;
        s->decision.verdict = ALPS_DENY;
        s->decision.reason = ALPS_POISONED;
        refuse_session(l, s, w->ssl);
        return swallowed(s);
    }
    begin(l, s, w->ssl);
    w->fd = s->fd;
    r = stream_is_refused(s) ? STREAM_TAKEN : stream_write(s, buf, n, send_real, w);
    if (r == STREAM_REFUSED)
        refuse_session(l, s, w->ssl);
    pthread_mutex_unlock(&s->lock);
    if (r == STREAM_BLOCKED)
        return false;
    return stream_is_refused(s) ? swallowed(s) : true;
}

/* Observe mode: what was sent is looked at afterwards. */
static void
watch(struct hook *h, void *ssl, const void *buf, size_t n)
{
    struct stream *s = stream_take(ssl);

    if (!s || pthread_mutex_lock(&s->lock) != 0)
        return;
    begin(h->library, s, ssl);
    stream_watch(s, buf, n);
    pthread_mutex_unlock(&s->lock);
}

static bool
is_server(const struct hook *h, const void *ssl)
{
    return h->library->SSL_is_server && h->library->SSL_is_server(ssl);
}

static int
on_SSL_write(void *ssl, const void *buf, int n, struct hook *h)
{
    struct sender w = { h, ssl, 0, -1 };
    int rc;

    if (n > 0 && !guard.observe && !is_server(h, ssl))
        return take(&w, buf, (size_t)n) ? n : -1;
    rc = ORIGINAL(write_fn, h)(ssl, buf, n);
    if (rc > 0 && guard.observe && !is_server(h, ssl))
        watch(h, ssl, buf, (size_t)rc);
    return rc;
}

static int
on_SSL_write_ex(void *ssl, const void *buf, size_t n, size_t *written, struct hook *h)
{
    struct sender w = { h, ssl, 0, -1 };
    int rc;

    if (n > 0 && !guard.observe && !is_server(h, ssl)) {
        bool taken = take(&w, buf, n);

        if (taken)
            *written = n;
        return taken;
    }
    rc = ORIGINAL(write_ex_fn, h)(ssl, buf, n, written);
    if (rc > 0 && guard.observe && !is_server(h, ssl))
        watch(h, ssl, buf, *written);
    return rc;
}

static int
on_SSL_write_ex2(void *ssl, const void *buf, size_t n, uint64_t flags, size_t *written, struct hook *h)
{
    struct sender w = { h, ssl, flags, -1 };
    int rc;

    if (n > 0 && !guard.observe && !is_server(h, ssl)) {
        bool taken = take(&w, buf, n);

        if (taken)
            *written = n;
        return taken;
    }
    rc = ORIGINAL(write_ex2_fn, h)(ssl, buf, n, flags, written);
    if (rc > 0 && guard.observe && !is_server(h, ssl))
        watch(h, ssl, buf, *written);
    return rc;
}

static int
on_SSL_write_early_data(void *ssl, const void *buf, size_t n, size_t *written, struct hook *h)
{
    if (guard.observe || is_server(h, ssl))
        return ORIGINAL(write_ex_fn, h)(ssl, buf, n, written);
    refuse_use(h, "SSL_write_early_data");
    *written = 0;
    return 0;
}

static ptrdiff_t
on_SSL_sendfile(void *ssl, int fd, int64_t at, size_t n, int flags, struct hook *h)
{
    if (guard.observe || is_server(h, ssl))
        return ORIGINAL(sendfile_fn, h)(ssl, fd, at, n, flags);
    refuse_use(h, "SSL_sendfile");
    errno = EACCES;
    return -1;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* A refused session answers, then ends.  False: the end, and the library has to say so itself. */
static bool
read_answer(struct hook *h, struct stream *s, void *ssl, void *buf, size_t n, bool peek, size_t *got)
{
    *got = refuse_read(s, buf, n, peek);
    if (*got)
        return true;
    if (h->library->SSL_set_shutdown)
        h->library->SSL_set_shutdown(ssl, RECEIVED_SHUTDOWN);
    return h->library->has[HOOK_SSL_get_error];
}

/* The reader that was waiting when the session was refused has been woken by an end of file: it is no error. */
static struct stream *
refused_meanwhile(struct hook *h, void *ssl)
{
    struct stream *s = stream_find(ssl);

    if (!stream_is_refused(s))
        return NULL;
    hooks_clear_errors(h->library);
    return s;
}

/* ${n} bytes have come.  How many of them the caller is given; 0: read on. */
static size_t
heard(struct hook *h, struct stream *s, void *ssl, void *buf, size_t n, size_t cap)
{
    if (!s) {
        if (is_server(h, ssl) || !(s = stream_take(ssl)))
            return n;
    }
    atomic_store_explicit(&s->answered, true, memory_order_relaxed);
    return stream_heard(s, buf, n, cap);
}

static int
read_any(struct hook *h, void *ssl, void *buf, int n, bool peek)
{
    struct stream *s = stream_find(ssl);
    size_t got = 0, room = n > 0 ? (size_t)n : 0;
    bool shows = shows_certificate(h, ssl);
    int rc;

    if (stream_is_refused(s) && read_answer(h, s, ssl, buf, room, peek, &got))
        return (int)got;
    do {
        if (stream_h2(s) && (got = h2_ready(stream_h2(s), buf, room, peek)))
            return (int)got;
        socket_in_handshake |= shows;
        rc = ORIGINAL(read_fn, h)(ssl, buf, n);
        if (shows)
            certificate_shown(h, ssl);
        if (rc > 0 && peek)
            return rc;
        if (rc > 0)
            got = heard(h, s, ssl, buf, (size_t)rc, room);
    } while (rc > 0 && got == 0);
    if (rc > 0)
        return (int)got;
    if ((s = refused_meanwhile(h, ssl)) && read_answer(h, s, ssl, buf, room, peek, &got))
        return (int)got;
    return rc;
}

static int
read_any_ex(struct hook *h, void *ssl, void *buf, size_t n, size_t *got, bool peek)
{
    struct stream *s = stream_find(ssl);
    bool shows = shows_certificate(h, ssl);
    int rc;

    if (stream_is_refused(s) && read_answer(h, s, ssl, buf, n, peek, got))
        return *got > 0;
    do {
        if (stream_h2(s) && (*got = h2_ready(stream_h2(s), buf, n, peek)))
            return 1;
        socket_in_handshake |= shows;
        rc = ORIGINAL(read_ex_fn, h)(ssl, buf, n, got);
        if (shows)
            certificate_shown(h, ssl);
        if (rc > 0 && !peek)
            *got = heard(h, s, ssl, buf, *got, n);
    } while (rc > 0 && *got == 0 && n);
    if (rc <= 0 && (s = refused_meanwhile(h, ssl)) && read_answer(h, s, ssl, buf, n, peek, got))
        return *got > 0;
    return rc;
}

static int
on_SSL_read(void *ssl, void *buf, int n, struct hook *h)
{
    return read_any(h, ssl, buf, n, false);
}

static int
on_SSL_peek(void *ssl, void *buf, int n, struct hook *h)
{
    return read_any(h, ssl, buf, n, true);
}

static int
on_SSL_read_ex(void *ssl, void *buf, size_t n, size_t *got, struct hook *h)
{
    return read_any_ex(h, ssl, buf, n, got, false);
}

static int
on_SSL_peek_ex(void *ssl, void *buf, size_t n, size_t *got, struct hook *h)
{
    return read_any_ex(h, ssl, buf, n, got, true);
}

static int
on_SSL_pending(void *ssl, struct hook *h)
{
    struct stream *s = stream_find(ssl);

    if (stream_is_refused(s))
        return (int)refuse_left(s);
    return ORIGINAL(session_fn, h)(ssl) + (stream_h2(s) ? (int)h2_left(stream_h2(s)) : 0);
}

static int
on_SSL_has_pending(void *ssl, struct hook *h)
{
    struct stream *s = stream_find(ssl);

    if (stream_is_refused(s))
        return refuse_left(s) > 0;
    return (stream_h2(s) && h2_left(stream_h2(s))) || ORIGINAL(session_fn, h)(ssl);
}

static int
on_SSL_get_error(const void *ssl, int rc, struct hook *h)
{
    struct stream *s = stream_find(ssl);

    if (!stream_is_refused(s))
        return ORIGINAL(get_error_fn, h)(ssl, rc);
    return rc > 0 ? ERROR_NONE : s->unwakeable ? ERROR_SYSCALL : ERROR_ZERO_RETURN;
}

static int
on_SSL_do_handshake(void *ssl, struct hook *h)
{
    bool shows = shows_certificate(h, ssl);
    int rc;

    socket_in_handshake |= shows;
    rc = ORIGINAL(session_fn, h)(ssl);
    if (shows)
        certificate_shown(h, ssl);
    return rc;
}

/* ---- the life of a session --------------------------------------------------------------------------------------- */

static int
on_SSL_shutdown(void *ssl, struct hook *h)
{
    int rc = ORIGINAL(session_fn, h)(ssl);

    if (rc == 1 || !refused_meanwhile(h, ssl))
        return rc;
    return 1;                           /* the peer's goodbye will not be heard */
}

static void *
on_SSL_new(void *ctx, struct hook *h)
{
    void *ssl = ORIGINAL(make_fn, h)(ctx);

    if (ssl)
        stream_forget(ssl);             /* of an earlier session at the same address */
    return ssl;
}

static void
on_SSL_free(void *ssl, struct hook *h)
{
    if (ssl)
        stream_leave(ssl);
    ORIGINAL(free_fn, h)(ssl);
}

static int
on_SSL_clear(void *ssl, struct hook *h)
{
    stream_restart(ssl);
    return ORIGINAL(session_fn, h)(ssl);
}

static int
on_SSL_up_ref(void *ssl, struct hook *h)
{
    stream_share(ssl);
    return ORIGINAL(session_fn, h)(ssl);
}

static void *
on_SSL_dup(void *ssl, struct hook *h)
{
    void *copy = ORIGINAL(make_fn, h)(ssl);

    if (copy == ssl && ssl)             /* past the handshake a copy is the same session, with one owner more */
        stream_share(ssl);
    return copy;
}

/* ---- what would lead round the guard ----------------------------------------------------------------------------- */

/* HTTP/3 is not judged here: without it clients speak what is. */
static int
set_alpn(struct hook *h, void *on, const unsigned char *names, unsigned n)
{
    unsigned char kept[ALPN_MAX];
    unsigned k = 0;

    if (guard.observe || !names || n > sizeof kept)
        return ORIGINAL(alpn_fn, h)(on, names, n);
    for (unsigned i = 0, len; i < n; i += len) {
        len = 1u + names[i];
        if (i + len > n)
            return ORIGINAL(alpn_fn, h)(on, names, n);
        if ((len == 3 || len == 4) && names[i + 1] == 'h' && names[i + 2] == '3')
            continue;
        memcpy(kept + k, names + i, len);
        k += len;
    }
    return k ? ORIGINAL(alpn_fn, h)(on, kept, k) : ORIGINAL(alpn_fn, h)(on, names, n);
}

static int
on_SSL_set_alpn_protos(void *ssl, const unsigned char *names, unsigned n, struct hook *h)
{
    return set_alpn(h, ssl, names, n);
}

static int
on_SSL_CTX_set_alpn_protos(void *ctx, const unsigned char *names, unsigned n, struct hook *h)
{
    return set_alpn(h, ctx, names, n);
}

/* With TLS in the kernel, plain write() and sendfile() on the socket would be application data. */
static uint64_t
on_SSL_set_options(void *ssl, uint64_t options, struct hook *h)
{
    return ORIGINAL(options_fn, h)(ssl, guard.observe ? options : options & ~(uint64_t)OPTION_KTLS);
}

static uint64_t
on_SSL_CTX_set_options(void *ctx, uint64_t options, struct hook *h)
{
    return on_SSL_set_options(ctx, options, h);
}

/* A BIO that is a TLS session writes through the inside of the library, past every function above. */
static const void *
on_BIO_f_ssl(struct hook *h)
{
    if (guard.observe)
        return ORIGINAL(method_fn, h)();
    refuse_use(h, "BIO_f_ssl");
    return NULL;
}

static void *
on_BIO_new_ssl(void *ctx, int client, struct hook *h)
{
    if (guard.observe || !client)
        return ORIGINAL(bio_ssl_fn, h)(ctx, client);
    refuse_use(h, "BIO_new_ssl");
    return NULL;
}

static void *
on_BIO_new_ssl_connect(void *ctx, struct hook *h)
{
    if (guard.observe)
        return ORIGINAL(make_fn, h)(ctx);
    refuse_use(h, "BIO_new_ssl_connect");
    return NULL;
}

static void *
on_BIO_new_buffer_ssl_connect(void *ctx, struct hook *h)
{
    return on_BIO_new_ssl_connect(ctx, h);
}

intptr_t
hook_refused(struct hook *h)
{
    refuse_use(h, h->name);
    errno = EACCES;
    return h->result;
}

void *const hook_replacement[HOOKS] = {
#define HOOK(function, arguments, clue) [HOOK_##function] = (void *)on_##function,
#define CALL(result, function, parameters)
#define REFUSE(function, result)
#include "shim/hooks.def"
};
