/* cli/cmd_learn.c: `alps learn`: run a program that is only observed, write down what it used, say how that differs from what
 * was found in its source. */
#include "cli/command.h"
#include "cli/finding.h"
#include "cli/learnt.h"
#include "cli/program.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOT_FOUND = 127, NOT_RUN = 126, BLOCK = 1 << 20 };

struct learning {
    struct alps_args args;
    const char *out;                    /* where the allowlist goes; NULL: standard output */
    struct alps_loaded base, analysed;  /* block NULL: none */
    struct alps_allow context;          /* its context alone */
    struct alps_learnt learnt;
    struct alps_allow made;
    char folder[PATH_MAX], log[PATH_MAX + 16], everything[PATH_MAX + 16];
    bool finding;
};

static void *
need(void *p)
{
    if (!p) {
        fprintf(stderr, "alps: out of memory\n");
        exit(ALPS_BAD_USE);
    }
    return p;
}

static bool
failed(const char *path)
{
    fprintf(stderr, "alps learn: %s: %s\n", path, strerror(errno));
    return false;
}

/* ---- the program ------------------------------------------------------------------------------------------------- */

static alps_slice
first_set(const char *const *name)
{
    for (; *name; name++)
        if (getenv(*name) && *getenv(*name)) {
            char *text = NULL;

            need(asprintf(&text, "${env:%s}", *name) < 0 ? NULL : text);
            return alps_slice_of(text);
        }
    return (alps_slice){ NULL, 0 };
}

/* What requests leave out: as the other allowlists have it, else as the clouds' own variables say. */
static void
choose_context(struct learning *l)
{
    static const char *const region[] = { "AWS_REGION", "AWS_DEFAULT_REGION", NULL };
    static const char *const project[] = { "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "GCP_PROJECT", NULL };
    static const char *const subscription[] = { "AZURE_SUBSCRIPTION_ID", NULL };
    const struct alps_allow *from = l->base.block ? l->base.allow : l->analysed.block ? l->analysed.allow : &l->context;

    l->context = (struct alps_allow){ .account = from->account, .region = from->region, .project = from->project,
                                      .subscription = from->subscription };
    if (!l->context.account.n)
        l->context.account = ALPS_S("${env:AWS_ACCOUNT_ID}");
    if (!l->context.region.n)
        l->context.region = first_set(region);
    if (!l->context.region.n)
        l->context.region = ALPS_S("${env:AWS_REGION}");
    if (!l->context.project.n)
        l->context.project = first_set(project);
    if (!l->context.subscription.n)
        l->context.subscription = first_set(subscription);
}

static bool
write_file(const char *path, const char *text)
{
    char part[PATH_MAX + 16];
    FILE *f;
    bool ok;

    if ((size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part) {
        errno = ENAMETOOLONG;
        return failed(path);
    }
    f = fopen(part, "we");
    ok = f && fputs(text, f) >= 0;
    ok = f && fclose(f) == 0 && ok && rename(part, path) == 0;
    if (!ok) {
        failed(path);
        unlink(part);
    }
    return ok;
}

static bool
is_valid(const struct alps_allow *context, const struct alps_allow_rule *rule, struct alps_allow_error *err)
{
    struct alps_allow one = *context;
    char *text, *block = need(malloc(BLOCK));
    struct alps_arena arena = { (uint8_t *)block, (uint8_t *)block + BLOCK };
    bool ok;

    one.rule = (struct alps_allow_rule *)(uintptr_t)rule;
    one.n_rules = 1;
    text = need(alps_allow_write(&one));
    ok = alps_allow_read(&arena, &alps_catalog_builtin, alps_slice_of(text), err);
    free(text);
    free(block);
    return ok;
}

/* Under an allowlist that lists everything all accesses of a call are looked at, not only those up to the first that is not
 * listed. */
static bool
write_everything(struct learning *l)
{
    struct alps_allow all = l->context;
    alps_service_id n = alps_service_count(&alps_catalog_builtin);
    struct alps_allow_error err;
    char *text;
    bool ok;

    all.rule = need(calloc(n, sizeof *all.rule));
    for (alps_service_id id = 1; id <= n; id++) {
        alps_slice prefix = alps_slice_of(alps_service_prefix(&alps_catalog_builtin, id));
        struct alps_allow_rule rule = { .service = prefix, .resource = ALPS_S("*"), .action = ALPS_S("*") };
        bool again = false;

        for (size_t i = 0; i < all.n_rules; i++)
            again |= alps_slice_eq(all.rule[i].service, prefix);
        if (!again && is_valid(&l->context, &rule, &err))
            all.rule[all.n_rules++] = rule;
    }
    text = need(alps_allow_write(&all));
    ok = write_file(l->everything, text);
    free(text);
    free(all.rule);
    return ok;
}

static pid_t child;

static void
pass_on(int sig)
{
    if (child > 0)
        kill(child, sig);
}

static _Noreturn void
become(struct learning *l, const char *guard)
{
    const char *function = alps_args_value(&l->args, "--function");

    if (!l->out)
        dup2(STDERR_FILENO, STDOUT_FILENO);     /* the allowlist's place */
    if (alps_guard_preload("learn", guard) && setenv("ALPS_ALLOWLIST", l->everything, 1) == 0 &&
        setenv("ALPS_MODE", "observe", 1) == 0 && setenv("ALPS_LOG", l->log, 1) == 0 &&
        (!function || setenv("ALPS_FUNCTION", function, 1) == 0)) {
        execvp(l->args.rest[0], l->args.rest);
        failed(l->args.rest[0]);
    }
    _exit(NOT_RUN);
}

/* The program's exit status, as shells have it; -1: it was not started. */
static int
run(struct learning *l, const char *guard)
{
    struct sigaction on = { .sa_handler = pass_on }, ignore = { .sa_handler = SIG_IGN };
    int status;

    fflush(NULL);
    child = fork();
    if (child < 0) {
        failed("fork");
        return -1;
    }
    if (child == 0)
        become(l, guard);
    sigaction(SIGTERM, &on, NULL);
    sigaction(SIGHUP, &on, NULL);
    sigaction(SIGINT, &ignore, NULL);           /* a terminal sends it to the program, too */
    sigaction(SIGQUIT, &ignore, NULL);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- what it used ------------------------------------------------------------------------------------------------ */

static void
add_evidence(struct alps_allow *made, const struct alps_allow_rule *rule, const char *operation)
{
    struct alps_allow_evidence *e = made->n_evidence ? &made->evidence[made->n_evidence - 1] : NULL;
    char *access = NULL, *line = NULL;

    need(asprintf(&access, "%.*s %.*s", (int)rule->action.n, (const char *)rule->action.p, (int)rule->resource.n,
                  (const char *)rule->resource.p) < 0 ? NULL : access);
    need(asprintf(&line, "seen %s", operation) < 0 ? NULL : line);
    if (!e || !alps_slice_eq(e->access, alps_slice_of(access))) {
        e = &made->evidence[made->n_evidence++];
        *e = (struct alps_allow_evidence){ .access = alps_slice_of(access) };
    }
    e->lines = need(realloc(e->lines, (e->n + 1) * sizeof *e->lines));
    e->lines[e->n++] = alps_slice_of(line);
}

/* Of the earlier runs' allowlist a rule may already cover it: written wider by hand, perhaps. */
static bool
is_covered(const struct learning *l, const struct alps_learnt_access *a)
{
    struct alps_finding f;

    if (!l->base.block)
        return false;
    alps_finding_of(&f, &l->base, alps_slice_of(a->action), alps_slice_of(a->resource));
    return f.allowed;
}

static void
add_access(struct learning *l, const struct alps_learnt_access *a)
{
    const char *name = alps_learnt_name(&l->context, l->analysed.block ? l->analysed.allow : NULL, a->resource);
    struct alps_allow_rule rule = { .service = alps_learnt_service(a), .action = alps_slice_of(a->action),
                                    .resource = alps_slice_of(name) };
    const struct alps_allow_rule *last = l->made.n_rules ? &l->made.rule[l->made.n_rules - 1] : NULL;
    struct alps_allow_error err;

    if (!is_valid(&l->context, &rule, &err)) {
        fprintf(stderr, "alps learn: no rule can be made of %s on %s: %s\n", a->action, a->resource, err.text);
        l->finding = true;
        return;
    }
    if (!last || !alps_slice_eq(last->action, rule.action) || !alps_slice_eq(last->resource, rule.resource))
        l->made.rule[l->made.n_rules++] = rule;
    add_evidence(&l->made, &rule, a->operation);
}

static void
add_host(struct learning *l, const char *host)
{
    if (!l->base.block || !alps_policy_reaches(l->base.policy, alps_slice_of(host)))
        l->made.host[l->made.n_hosts++] = (struct alps_allow_host){ .host = alps_slice_of(host) };
}

/* What the earlier runs found, and what this one adds. */
static void
make(struct learning *l)
{
    static const struct alps_allow nothing;
    const struct alps_allow *base = l->base.block ? l->base.allow : &nothing;
    const char *function = alps_args_value(&l->args, "--function");

    l->made = l->context;
    l->made.function = function ? alps_slice_of(function) : base->function;
    l->made.endpoint = base->endpoint;
    l->made.n_endpoints = base->n_endpoints;
    l->made.rule = need(calloc(base->n_rules + l->learnt.n + 1, sizeof *l->made.rule));
    l->made.evidence = need(calloc(base->n_evidence + l->learnt.n + 1, sizeof *l->made.evidence));
    l->made.host = need(calloc(base->n_hosts + l->learnt.n_hosts + 1, sizeof *l->made.host));
    for (size_t i = 0; i < base->n_rules; i++)
        l->made.rule[l->made.n_rules++] = base->rule[i];
    for (size_t i = 0; i < base->n_evidence; i++)
        l->made.evidence[l->made.n_evidence++] = base->evidence[i];
    for (size_t i = 0; i < base->n_hosts; i++)
        l->made.host[l->made.n_hosts++] = base->host[i];
    for (size_t i = 0; i < l->learnt.n; i++)
        if (!is_covered(l, &l->learnt.access[i]))
            add_access(l, &l->learnt.access[i]);
    for (size_t i = 0; i < l->learnt.n_hosts; i++)
        add_host(l, l->learnt.host[i]);
}

/* ---- against the analysed one ------------------------------------------------------------------------------------ */

static void
print_change(FILE *f, const char *what, alps_slice action, alps_slice resource)
{
    fprintf(f, "%-8s ", what);
    alps_shown_print(f, action);
    if (resource.p) {
        fputs(" on ", f);
        alps_shown_print(f, resource);
    }
    fputc('\n', f);
}

static bool
was_earlier(const struct learning *l, const struct alps_allow_rule *rule)
{
    for (size_t i = 0; l->base.block && i < l->base.allow->n_rules; i++)
        if (alps_slice_eq(l->base.allow->rule[i].action, rule->action) &&
            alps_slice_eq(l->base.allow->rule[i].resource, rule->resource))
            return true;
    return false;
}

/* missing: what was used would be refused; unused: what is allowed was not needed in these runs. */
static void
diff(struct learning *l, FILE *f)
{
    const struct alps_allow *a = l->analysed.allow;
    bool *used = need(calloc(a->n_rules + 1, sizeof *used));

    for (size_t i = 0; i < l->learnt.n; i++) {
        const struct alps_learnt_access *s = &l->learnt.access[i];
        struct alps_finding found;

        alps_finding_of(&found, &l->analysed, alps_slice_of(s->action), alps_slice_of(s->resource));
        if (found.allowed)
            used[found.rule - a->rule] = true;
        else if (i == 0 || strcmp(s[-1].action, s->action) != 0 || strcmp(s[-1].resource, s->resource) != 0)
            print_change(f, "missing", alps_slice_of(s->action), alps_slice_of(s->resource));
        l->finding |= !found.allowed;
    }
    for (size_t i = 0; i < l->learnt.n_hosts; i++)
        if (!alps_policy_reaches(l->analysed.policy, alps_slice_of(l->learnt.host[i]))) {
            print_change(f, "missing", alps_slice_of(l->learnt.host[i]), (alps_slice){ NULL, 0 });
            l->finding = true;
        }
    for (size_t i = 0; i < a->n_rules; i++)
        if (!used[i] && !was_earlier(l, &a->rule[i]))
            print_change(f, "unused", a->rule[i].action, a->rule[i].resource);
    free(used);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static void
say_what_is_lacking(struct learning *l)
{
    if (l->learnt.lost)
        fprintf(stderr, "alps learn: %lu accesses of large batches found no room in the log; they are not in the allowlist\n",
                l->learnt.lost);
    if (l->learnt.lost_lines)
        fprintf(stderr, "alps learn: %lu calls were not written to the log; they are not in the allowlist\n", l->learnt.lost_lines);
    if (l->learnt.unread)
        fprintf(stderr, "alps learn: %lu requests were not understood (%s); no allowlist can allow them\n", l->learnt.unread,
                l->learnt.why);
    if (l->learnt.lines == 0)
        fprintf(stderr, "alps learn: no request was seen\n");
    l->finding |= l->learnt.lost || l->learnt.lost_lines || l->learnt.unread || l->learnt.lines == 0;
}

static bool
finish(struct learning *l)
{
    const char *merged = alps_args_value(&l->args, "--merge");
    char *text;
    bool ok;

    if (!alps_learnt_read(&l->learnt, "learn", l->log))
        return false;
    make(l);
    text = need(alps_allow_write(&l->made));
    ok = l->out ? write_file(l->out, text) : fputs(text, stdout) >= 0 && fflush(stdout) == 0;
    free(text);
    if (!ok && !l->out)
        failed("standard output");
    if (l->analysed.block)
        diff(l, l->out ? stdout : stderr);
    say_what_is_lacking(l);
    if (l->out && ok)
        fprintf(stderr, "alps learn: %s: %zu rules%s%s\n", l->out, l->made.n_rules, merged ? ", with those of " : "", merged ? merged : "");
    return ok;
}

static bool
make_folder(struct learning *l)
{
    const char *tmp = getenv("TMPDIR");

    if ((size_t)snprintf(l->folder, sizeof l->folder, "%s/alps-learn-XXXXXX", tmp && *tmp == '/' ? tmp : "/tmp") >= sizeof l->folder ||
        !mkdtemp(l->folder))
        return failed("a folder for the log");
    snprintf(l->log, sizeof l->log, "%s/log", l->folder);
    snprintf(l->everything, sizeof l->everything, "%s/everything", l->folder);
    return true;
}

static bool
load(struct learning *l)
{
    const char *merge = alps_args_value(&l->args, "--merge"), *analysed = alps_args_value(&l->args, "--diff");
    bool first = merge && access(merge, F_OK) != 0 && errno == ENOENT;     /* nothing to merge with yet */

    return (!merge || first || alps_load("learn", merge, true, &l->base)) &&
        (!analysed || alps_load("learn", analysed, true, &l->analysed));
}

/* What must be right before anything is started; 0, or the exit status. */
static int
prepare(struct learning *l, char guard[static PATH_MAX])
{
    char why[PATH_MAX + 128], path[PATH_MAX];

    if (l->args.n_rest == 0) {
        fprintf(stderr, "alps learn: what is to be run? alps learn [OPTION...] -- CMD [ARG...]\n");
        return ALPS_BAD_USE;
    }
    if (!load(l))
        return ALPS_BAD_USE;
    if (!alps_program_find(l->args.rest[0], path, sizeof path)) {
        int error = errno;

        failed(l->args.rest[0]);
        return error == ENOENT ? NOT_FOUND : NOT_RUN;
    }
    if (!alps_program_can_be_held(l->args.rest, why, sizeof why)) {
        fprintf(stderr, "alps learn: %s; what it calls cannot be seen\n", why);
        return ALPS_BAD_USE;
    }
    if (!alps_guard_find(guard, PATH_MAX)) {
        fprintf(stderr, "alps learn: libalps_guard.so is neither beside alps nor in ../lib/alps\n");
        return ALPS_BAD_USE;
    }
    return 0;
}

int
alps_cmd_learn(int argc, char **argv)
{
    static struct learning l;
    char guard[PATH_MAX], out[] = "--out";
    int status;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "-o") == 0)
            argv[i] = out;
    if (!alps_args_read(argc, argv, &l.args))
        return ALPS_BAD_USE;
    l.out = alps_args_value(&l.args, "--out");
    status = prepare(&l, guard);
    if (status == 0) {
        choose_context(&l);
        status = make_folder(&l) && write_everything(&l) ? run(&l, guard) : -1;
        if (status == -1 || !finish(&l))
            status = ALPS_BAD_USE;
        else if (status == 0 && l.finding)
            status = ALPS_FINDING;
        unlink(l.log);
        unlink(l.everything);
        rmdir(l.folder);
        alps_learnt_free(&l.learnt);
    }
    alps_loaded_free(&l.base);
    alps_loaded_free(&l.analysed);
    return status;
}
