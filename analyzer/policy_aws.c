/* analyzer/policy_aws.c: accesses → IAM policy documents: one statement per service and set of resources. */
#include "analyzer/policy.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

enum { IAM_MAX = 6144 };                /* characters of one managed policy, without white space */

struct rule { const char *service, *resource, *action; };
struct rules { struct rule *rule; unsigned n; };

/* "https://sqs.*.amazonaws.com/…/name" → its ARN; an ARN inside another wins; a secret's random suffix. */
static const char *
iam_form(struct alps_mem *mem, const char *text, const char *action)
{
    const char *inner = NULL, *last;

    if (strcmp(text, "*") == 0)
        return "*";
    for (const char *p = text; (p = strstr(p + (p == text), "arn:")) != NULL; p++)
        if (p != text || inner)
            inner = p;
    if (inner)
        text = inner;
    if (strncmp(action, "sqs:", 4) == 0 && (last = strrchr(text, '/')) != NULL && strstr(text, "://"))
        return alps_mem_print(mem, "arn:aws:sqs:*:*:%s", last + 1);
    if (strncmp(text, "arn:", 4) != 0)
        return "*";
    if (strncmp(action, "secretsmanager:", 15) == 0 && strstr(text, ":secret:")) {
        size_t n = strlen(text);

        if (n < 7 || (strcmp(text + n - 7, "-??????") != 0 && text[n - 1] != '*'))
            return alps_mem_print(mem, "%s-??????", text);
    }
    if (strstr(text, ":secret:") == NULL && strncmp(action, "dynamodb:", 9) == 0 && strstr(text, "table/arn"))
        return "*";
    return alps_mem_text(mem, text, strlen(text));
}

const char *
alps_policy_aws_form(struct alps_analysis *a, const struct alps_result *r, const struct alps_access_found *x)
{
    struct alps_result quiet = *r;

    return iam_form(a->mem, alps_policy_resource(a, &quiet, NULL, x->resource, ""), x->action);
}

static void
rule_add(struct alps_mem *mem, struct rules *all, const char *resource, const char *action)
{
    for (unsigned i = 0; i < all->n; i++)
        if (strcmp(all->rule[i].resource, resource) == 0 && strcmp(all->rule[i].action, action) == 0)
            return;
    all->rule = alps_mem_grow(mem, all->rule, all->n, sizeof *all->rule);
    all->rule[all->n++] = (struct rule){ alps_mem_name(mem, action, strcspn(action, ":")), resource, action };
}

static int
by_action(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    int d = strcmp(x->action, y->action);

    return d ? d : strcmp(x->resource, y->resource);
}

/* The resources of one action, joined: what makes two actions share a statement. */
static const char *
resources_key(struct alps_mem *mem, const struct rules *all, const char *action)
{
    const char *key = "";

    for (unsigned i = 0; i < all->n; i++)
        if (strcmp(all->rule[i].action, action) == 0)
            key = alps_mem_print(mem, "%s%s\n", key, all->rule[i].resource);
    return key;
}

static cJSON *
one_or_many(const char *lines, const char *first)
{
    cJSON *list = cJSON_CreateArray(), *one;

    for (const char *p = lines, *end; *p; p = end + 1) {
        char *s;

        end = strchr(p, '\n');
        s = strndup(p, (size_t)(end - p));
        cJSON_AddItemToArray(list, cJSON_CreateString(s));
        free(s);
    }
    (void)first;
    if (cJSON_GetArraySize(list) != 1)
        return list;
    one = cJSON_DetachItemFromArray(list, 0);
    cJSON_Delete(list);
    return one;
}

static cJSON *
document(void)
{
    cJSON *d = cJSON_CreateObject();

    cJSON_AddStringToObject(d, "Version", "2012-10-17");
    cJSON_AddArrayToObject(d, "Statement");
    return d;
}

static size_t
size_of(const cJSON *item)
{
    char *s = cJSON_PrintUnformatted(item);
    size_t n = s ? strlen(s) : 0;

    free(s);
    return n;
}

static void
document_done(struct alps_analysis *a, struct alps_result *r, cJSON *d, unsigned number)
{
    alps_policy_document(a, r, ALPS_AWS,
                         number > 1 ? alps_mem_print(a->mem, "policy.aws.%u.json", number) : "policy.aws.json",
                         alps_json_text(a->mem, d));
    cJSON_Delete(d);
}

static cJSON *
statement(const char *sid, const char *actions, const char *resources)
{
    cJSON *s = cJSON_CreateObject();

    cJSON_AddStringToObject(s, "Sid", sid);
    cJSON_AddStringToObject(s, "Effect", "Allow");
    cJSON_AddItemToObject(s, "Action", one_or_many(actions, NULL));
    cJSON_AddItemToObject(s, "Resource", one_or_many(resources, NULL));
    return s;
}

void
alps_policy_aws(struct alps_analysis *a, struct alps_result *r)
{
    struct rules all = { 0 };
    cJSON *d = document();
    unsigned sid = 0, number = 1;

    for (const struct alps_call_found *c = r->call; c; c = c->next)
        for (const struct alps_access_found *x = c->access; x; x = x->next) {
            if (c->vendor != ALPS_AWS)
                break;
            rule_add(a->mem, &all, iam_form(a->mem, alps_policy_resource(a, r, c, x->resource, ""), x->action), x->action);
        }
    if (all.n)
        qsort(all.rule, all.n, sizeof *all.rule, by_action);
    for (unsigned i = 0; i < all.n; i++) {
        const char *key, *actions = "";
        char service[80], name[96];
        cJSON *s;
        bool seen = false;

        if (i && strcmp(all.rule[i].action, all.rule[i - 1].action) == 0)
            continue;
        key = resources_key(a->mem, &all, all.rule[i].action);
        for (unsigned k = 0; k < all.n; k++) {
            if (strcmp(all.rule[k].service, all.rule[i].service) != 0 ||
                (k && strcmp(all.rule[k].action, all.rule[k - 1].action) == 0))
                continue;
            if (strcmp(resources_key(a->mem, &all, all.rule[k].action), key) != 0)
                continue;
            seen |= k < i;
            actions = alps_mem_print(a->mem, "%s%s\n", actions, all.rule[k].action);
        }
        if (seen)
            continue;
        size_t w = 0;
        for (const char *p = all.rule[i].service; *p && w + 1 < sizeof service; p++)
            if (*p != '-') {
                service[w] = w == 0 && *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
                w++;
            }
        service[w] = '\0';
        snprintf(name, sizeof name, "%s%u", service, ++sid);
        s = statement(name, actions, key);
        if (size_of(d) + size_of(s) + 1 > IAM_MAX && cJSON_GetArraySize(cJSON_GetObjectItem(d, "Statement"))) {
            document_done(a, r, d, number++);
            d = document();
        }
        cJSON_AddItemToArray(cJSON_GetObjectItem(d, "Statement"), s);
    }
    document_done(a, r, d, number);
}
