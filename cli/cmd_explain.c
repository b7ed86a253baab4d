#include "cli/command.h"
#include "cli/finding.h"
#include "cli/mapped.h"

#include <cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/catalog_look.h"

struct explaining {
    struct alps_loaded loaded;
    bool json, colour;
    bool denied;                        /* something was not allowed */
    struct alps_bytes seen;             /* what has been explained already: lines */
};

static const char *
paint(const struct explaining *e, const char *code)
{ return e->colour ? code : ""; }

static void
show(alps_slice s)
{ alps_shown_print(stdout, s); }

static void
print_access(alps_slice action, alps_slice resource)
{
    show(action);
    printf(" on ");
    show(resource);
}

/* With its evidence, if any. */
static void
print_rule(const struct explaining *e, const struct alps_finding *f, const char *what)
{
    printf("  %-8s ", what);
    print_access(f->rule->action, f->rule->resource);
    printf("  (%s:%u:%u)\n", e->loaded.path, f->rule->line, f->rule->column);
    if (*f->differs) {
        printf("           but ");
        show(alps_slice_of(f->differs));
        printf("\n");
    }
    for (size_t i = 0; f->evidence && i < f->evidence->n; i++) {
        printf("           %s ", i ? "       " : "because");
        show(f->evidence->lines[i]);
        printf("\n");
    }
}

static void
print_verdict(const struct explaining *e, bool allowed)
{
    printf("%s%s%s  ", paint(e, allowed ? "\033[32m" : "\033[31m"), allowed ? "allowed" : "denied ",
           paint(e, "\033[0m"));
}

static void
print_text(const struct explaining *e, const struct alps_finding *f, const char *reason)
{
    print_verdict(e, f->allowed);
    print_access(f->action, f->resource);
    printf("\n");
    if (f->allowed) {
        print_rule(e, f, "by");
        if (reason && strcmp(reason, alps_reason_name(ALPS_NOT_LISTED)) == 0)
            printf("  note     it was refused when it was made; this allowlist allows it now\n");
        return;
    }
    printf("  why      %s (%s)\n", alps_reason_text(ALPS_NOT_LISTED), alps_reason_name(ALPS_NOT_LISTED));
    if (f->rule)
        print_rule(e, f, "nearest");
    else
        printf("  nearest  no rule names this service\n");
    printf("  allow it with  ");
    alps_finding_print_remedy(stdout, f);
    printf("\n");
}

static void
print_json_rule(const struct explaining *e, const struct alps_finding *f)
{
    printf("{\"action\":");
    alps_json_print(stdout, f->rule->action);
    printf(",\"resource\":");
    alps_json_print(stdout, f->rule->resource);
    printf(",\"file\":");
    alps_json_print(stdout, alps_slice_of(e->loaded.path));
    printf(",\"line\":%u,\"column\":%u,\"evidence\":[", f->rule->line, f->rule->column);
    for (size_t i = 0; f->evidence && i < f->evidence->n; i++) {
        printf(i ? "," : "");
        alps_json_print(stdout, f->evidence->lines[i]);
    }
    printf("]}");
}

static void
print_json(const struct explaining *e, const struct alps_finding *f)
{
    printf("{\"verdict\":\"%s\",\"reason\":\"%s\",\"action\":", f->allowed ? "allow" : "deny",
           alps_reason_name(f->allowed ? ALPS_LISTED : ALPS_NOT_LISTED));
    alps_json_print(stdout, f->action);
    printf(",\"resource\":");
    alps_json_print(stdout, f->resource);
    printf(",\"%s\":", f->allowed ? "rule" : "nearest");
    if (f->rule)
        print_json_rule(e, f);
    else
        printf("null");
    if (!f->allowed) {
        printf(",\"differs\":");
        alps_json_print(stdout, f->rule ? alps_slice_of(f->differs) : (alps_slice){ NULL, 0 });
        printf(",\"add\":");
        alps_finding_print_remedy(stdout, f);
    }
    printf("}\n");
}

static bool
is_new(struct explaining *e, const char *key)
{
    const char *line = e->seen.p;

    while (line && *line) {
        size_t n = strcspn(line, "\n");

        if (strlen(key) == n && memcmp(line, key, n) == 0)
            return false;
        line += n + 1;
    }
    alps_bytes_add(&e->seen, key);
    alps_bytes_add(&e->seen, "\n");
    return true;
}

/* One access.  ${reason}: what the log says, NULL if there is none. */
static void
explain_access(struct explaining *e, const char *action, const char *resource, const char *reason)
{
    struct alps_finding f;
    char *key = NULL;

    alps_finding_of(&f, &e->loaded, alps_slice_of(action), alps_slice_of(resource));
    e->denied |= !f.allowed;
    if (asprintf(&key, "%s %s %s", reason ? reason : "", action, resource) < 0 || !is_new(e, key)) {
        free(key);
        return;
    }
    free(key);
    if (e->json)
        print_json(e, &f);
    else
        print_text(e, &f, reason);
}

static unsigned
reason_find(const char *name)
{
    unsigned r = 0;

    while (r < ALPS_REASON_COUNT && strcmp(alps_reason_name(r), name) != 0)
        r++;
    return r;
}

/* A decision that no access explains: another reason than NOT_LISTED. */
static void
explain_reason(struct explaining *e, const char *verdict, const char *reason, const char *operation, const char *host)
{
    unsigned r = reason_find(reason);
    bool allowed = strcmp(verdict, "allow") == 0, listable = r == ALPS_HOST_NOT_LISTED;
    char *key = NULL;

    e->denied |= !allowed;
    if (asprintf(&key, "%s %s %s %s", verdict, reason, operation, host) < 0 || !is_new(e, key)) {
        free(key);
        return;
    }
    free(key);
    if (!e->json) {
        print_verdict(e, allowed);
        show(alps_slice_of(operation));
        printf("%sto ", *operation ? " " : "");
        show(alps_slice_of(host));
        printf("\n  why      %s (%s)\n", alps_reason_text(r), reason);
        if (listable) {
            printf("  allow it with  {\"hosts\": [");
            alps_json_print(stdout, alps_slice_of(host));
            printf("]}\n");
        } else if (!allowed) {
            printf("  nothing in an allowlist can allow it\n");
        }
        return;
    }
    printf("{\"verdict\":\"%s\",\"reason\":\"%s\",\"text\":\"%s\",\"operation\":", allowed ? "allow" : "deny", reason,
           alps_reason_text(r));
    alps_json_print(stdout, *operation ? alps_slice_of(operation) : (alps_slice){ NULL, 0 });
    printf(",\"host\":");
    alps_json_print(stdout, alps_slice_of(host));
    if (listable) {
        printf(",\"add\":{\"hosts\":[");
        alps_json_print(stdout, alps_slice_of(host));
        printf("]}");
    }
    printf("}\n");
}

static const char *
string_of(const cJSON *object, const char *name)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return s ? s : "";
}

static bool
explain_line(struct explaining *e, const char *line)
{
    cJSON *decision = cJSON_Parse(line);
    const cJSON *accesses = cJSON_GetObjectItemCaseSensitive(decision, "accesses"), *a;
    const cJSON *lost = cJSON_GetObjectItemCaseSensitive(decision, "lost");
    const char *reason = string_of(decision, "reason");
    bool ok = cJSON_IsObject(decision) && reason_find(reason) < ALPS_REASON_COUNT;

    if (cJSON_IsNumber(lost)) {
        fprintf(stderr, "alps explain: %.0f lines of the log were lost here\n", lost->valuedouble);
        cJSON_Delete(decision);
        return true;
    }

    if (ok && cJSON_GetArraySize(accesses) > 0 &&
        (strcmp(reason, "NOT_LISTED") == 0 || strcmp(reason, "LISTED") == 0 || strcmp(reason, "OBSERVED") == 0))
        cJSON_ArrayForEach(a, accesses)
            explain_access(e, string_of(a, "action"), string_of(a, "resource"), reason);
    else if (ok)
        explain_reason(e, string_of(decision, "verdict"), reason, string_of(decision, "operation"),
                       string_of(decision, "host"));
    cJSON_Delete(decision);
    return ok;
}

static void
explain_request(struct explaining *e, alps_slice message)
{
    static struct alps_mapped m;
    const struct alps_decision *d = &m.decision;
    alps_slice sni = alps_message_sni(message);

    alps_mapped_by(&m, e->loaded.policy, sni.n != 0, sni, message);
    if (!m.understood || d->n_accesses == 0 || (d->reason != ALPS_NOT_LISTED && d->reason != ALPS_LISTED)) {
        explain_reason(e, d->verdict == ALPS_ALLOW ? "allow" : "deny", alps_reason_name(d->reason), m.platform ? m.platform : "",
                       d->host);
    } else {
        cJSON *all = NULL;
        const cJSON *a;
        char *text = NULL;

        if (asprintf(&text, "[%s]", m.accesses.p) >= 0)
            all = cJSON_Parse(text);
        cJSON_ArrayForEach(a, all)
            explain_access(e, string_of(a, "action"), string_of(a, "resource"), NULL);
        cJSON_Delete(all);
        free(text);
    }
    alps_bytes_free(&m.accesses);
}

/* Log lines, or a raw request: a log's lines are JSON objects. */
static int
explain_input(struct explaining *e, const char *path)
{
    struct alps_bytes in = { NULL, 0, 0 };
    int status = ALPS_BAD_USE;
    unsigned number = 0;

    if (!alps_file_read(path, &in)) {
        fprintf(stderr, "alps explain: %s: %s\n", path, strerror(errno));
        goto free_in;
    }
    if (in.n && in.p[0] != '{') {
        explain_request(e, (alps_slice){ (const uint8_t *)in.p, in.n });
        status = ALPS_FINE;
        goto free_in;
    }
    for (char *line = in.p, *next; *line; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = '\0';
        number++;
        if (*line && !explain_line(e, line)) {
            fprintf(stderr, "alps explain: %s:%u: this is no line of a log\n", path, number);
            goto free_in;
        }
    }
    status = ALPS_FINE;
free_in:
    alps_bytes_free(&in);
    return status;
}

/* Which operations the catalogue's tables mark as a runtime's own. */
static int
print_platform(bool json)
{
    const struct alps_catalog *c = &alps_catalog_builtin;
    const uint32_t *name = (const uint32_t *)(const void *)look_at(c, c->platform);

    for (uint32_t i = 1; i < c->n_operations; i++) {
        struct look_operation op = look_operation(c, i);
        const char *service = alps_service_name(c, op.service);
        struct alps_room room;

        if (!op.platform)
            continue;
        if (json)
            printf("{\"platform\":\"%s\",\"operation\":\"%s.%s\"}\n", look_text(c, name[op.platform]), service,
                   alps_operation_name(c, i, &room));
        else
            printf("%-40s %s.%s\n", look_text(c, name[op.platform]), service, alps_operation_name(c, i, &room));
    }
    return ALPS_FINE;
}

static int
explain_asked(struct explaining *e, const char *action, const char *resource)
{
    char room[ALPS_RESOURCE + 1];
    size_t n = strlen(resource);

    if (!alps_action_find(&alps_catalog_builtin, alps_slice_of(action))) {
        fprintf(stderr, "alps explain: there is no action \"%s\"\n", action);
        return ALPS_BAD_USE;
    }
    if (n == 0 || n > ALPS_RESOURCE) {
        fprintf(stderr, "alps explain: --resource is empty or too long\n");
        return ALPS_BAD_USE;
    }
    memcpy(room, resource, n);
    room[alps_resource_canonical(room, n)] = '\0';
    explain_access(e, action, room, NULL);
    return ALPS_FINE;
}

int
alps_cmd_explain(int argc, char **argv)
{
    struct explaining e = { .colour = isatty(STDOUT_FILENO) };
    struct alps_args a;
    const char *action, *resource, *path;
    int status;

    if (!alps_args_read(argc, argv, &a))
        return ALPS_BAD_USE;
    e.json = alps_args_value(&a, "--json");
    if (alps_args_value(&a, "--platform"))
        return print_platform(e.json);
    if (a.n_rest > 1) {
        fprintf(stderr, "alps explain: one FILE at a time\n");
        return ALPS_BAD_USE;
    }
    if (!alps_load("explain", alps_args_value(&a, "--allowlist"), false, &e.loaded))
        return ALPS_BAD_USE;
    action = alps_args_value(&a, "--action");
    resource = alps_args_value(&a, "--resource");
    path = alps_args_value(&a, "--log") ? alps_args_value(&a, "--log") : a.n_rest ? a.rest[0] : "-";
    status = action ? explain_asked(&e, action, resource ? resource : "*") : explain_input(&e, path);
    alps_bytes_free(&e.seen);
    alps_loaded_free(&e.loaded);
    return status == ALPS_FINE && e.denied ? ALPS_FINDING : status;
}
