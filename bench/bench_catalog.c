/* bench_catalog [--json]: the heads of requests that SDKs of the three clouds sent (tests/oracle: all that were recorded
 * where they are there, else the samples), each a different request, in random order: nanoseconds of each, warm, and with
 * the caches taken by others in between.  Then the pages of the catalogue that a function of three services touches. */
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "bench/measure.h"
#include "core/catalog.h"

enum { MOST = 120000, COLD = 2000, THRASH = 48 << 20, PAGE = 4096 };

static struct alps_request *all[MOST];
static unsigned n_all;
static const struct alps_context context = { .account = { (const uint8_t *)"111122223333", 12 } };

static alps_slice
text_of(const cJSON *o)
{ return alps_slice_of(cJSON_IsString(o) ? o->valuestring : ""); }

static void
target(struct alps_request *r, alps_slice t)
{
    r->has_query = alps_slice_cut(t, '?', &r->path, &r->query);
}

static void
add(const char *line)
{
    const cJSON *o = cJSON_Parse(line), *pair;          /* the requests point into it: kept */
    struct alps_request *r = calloc(1, sizeof *r);

    if (!o || !r)
        exit(1);
    r->tls = true;
    r->sni = text_of(cJSON_GetObjectItem(o, "sni"));
    r->method = text_of(cJSON_GetObjectItem(o, "method"));
    target(r, text_of(cJSON_GetObjectItem(o, "target")));
    cJSON_ArrayForEach(pair, cJSON_GetObjectItem(o, "headers")) {
        alps_slice name = text_of(cJSON_GetArrayItem(pair, 0)), value = text_of(cJSON_GetArrayItem(pair, 1));
        if (alps_slice_eq(name, ALPS_S(":method")))
            r->method = value;
        else if (alps_slice_eq(name, ALPS_S(":path")))
            target(r, value);
        else if (alps_slice_eq(name, ALPS_S(":authority")) || alps_slice_ieq(name, ALPS_S("host")))
            r->host = value;
        if (name.n && name.p[0] != ':' && r->n_headers < ALPS_HEADERS)
            r->header[r->n_headers++] = (struct alps_header){ name, value };
    }
    all[n_all++] = r;
}

static void
read_all(const char *name)
{
    char command[256], *line = NULL;
    size_t cap = 0;
    FILE *f;

    snprintf(command, sizeof command, "gzip -dc build/oracle/%s.jsonl.gz 2>/dev/null || xz -dc tests/oracle/data/%s.jsonl.xz",
             name, name);
    f = popen(command, "r");
    while (f && n_all < MOST && getline(&line, &cap, f) > 0)
        add(line);
    free(line);
    if (f)
        pclose(f);
}

static unsigned
pick(unsigned below)
{
    static uint64_t seed = 88172645463325252;

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % below);
}

static struct alps_call call;
static unsigned answers;                                /* how many were understood */
static struct alps_request now;
static uint8_t text[1 << 17];

static alps_slice
brought(alps_slice s, size_t *n)
{
    uint8_t *p = text + *n;

    if (s.n > sizeof text - *n)
        exit(1);
    memcpy(p, s.p, s.n);
    *n += s.n;
    return (alps_slice){ p, s.n };
}

/* A request has just been read when it is looked at: its bytes are in the cache. */
static void
bring(const struct alps_request *r)
{
    size_t n = 0;

    now = *r;
    now.sni = brought(r->sni, &n);
    now.method = brought(r->method, &n);
    now.host = brought(r->host, &n);
    now.path = brought(r->path, &n);
    now.query = brought(r->query, &n);
    for (unsigned i = 0; i < r->n_headers; i++) {
        now.header[i].name = brought(r->header[i].name, &n);
        now.header[i].value = brought(r->header[i].value, &n);
    }
}

static double
one(const struct alps_request *r)
{
    double start;
    int rc;

    bring(r);
    start = now_ns();
    rc = alps_call_head(&call, &alps_catalog_builtin, &now, &context);
    answers += rc == 0;
    return now_ns() - start;
}

static double
clock_cost(void)
{
    double best = 1e9;

    for (int i = 0; i < 1000; i++) {
        double start = now_ns(), took = now_ns() - start;
        best = took < best ? took : best;
    }
    return best;
}

static void
print(const char *part, double *took, unsigned n, bool json)
{
    double clock = clock_cost();

    measure_sort(took, n);
    printf(json ? "{\"bench\":\"catalog\",\"part\":\"%s\",\"requests\":%u,\"p50_ns\":%.0f,\"p99_ns\":%.0f}\n"
                : "%-20s %6u requests  p50 %6.0f ns  p99 %6.0f ns\n",
           part, n, took[n / 2] - clock, took[n * 99 / 100] - clock);
}

/* --- pages --- */

static unsigned touched;
static uintptr_t from, to;                              /* of the catalogue, whose own word for its size cannot be read now */

static void
on_fault(int sig, siginfo_t *info, void *more)
{
    uintptr_t at = (uintptr_t)info->si_addr & ~(uintptr_t)(PAGE - 1);

    (void)more;
    if (at < from || at >= to) {
        (void)signal(sig, SIG_DFL);
        return;
    }
    touched++;
    mprotect((void *)at, PAGE, PROT_READ);
}

static void
pages(bool json)
{
    static const char *const hosts[] = { "dynamodb.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com",
                                         "sqs.eu-west-1.amazonaws.com" };
    size_t size = alps_catalog_size(&alps_catalog_builtin) & ~(size_t)(PAGE - 1);
    struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
    unsigned calls = 0;

    from = (uintptr_t)&alps_catalog_builtin;
    to = from + size;
    sigaction(SIGSEGV, &act, NULL);
    mprotect((void *)from, size, PROT_NONE);
    for (unsigned i = 0; i < n_all; i++)
        for (size_t k = 0; k < sizeof hosts / sizeof *hosts; k++)
            if (alps_slice_eq(all[i]->host, alps_slice_of(hosts[k]))) {
                (void)one(all[i]);
                calls++;
            }
    mprotect((void *)from, size, PROT_READ);
    printf(json ? "{\"bench\":\"catalog\",\"part\":\"three services\",\"calls\":%u,\"touched_kb\":%u,\"all_kb\":%zu}\n"
                : "%u calls of dynamodb, s3 and sqs touch %u KB of %zu\n", calls, touched * 4, size / 1024);
}

int
main(int argc, char **argv)
{
    static const char *const names[] = { "aws", "gcp", "grpc", "arm", "azure" };
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    static double took[MOST], cold[COLD];
    volatile uint8_t *others = malloc(THRASH);
    unsigned n;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        read_all(names[i]);
    if (!n_all || !others || sysconf(_SC_PAGESIZE) != PAGE)
        return 1;
    for (n = n_all; n > 1; n--) {
        unsigned k = pick(n);
        struct alps_request *r = all[n - 1];
        all[n - 1] = all[k];
        all[k] = r;
    }
    for (unsigned i = 0; i < n_all; i++)
        (void)one(all[i]);
    for (unsigned i = 0; i < n_all; i++)
        took[i] = one(all[i]);
    print("random", took, n_all, json);
    for (unsigned i = 0; i < COLD; i++) {
        for (size_t at = 0; at < THRASH; at += 64)
            others[at]++;
        cold[i] = one(all[pick(n_all)]);
    }
    print("cold", cold, COLD, json);
    pages(json);
    return answers == 0;
}
