#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shim/boring.h"
#include "shim/guard.h"
#include "shim/h2.h"
#include "shim/patch.h"
#include "shim/refuse.h"
#include "shim/socket.h"
#include "shim/wire.h"

enum {
#ifdef __x86_64__
    ADDRESS_BITS = 47,
#else
    ADDRESS_BITS = 48,
#endif
    BUCKETS = 512,
    SESSION_HEAD = 128,                 /* of an SSL: the pointer to its state is in here */
    STATE_HEAD = 160,                   /* of that state: two sequence numbers, two randoms, and some */
    SMALL = 1 << 20,                    /* no pointer is below */
    FRAME = 4096,                       /* two variables of one function are not further apart */
    INBOUND = 32 * 1024,                /* more than a record */
    CLIENT_HELLO = 1, CERTIFICATE = 11, ALERT = 2,
    OPEN_SUCCESS = 0, OPEN_DISCARD = 1, OPEN_ERROR = 4, OPEN_CLOSED = 3
};

typedef struct { uint8_t *p; size_t n; } span;

typedef bool new_fn(void *ssl);
typedef void free_fn(void *ssl);
typedef int open_fn(void *ssl, span *out, size_t *consumed, uint8_t *alert, uint8_t *in, size_t n);
typedef int write_fn(void *ssl, bool *needs_handshake, size_t *written, const uint8_t *p, size_t n);
typedef int old_write_fn(void *ssl, bool *needs_handshake, const uint8_t *p, int n);    /* until 2022 or so */
typedef int alert_fn(void *ssl);
typedef bool message_fn(void *ssl, void *cbb, void *body, uint8_t type);

static struct copy {                    /* one table; its functions as they were */
    const char *name;
    void *original[BORING_SLOTS];
    bool datagrams;
    atomic_int shape;                   /* of its write function; 0: not called yet */
} copy[BORING_COPIES];
static unsigned n_copies;
enum { SPAN = 1, INT, NEITHER };

#define ORIGINAL(type, c, slot) (*(type **)&(c)->original[slot])

/* ---- sessions ---------------------------------------------------------------------------------------------------- */

enum role { UNKNOWN, CLIENT, SERVER };

static struct session {
    struct session *next;
    const void *ssl;
    const uint8_t *state;               /* SSL3_STATE, which the randoms are in; NULL: not seen */
    enum role role;
    uint8_t *inbound;                   /* HTTP/2: what was read, with our answers between the frames; malloc'd */
} *bucket[BUCKETS];
static pthread_mutex_t sessions = PTHREAD_MUTEX_INITIALIZER;

static struct session **
place_of(const void *ssl)
{
    struct session **s = &bucket[((uintptr_t)ssl >> 4) * 0x9e3779b97f4a7c15ull >> 55];

    while (*s && (*s)->ssl != ssl)
        s = &(*s)->next;
    return s;
}

static struct session
session_of(const void *ssl)
{
    struct session found = { .role = UNKNOWN };
    struct session **s;

    pthread_mutex_lock(&sessions);
    if (*(s = place_of(ssl)))
        found = **s;
    pthread_mutex_unlock(&sessions);
    return found;
}

static void
session_make(const void *ssl, const uint8_t *state)
{
    struct session **s;

    pthread_mutex_lock(&sessions);
    s = place_of(ssl);
    if (!*s && (*s = calloc(1, sizeof **s)))
        (*s)->ssl = ssl;
    if (*s) {
        (*s)->state = state;
        (*s)->role = UNKNOWN;
    }
    pthread_mutex_unlock(&sessions);
}

/* What a session says first tells which end of the connection it is. */
static void
session_says(const void *ssl, uint8_t type)
{
    struct session *s;

    pthread_mutex_lock(&sessions);
    s = *place_of(ssl);
    if (s && s->role == UNKNOWN)
        s->role = type == CLIENT_HELLO ? CLIENT : SERVER;
    pthread_mutex_unlock(&sessions);
}

static void
session_end(const void *ssl)
{
    struct session **at, *s;

    pthread_mutex_lock(&sessions);
    if ((s = *(at = place_of(ssl))))
        *at = s->next;
    pthread_mutex_unlock(&sessions);
    if (s)
        free(s->inbound);
    free(s);
}

/* One reader at a time has it: the library's callers see to that. */
static uint8_t *
inbound_of(const void *ssl)
{
    uint8_t *p = NULL;
    struct session *s;

    pthread_mutex_lock(&sessions);
    if ((s = *place_of(ssl))) {
        if (!s->inbound)
            s->inbound = malloc(INBOUND);
        p = s->inbound;
    }
    pthread_mutex_unlock(&sessions);
    return p;
}

static int
find_socket(const void *ssl)
{
    struct session s = session_of(ssl);

    return s.state ? wire_find_in(s.state, STATE_HEAD) : -1;
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

struct sender { struct copy *copy; void *ssl; int rc; bool needs_handshake, sent, wrote; int fd; };

static size_t
send_once(struct sender *w, const uint8_t *p, size_t n)
{
    size_t written = 0;
    unsigned before = wire_times_sent();

    if (w->copy->shape == INT) {
        w->rc = ORIGINAL(old_write_fn, w->copy, BORING_WRITE)(w->ssl, &w->needs_handshake, p, (int)n);
        written = w->rc > 0 ? (size_t)w->rc : 0;
    } else {
        w->rc = ORIGINAL(write_fn, w->copy, BORING_WRITE)(w->ssl, &w->needs_handshake, &written, p, n);
    }
    w->sent |= wire_times_sent() != before;
    w->wrote |= w->rc > 0;
    return w->rc > 0 ? written : 0;
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

static int
refuse_write(const struct copy *c, const char *what)
{
    static atomic_flag said = ATOMIC_FLAG_INIT;

    if (!atomic_flag_test_and_set(&said))
        guard_say("alps: %s of %s are refused: what they write cannot be judged\n", what, c->name);
    errno = ECONNABORTED;
    return -1;
}

static void
begin(struct stream *s, const void *ssl)
{
    if (s->begun)
        return;
    s->both = true;
    s->fd = find_socket(ssl);
    stream_begin(s, wire_name(s->fd));
}

/* gRPC sends 8 KB of what its memory held before when a write leaves nothing there.  An alert (the end, as no alert is
 * pending) leaves something, and no byte of the client's goes with it. */
static void
leave_something(const struct sender *w, const struct stream *s)
{
    if (w->wrote || s->sink == STREAM_SOCKET || !(stream_is_refused(s) || h2_is_silent(stream_h2(s))))
        return;
    socket_credit(s->fd, ALERT);
    ORIGINAL(alert_fn, w->copy, BORING_ALERT)(w->ssl);
}

/* All ${n} bytes are sent, held or swallowed: true.  False: w->rc says what the library is to say. */
static bool
take(struct sender *w, const uint8_t *p, size_t n)
{
    struct stream *s = stream_take(w->ssl);
    enum stream_result r;

    w->rc = -1;
    if (!s) {
        guard_say("alps: more than %d TLS sessions at a time; this one may not write\n", STREAM_MAX);
        errno = ENOMEM;
        return false;
    }
    if (!stream_is_refused(s)) {
        if (pthread_mutex_lock(&s->lock) != 0)
            return false;
        begin(s, w->ssl);
        w->fd = s->fd;
        if (stream_is_refused(s))
            r = STREAM_TAKEN;
        else if (s->sink == STREAM_MEMORY)
            r = stream_carry(s, p, n, send_real, w);
        else
            r = stream_write(s, p, n, send_real, w);
        if (s->sink == STREAM_UNTRIED && w->wrote)
            s->sink = w->sent ? STREAM_SOCKET : STREAM_MEMORY;
        if (r == STREAM_REFUSED)
            refuse_stream(s, find_socket(w->ssl), false);
        pthread_mutex_unlock(&s->lock);
        if (r == STREAM_BLOCKED)
            return false;
        if (!stream_is_refused(s)) {
            leave_something(w, s);
            return true;
        }
    }
    leave_something(w, s);
    /* Where there is no answer, or nobody to read it, an error is all there is to give.  (Not the end while reading:
     * gRPC takes that for "nothing yet".) */
    if (s->unwakeable || !s->n_answer)
        errno = ECONNABORTED;
    w->rc = -1;
    return !s->unwakeable && s->n_answer;
}

/* Observe mode: what was sent is looked at afterwards. */
static void
watch(const void *ssl, const uint8_t *p, size_t n)
{
    struct stream *s = stream_take(ssl);

    if (!s || pthread_mutex_lock(&s->lock) != 0)
        return;
    begin(s, ssl);
    stream_watch(s, p, n);
    pthread_mutex_unlock(&s->lock);
}

/* Which of the two write functions was it that SSL_write called?  The newer one's third argument is a variable of
 * SSL_write, as the second is; the older one's are the bytes and their number. */
static int
shape_of(struct copy *c, const bool *needs_handshake, const size_t *written, const uint8_t *p)
{
    int shape = atomic_load_explicit(&c->shape, memory_order_relaxed);
    uintptr_t apart = (uintptr_t)written - (uintptr_t)needs_handshake + FRAME;

    if (shape == 0) {
        shape = (uintptr_t)p >= SMALL && apart < 2 * FRAME ? SPAN : (uintptr_t)p <= INT32_MAX ? INT : NEITHER;
        atomic_store(&c->shape, shape);
    }
    return shape;
}

/* rc > 0: all of it was taken. */
static int
write_any(struct copy *c, void *ssl, bool *needs_handshake, const uint8_t *p, size_t n)
{
    struct sender w = { c, ssl, -1, false, false, false, -1 };

    if (c->datagrams)
        return refuse_write(c, "DTLS connections");
    if (take(&w, p, n)) {
        *needs_handshake = false;
        return 1;
    }
    *needs_handshake = w.needs_handshake;
    return w.rc;
}

static int
on_write(struct copy *c, void *ssl, bool *needs_handshake, size_t *written, const uint8_t *p, size_t n)
{
    int shape = p ? shape_of(c, needs_handshake, written, p) : SPAN;
    bool int_shape = shape == INT;
    bool server = session_of(ssl).role == SERVER;
    const uint8_t *bytes = int_shape ? (const uint8_t *)written : p;
    size_t size = int_shape ? (size_t)(uint32_t)(uintptr_t)p : n;
    int rc;

    if (p && size && !guard.observe && !server) {
        if (shape == NEITHER)
            return refuse_write(c, "TLS connections");
        rc = write_any(c, ssl, needs_handshake, bytes, size);
        if (rc > 0 && int_shape)
            return (int)size;
        if (rc > 0)
            *written = size;
        return rc;
    }
    rc = ORIGINAL(write_fn, c, BORING_WRITE)(ssl, needs_handshake, written, p, n);  /* in the same registers */
    if (rc > 0 && guard.observe && !server && !c->datagrams && shape != NEITHER)
        watch(ssl, bytes, int_shape ? (size_t)rc : *written);
    return rc;
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* ${out} is where the library keeps what its caller has not read yet, so it is emptied when nothing is for them. */
static int
read_h2(struct stream *s, span *out, uint8_t *inbound, uint8_t *alert)
{
    size_t n;

    *alert = 0;
    if (!inbound || out->n > INBOUND) {
        *out = (span){ NULL, 0 };
        return OPEN_ERROR;
    }
    memcpy(inbound, out->p, out->n);
    n = stream_heard(s, inbound, out->n, INBOUND);
    *out = n ? (span){ inbound, n } : (span){ NULL, 0 };
    return n ? OPEN_SUCCESS : OPEN_DISCARD;
}

/* A refused session answers, then ends.  The answer stays where it is for as long as the session lives. */
static int
on_open(const struct copy *c, void *ssl, span *out, size_t *consumed, uint8_t *alert, uint8_t *in, size_t n)
{
    struct stream *s = stream_find(ssl);
    uint8_t *inbound = NULL;
    size_t ready;
    int rc;

    if (stream_is_refused(s)) {
        size_t left = refuse_left(s), at = atomic_load(&s->at_answer);

        *consumed = 0;
        *alert = 0;
        if (!left)
            return OPEN_CLOSED;
        atomic_store(&s->at_answer, at + left);
        *out = (span){ (uint8_t *)s->answer + at, left };
        return OPEN_SUCCESS;
    }
    if (s && stream_h2(s) && (inbound = inbound_of(ssl)) &&
        (ready = h2_ready(stream_h2(s), inbound, INBOUND, false))) {
        *consumed = 0;
        *out = (span){ inbound, ready };
        return OPEN_SUCCESS;
    }
    rc = ORIGINAL(open_fn, c, BORING_OPEN)(ssl, out, consumed, alert, in, n);
    if (rc != OPEN_SUCCESS || (!s && (guard.observe || session_of(ssl).role == SERVER || !(s = stream_take(ssl)))))
        return rc;
    atomic_store_explicit(&s->answered, true, memory_order_relaxed);
    if (s->begun && !stream_h2(s))
        return rc;
    return read_h2(s, out, inbound ? inbound : inbound_of(ssl), alert);
}

/* ---- the life of a session --------------------------------------------------------------------------------------- */

/* Its state is what the session did not point to before. */
static bool
on_new(const struct copy *c, void *ssl)
{
    const uint8_t *state = NULL;
    uintptr_t before[SESSION_HEAD / sizeof(uintptr_t)], after[SESSION_HEAD / sizeof(uintptr_t)];
    bool made;

    memcpy(before, ssl, sizeof before);
    made = ORIGINAL(new_fn, c, BORING_NEW)(ssl);
    memcpy(after, ssl, sizeof after);
    for (unsigned i = 0; made && !state && i < SESSION_HEAD / sizeof(uintptr_t); i++)
        if (before[i] == 0 && after[i] >= SMALL && after[i] % sizeof(uintptr_t) == 0 && after[i] >> ADDRESS_BITS == 0)
            state = (const uint8_t *)after[i];
    stream_forget(ssl);                 /* of an earlier session at the same address */
    if (made)
        session_make(ssl, state);
    return made;
}

static void
on_free(const struct copy *c, void *ssl)
{
    session_end(ssl);
    stream_forget(ssl);
    ORIGINAL(free_fn, c, BORING_FREE)(ssl);
}

static bool
on_message(const struct copy *c, void *ssl, void *cbb, void *body, uint8_t type)
{
    session_says(ssl, type);
    if (type == CERTIFICATE && !guard.observe && session_of(ssl).role == CLIENT)
        socket_credit_certificate(find_socket(ssl));
    return ORIGINAL(message_fn, c, BORING_MESSAGE)(ssl, cbb, body, type);
}

/* ---- placing ----------------------------------------------------------------------------------------------------- */

/* The functions are called with nothing that tells which table they were called through, so there is one set of
 * replacements for each. */
#define EACH_COPY(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14) F(15)
#define REPLACEMENTS(i) \
static bool new_##i(void *ssl) { return on_new(&copy[i], ssl); } \
static void free_##i(void *ssl) { on_free(&copy[i], ssl); } \
static int open_##i(void *ssl, span *out, size_t *consumed, uint8_t *alert, uint8_t *in, size_t n) \
{ return on_open(&copy[i], ssl, out, consumed, alert, in, n); } \
static int write_##i(void *ssl, bool *needs, size_t *written, const uint8_t *p, size_t n) \
{ return on_write(&copy[i], ssl, needs, written, p, n); } \
static bool message_##i(void *ssl, void *cbb, void *body, uint8_t type) \
{ return on_message(&copy[i], ssl, cbb, body, type); }
EACH_COPY(REPLACEMENTS)
#define ROW(i) { [BORING_NEW] = (void *)new_##i, [BORING_FREE] = (void *)free_##i, [BORING_OPEN] = (void *)open_##i, \
                 [BORING_WRITE] = (void *)write_##i, [BORING_MESSAGE] = (void *)message_##i },
static void *const replacement[BORING_COPIES][BORING_SLOTS] = { EACH_COPY(ROW) };

static void
before_fork(void)
{
    pthread_mutex_lock(&sessions);
}

static void
after_fork(void)
{
    pthread_mutex_unlock(&sessions);
}

/* As the loader left it: what it protected is read-only, and so are constants of a program that is not relocated. */
static int
protection(const struct find_object *o, uintptr_t at)
{
    int is = PROT_READ | PROT_WRITE;

    for (unsigned i = 0; i < o->n_phdr; i++) {
        const ElfW(Phdr) *p = &o->phdr[i];

        if (at - (o->base + p->p_vaddr) < p->p_memsz &&
            (p->p_type == PT_GNU_RELRO || (p->p_type == PT_LOAD && !(p->p_flags & PF_W))))
            is = PROT_READ;
    }
    return is;
}

const char *
boring_hook(const struct find_object *o, const struct boring_table *t)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = (uintptr_t)t->at & ~(page - 1);
    size_t n = ((uintptr_t)(t->at + BORING_SLOTS) - first + page - 1) & ~(page - 1);
    struct copy *c = &copy[n_copies];

    if (n_copies == BORING_COPIES)
        return "there are too many copies of it in one process";
    if (n_copies == 0 && pthread_atfork(before_fork, after_fork, after_fork) != 0)
        return "no memory";
    c->name = *o->name ? strdup(o->name) : "the program";
    c->datagrams = t->datagrams;
    memcpy(c->original, t->at, sizeof c->original);
    if (mprotect((void *)first, n, PROT_READ | PROT_WRITE) != 0)
        return "its table cannot be written";
    for (unsigned i = 0; i < BORING_SLOTS; i++)
        if (replacement[n_copies][i])
            __atomic_store_n(&t->at[i], (uintptr_t)replacement[n_copies][i], __ATOMIC_RELEASE);
    if (mprotect((void *)first, n, protection(o, (uintptr_t)t->at)) != 0)
        return "its table cannot be protected again";
    for (unsigned i = 0; i < BORING_SLOTS; i++)
        if (replacement[n_copies][i])
            patch_watch(&t->at[i], sizeof t->at[i]);
    n_copies++;
    return NULL;
}

void
boring_seal(const struct find_object *o, const struct boring_table *t)
{
    if (protection(o, (uintptr_t)t->at) == PROT_READ)
        patch_seal(t->at, BORING_SLOTS * sizeof *t->at);
}
