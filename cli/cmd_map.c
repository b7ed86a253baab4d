#include "cli/command.h"
#include "cli/mapped.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
print_operation(alps_operation_id operation)
{
    const struct alps_catalog *c = &alps_catalog_builtin;

    const char *before = alps_operation_before(c, operation);
    struct alps_room room;

    printf("\"%s%s%s\"", before, *before ? "." : "", alps_operation_name(c, operation, &room));
}

/* ${id}: as JSON.  Returns false if the request is not understood, or not allowed. */
static bool
print_mapped(const char *id, const struct alps_mapped *m, const struct alps_policy *policy)
{
    const struct alps_decision *d = &m->decision;
    bool allowed = d->verdict == ALPS_ALLOW;

    printf("{\"id\":%s,\"vendor\":", id);
    if (m->vendor == ALPS_VENDOR_NONE)
        printf("null,\"operation\":");
    else
        printf("\"%s\",\"operation\":", alps_vendor_name(m->vendor));
    if (m->platform)
        printf("\"platform\",\"platform\":\"%s\"", m->platform);
    else if (m->understood && m->name[0])
        printf("\"%s\"", m->name);
    else if (m->understood && m->operation)
        print_operation(m->operation);
    else
        printf("null");
    if (m->understood && m->operation && alps_operation_inferred(&alps_catalog_builtin, m->operation))
        printf(",\"inferred\":true");              /* no model has it: its action is the one that is called like it */
    printf(",\"accesses\":[%.*s],\"candidates\":[", (int)m->accesses.n, m->accesses.n ? m->accesses.p : "");
    for (unsigned i = 0; m->understood && m->n_candidates > 1 && i < m->n_candidates; i++) {
        printf(i ? "," : "");
        print_operation(m->candidate[i]);
    }
    putchar(']');
    if (m->n_parts)
        printf(",\"parts\":[%.*s]}]", (int)m->parts.n, m->parts.p);
    printf(",\"reason\":\"%s\"", alps_reason_name(m->reason));
    if (policy) {
        printf(",\"verdict\":\"%s\",\"rule\":", allowed ? "allow" : "deny");
        alps_json_print(stdout, allowed && d->rule != UINT32_MAX ? alps_policy_label(policy, d->rule)
                                                                 : (alps_slice){ NULL, 0 });
    }
    printf("}\n");
    return policy ? allowed : m->understood;
}

/* 0 or 1; 2 if the input is none. */
static int
map_lines(const struct alps_policy *policy, struct alps_mapped *m)
{
    struct alps_bytes scratch = { NULL, 0, 0 }, message = scratch, sni = scratch, id = scratch;
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int status = ALPS_FINE;

    for (unsigned long number = 1; (n = getline(&line, &cap, stdin)) > 0; number++) {
        const char *wrong;
        char text[24];

        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            n--;
        if (n == 0)
            continue;
        id.n = 0;
        alps_bytes_put(&id, text, (size_t)snprintf(text, sizeof text, "\"%lu\"", number));
        wrong = alps_message_of_line((alps_slice){ (uint8_t *)line, (size_t)n }, &scratch, &message, &sni, &id);
        if (wrong) {
            fprintf(stderr, "alps map: line %lu: %s\n", number, wrong);
            status = ALPS_BAD_USE;
            break;
        }
        alps_mapped_by(m, policy, sni.n != 0, (alps_slice){ (uint8_t *)sni.p, sni.n },
                       (alps_slice){ (uint8_t *)message.p, message.n });
        if (!print_mapped(id.p, m, policy))
            status = ALPS_FINDING;
    }
    free(line);
    alps_bytes_free(&scratch);
    alps_bytes_free(&message);
    alps_bytes_free(&sni);
    alps_bytes_free(&id);
    return status;
}

static int
map_file(const char *path, const struct alps_policy *policy, struct alps_mapped *m)
{
    struct alps_bytes message = { NULL, 0, 0 };
    char *id = NULL;
    size_t n = 0;
    FILE *f;
    alps_slice sni;
    int status = ALPS_BAD_USE;

    if (!alps_file_read(path, &message)) {
        fprintf(stderr, "alps map: %s: %s\n", path, strerror(errno));
        goto free_message;
    }
    f = open_memstream(&id, &n);
    if (!f)
        goto free_message;
    alps_json_print(f, alps_slice_of(path));
    fclose(f);
    sni = alps_message_sni((alps_slice){ (uint8_t *)message.p, message.n });
    alps_mapped_by(m, policy, sni.n != 0, sni, (alps_slice){ (uint8_t *)message.p, message.n });
    status = print_mapped(id, m, policy) ? ALPS_FINE : ALPS_FINDING;
    free(id);
free_message:
    alps_bytes_free(&message);
    return status;
}

int
alps_cmd_map(int argc, char **argv)
{
    static struct alps_mapped mapped;
    struct alps_loaded loaded = { NULL, NULL, NULL, NULL };
    struct alps_args a;
    int status = ALPS_FINE;

    if (!alps_args_read(argc, argv, &a))
        return ALPS_BAD_USE;
    if (alps_args_value(&a, "--allowlist") && !alps_load("map", alps_args_value(&a, "--allowlist"), false, &loaded))
        return ALPS_BAD_USE;
    if (a.n_rest == 0)
        status = map_lines(loaded.policy, &mapped);
    for (int i = 0; i < a.n_rest; i++) {
        int one = map_file(a.rest[i], loaded.policy, &mapped);

        status = one > status ? one : status;
    }
    alps_bytes_free(&mapped.accesses);
    alps_bytes_free(&mapped.parts);
    alps_loaded_free(&loaded);
    return status;
}
