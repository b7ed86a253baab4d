/* analyzer/iac.c: SAM and CloudFormation templates: functions, entry points, environments, names of resources. 
 * Alone in knowing YAML
 * (JSON templates are YAML as well).  A value that only the deployment knows is ANY. */
#include "analyzer/project.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

enum { DEEP = 64, NODES = 200000, TEMPLATE_MAX = 2 * 1024 * 1024 };

struct yaml {
    uint8_t kind;                       /* 's'calar, 'm'ap (children: key, value, …), 'l'ist */
    const char *tag, *text, *anchor;
    struct yaml **child;
    unsigned n, line;
};

struct reader { struct alps_project *p; yaml_parser_t parser; struct yaml *anchor[256]; unsigned n_anchors, nodes; };
struct template { struct alps_project *p; struct yaml *root, *resources,
    *parameters; const char *shown; unsigned steps; };

static bool
next_event(struct reader *r, yaml_event_t *e)
{
    return r->nodes++ < NODES && yaml_parser_parse(&r->parser, e);
}

static struct yaml *
read_node(struct reader *r, yaml_event_t *e, unsigned depth)
{
    struct yaml *y = ALPS_MEM(r->p->mem, struct yaml);
    const yaml_char_t *tag = NULL, *anchor = NULL;
    yaml_event_t inner;

    y->line = (unsigned)e->start_mark.line + 1;
    if (e->type == YAML_ALIAS_EVENT) {
        for (unsigned i = 0; i < r->n_anchors; i++)
            if (strcmp(r->anchor[i]->anchor, (const char *)e->data.alias.anchor) == 0)
                y = r->anchor[i];
        return y;
    }
    if (e->type == YAML_SCALAR_EVENT) {
        y->kind = 's';
        y->text = alps_mem_text(r->p->mem, (const char *)e->data.scalar.value, e->data.scalar.length);
        tag = e->data.scalar.tag;
        anchor = e->data.scalar.anchor;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        y->kind = 'm';
        tag = e->data.mapping_start.tag;
        anchor = e->data.mapping_start.anchor;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        y->kind = 'l';
        tag = e->data.sequence_start.tag;
        anchor = e->data.sequence_start.anchor;
    }
    y->tag = tag ? alps_mem_text(r->p->mem, (const char *)tag, strlen((const char *)tag)) : "";
    if (anchor && r->n_anchors < 256) {
        y->anchor = alps_mem_text(r->p->mem, (const char *)anchor, strlen((const char *)anchor));
        r->anchor[r->n_anchors++] = y;
    }
    while (y->kind != 's' && y->kind) {
        struct yaml *c;

        if (depth > DEEP || !next_event(r, &inner))
            return NULL;
        if (inner.type == YAML_MAPPING_END_EVENT || inner.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&inner);
            break;
        }
        c = read_node(r, &inner, depth + 1);
        yaml_event_delete(&inner);
        if (!c)
            return NULL;
        y->child = alps_mem_grow(r->p->mem, y->child, y->n, sizeof *y->child);
        y->child[y->n++] = c;
    }
    return y;
}

static struct yaml *
yaml_read(struct alps_project *p, const char *text, size_t n, const char *shown)
{
    struct reader r = { .p = p };
    struct yaml *root = NULL;
    yaml_event_t e;
    bool more = true;

    if (!yaml_parser_initialize(&r.parser))
        return NULL;
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
    while (more && next_event(&r, &e)) {
        more = e.type != YAML_STREAM_END_EVENT;
        if (e.type == YAML_MAPPING_START_EVENT) {
            root = read_node(&r, &e, 0);
            more = false;
        }
        yaml_event_delete(&e);
    }
    if (r.parser.problem)
        alps_project_note(p, shown, (unsigned)r.parser.problem_mark.line + 1,
                          (unsigned)r.parser.problem_mark.column + 1, "syntax", true,
                          alps_mem_print(p->mem, "the template is no YAML: %s", r.parser.problem));
    yaml_parser_delete(&r.parser);
    return root;
}

static struct yaml *
get(const struct yaml *y, const char *name)
{
    for (unsigned i = 0; y && y->kind == 'm' && i + 1 < y->n; i += 2)
        if (y->child[i]->kind == 's' && strcmp(y->child[i]->text, name) == 0)
            return y->child[i + 1];
    return NULL;
}

static const char *
text_of(const struct yaml *y)
{
    return y && y->kind == 's' ? y->text : "";
}

/* What Ref and Fn::GetAtt X.Arn give for a resource: N is its name.  Facts: CloudFormation's resource reference. */
static const struct { const char *type, *name, *ref, *arn; } known[] = {
    { "AWS::DynamoDB::Table", "TableName", "N", "arn:aws:dynamodb:*:*:table/N" },
    { "AWS::DynamoDB::GlobalTable", "TableName", "N", "arn:aws:dynamodb:*:*:table/N" },
    { "AWS::Serverless::SimpleTable", "TableName", "N", "arn:aws:dynamodb:*:*:table/N" },
    { "AWS::S3::Bucket", "BucketName", "N", "arn:aws:s3:::N" },
    { "AWS::SQS::Queue", "QueueName", "https://sqs.*.amazonaws.com/*/N", "arn:aws:sqs:*:*:N" },
    { "AWS::SNS::Topic", "TopicName", "arn:aws:sns:*:*:N", "arn:aws:sns:*:*:N" },
    { "AWS::Lambda::Function", "FunctionName", "N", "arn:aws:lambda:*:*:function:N" },
    { "AWS::Serverless::Function", "FunctionName", "N", "arn:aws:lambda:*:*:function:N" },
    { "AWS::Kinesis::Stream", "Name", "N", "arn:aws:kinesis:*:*:stream/N" },
    { "AWS::SecretsManager::Secret", "Name", "arn:aws:secretsmanager:*:*:secret:N-??????",
        "arn:aws:secretsmanager:*:*:secret:N-??????" },
    { "AWS::SSM::Parameter", "Name", "N", "arn:aws:ssm:*:*:parameter/N" },
    { "AWS::StepFunctions::StateMachine", "StateMachineName", "arn:aws:states:*:*:stateMachine:N",
        "arn:aws:states:*:*:stateMachine:N" },
    { "AWS::Serverless::StateMachine", "Name", "arn:aws:states:*:*:stateMachine:N",
        "arn:aws:states:*:*:stateMachine:N" },
    { "AWS::Events::EventBus", "Name", "N", "arn:aws:events:*:*:event-bus/N" },
    { "AWS::Logs::LogGroup", "LogGroupName", "N", "arn:aws:logs:*:*:log-group:N:*" },
    { "AWS::KMS::Key", "-", "*", "arn:aws:kms:*:*:key/*" },
};

static const char *value_of(struct template *t, const struct yaml *y, unsigned depth);

/* '*' of the tables above is a hole, as ANY. */
static const char *
with_name(struct template *t, const char *pattern, const char *name)
{
    char *out = alps_mem_take(t->p->mem, strlen(pattern) + strlen(name) + 1);
    size_t w = 0;

    for (const char *c = pattern; *c; c++)
        if (*c == '*')
            out[w++] = TEXT_ANY;
        else if (*c == 'N' && (c == pattern || c[-1] == ':' || c[-1] == '/')) {
            memcpy(out + w, name, strlen(name));
            w += strlen(name);
        } else
            out[w++] = *c;
    return out;
}

static const char any[] = { TEXT_ANY, 0 };

static const char *
reference(struct template *t, const char *name, bool arn, unsigned depth)
{
    const struct yaml *r = get(t->resources, name), *parameter = get(t->parameters, name), *own;
    const char *type = text_of(get(r, "Type"));

    if (strcmp(name, "AWS::Partition") == 0)
        return "aws";
    if (parameter && get(parameter, "Default"))
        return text_of(get(parameter, "Default"));
    for (size_t i = 0; r && i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].type, type) == 0) {
            own = get(get(r, "Properties"), known[i].name);
            return with_name(t, arn ? known[i].arn : known[i].ref, own ? value_of(t, own, depth + 1) : any);
        }
    return any;
}

static const char *
join(struct template *t, const char *a, const char *b)
{
    return strlen(a) + strlen(b) > 1000 ? any : alps_mem_print(t->p->mem, "%s%s", a, b);
}

/* "${Name}" and "${Name.Arn}" in a text; a map of further names may stand beside it. */
static const char *
substitute(struct template *t, const char *s, const struct yaml *more, unsigned depth)
{
    const char *all = "", *end;

    for (const char *p; (p = strstr(s, "${")) != NULL && (end = strchr(p, '}')) != NULL; s = end + 1) {
        const char *name = alps_mem_text(t->p->mem, p + 2, (size_t)(end - p - 2)), *dot = strchr(name, '.');

        all = join(t, all, alps_mem_text(t->p->mem, s, (size_t)(p - s)));
        if (*name == '!')
            all = join(t, all, alps_mem_print(t->p->mem, "${%s}", name + 1));
        else if (get(more, name))
            all = join(t, all, value_of(t, get(more, name), depth + 1));
        else if (dot)
            all = join(t, all, strcmp(dot, ".Arn") == 0
                       ? reference(t, alps_mem_text(t->p->mem, name, (size_t)(dot - name)), true, depth) : any);
        else
            all = join(t, all, reference(t, name, false, depth));
    }
    return join(t, all, s);
}

static const char *
get_att(struct template *t, const struct yaml *y, unsigned depth)
{
    const char *name = "", *attribute = "", *dot;

    if (y->kind == 'l' && y->n > 1) {
        name = text_of(y->child[0]);
        attribute = text_of(y->child[1]);
    } else if ((dot = strchr(text_of(y), '.')) != NULL) {
        name = alps_mem_text(t->p->mem, y->text, (size_t)(dot - y->text));
        attribute = dot + 1;
    }
    if (strcmp(attribute, "Arn") == 0 || strcmp(attribute, "TopicArn") == 0)
        return reference(t, name, true, depth);
    if (strcmp(attribute, "QueueName") == 0 || strcmp(attribute, "TopicName") == 0) {
        const struct yaml *own = get(get(get(t->resources, name), "Properties"), attribute);

        return own ? value_of(t, own, depth + 1) : any;
    }
    return strcmp(attribute, "QueueUrl") == 0 ? reference(t, name, false, depth) : any;
}

static const char *
function_of(struct template *t, const char *fn, const struct yaml *y, unsigned depth)
{
    const char *all = "";

    if (strcmp(fn, "Ref") == 0)
        return reference(t, text_of(y), false, depth);
    if (strcmp(fn, "GetAtt") == 0)
        return get_att(t, y, depth);
    if (strcmp(fn, "Sub") == 0)
        return y->kind == 'l' && y->n > 1 ? substitute(t, text_of(y->child[0]), y->child[1], depth)
            : substitute(t, text_of(y), NULL, depth);
    if (strcmp(fn, "Join") == 0 && y->kind == 'l' && y->n == 2 && y->child[1]->kind == 'l') {
        for (unsigned i = 0; i < y->child[1]->n; i++)
            all = join(t, join(t, all, i ? text_of(y->child[0]) : ""), value_of(t, y->child[1]->child[i], depth + 1));
        return all;
    }
    return any;
}

static const char *
value_of(struct template *t, const struct yaml *y, unsigned depth)
{
    const char *fn = y->tag && *y->tag == '!' ? y->tag + 1 : NULL;

    if (depth > DEEP || t->steps++ > NODES)
        return any;
    if (fn && *fn && *fn != '!')
        return function_of(t, fn, y, depth);
    if (y->kind == 'm' && y->n == 2 && y->child[0]->kind == 's') {
        const char *name = y->child[0]->text;

        return function_of(t, strncmp(name, "Fn::", 4) == 0 ? name + 4 : name, y->child[1], depth);
    }
    return y->kind == 's' ? y->text : any;
}

static void
environment(struct template *t, struct alps_function *f, const struct yaml *properties)
{
    const struct yaml *v = get(get(properties, "Environment"), "Variables");

    for (unsigned i = 0; v && v->kind == 'm' && i + 1 < v->n; i += 2) {
        const char *name = text_of(v->child[i]), *value = value_of(t, v->child[i + 1], 0);
        unsigned k = 0;

        while (k < f->n_variables && strcmp(f->variable[k].name, name) != 0)
            k++;
        if (k == f->n_variables) {
            f->variable = alps_mem_grow(t->p->mem, f->variable, f->n_variables, sizeof *f->variable);
            f->n_variables++;
        }
        f->variable[k] = (struct alps_variable){ name, strcmp(value, any) == 0 ? NULL : value,
                                                 alps_mem_print(t->p->mem, "%s:%u", t->shown, v->child[i]->line) };
    }
}

static void
triggers(struct template *t, struct alps_function *f, const struct yaml *events)
{
    static const struct { const char *type, *property; } poll[] = { { "SQS", "Queue" }, { "Kinesis", "Stream" },
        { "DynamoDB", "Stream" } };

    for (unsigned i = 0; events && events->kind == 'm' && i + 1 < events->n; i += 2)
        for (size_t k = 0; k < sizeof poll / sizeof poll[0]; k++) {
            const struct yaml *e = events->child[i + 1], *source = get(get(e, "Properties"), poll[k].property);

            if (strcmp(text_of(get(e, "Type")), poll[k].type) != 0)
                continue;
            f->trigger = alps_mem_grow(t->p->mem, f->trigger, f->n_triggers, sizeof *f->trigger);
            f->trigger_arn = alps_mem_grow(t->p->mem, f->trigger_arn, f->n_triggers, sizeof *f->trigger_arn);
            f->trigger[f->n_triggers] = poll[k].type;
            f->trigger_arn[f->n_triggers++] = source ? value_of(t, source, 0) : any;
        }
}

/* "src/app.handler" in a folder → the file and the name. */
static void
entry(struct template *t, struct alps_function *f, const char *handler)
{
    static const char *const tails[] = { ".js", ".mjs", ".cjs", ".ts", ".mts", ".tsx", ".py" };
    const char *dot = strrchr(handler, '.'), *slash = strrchr(handler, '/');
    unsigned n;
    const char **go = alps_project_package(t->p, f->root, &n);
    char *module;

    if (n) {                                            /* Go: the handler is the program's own name */
        f->entry_file = strrchr(go[0], '/') + 1;
        f->entry_name = "main";
        f->language = "go";
        return;
    }
    if (!dot || (slash && dot < slash))
        return;
    module = alps_mem_text(t->p->mem, handler, (size_t)(dot - handler));
    f->entry_name = dot + 1;
    for (int dotted = 0; dotted < 2 && !f->entry_file; dotted++) {
        for (size_t i = 0; i < sizeof tails / sizeof tails[0] && !f->entry_file; i++) {
            struct stat st;
            const char *file = alps_mem_print(t->p->mem, "%s%s", module, tails[i]);

            if (stat(alps_mem_print(t->p->mem, "%s/%s", f->root, file), &st) == 0) {
                f->entry_file = file;
                f->language = alps_lang_of(file)->name;
            }
        }
        for (char *c = module; *c; c++)                 /* Python: "pkg.app.handler" */
            if (*c == '.')
                *c = '/';
    }
}

static bool
function_add(struct template *t, const char *logical, const struct yaml *r, const char *folder)
{
    const struct yaml *properties = get(r, "Properties"), *globals = get(get(t->root, "Globals"), "Function");
    const struct yaml *code = get(properties, "CodeUri"), *handler = get(properties, "Handler"),
        *name = get(properties, "FunctionName");
    struct alps_function *f = ALPS_MEM(t->p->mem, struct alps_function), **at;
    char *real, *uri;

    code = code ? code : get(globals, "CodeUri");
    handler = handler ? handler : get(globals, "Handler");
    if (strcmp(text_of(get(r, "Type")), "AWS::Lambda::Function") == 0 && (code = get(properties, "Code")) != NULL &&
        code->kind != 's')
        return false;                                   /* code in a bucket or in the template: not here */
    if (!handler || (code && code->kind != 's'))
        return false;
    f->name = name && strcmp(value_of(t, name, 0), any) &&
        !strchr(value_of(t, name, 0), TEXT_ANY) ? value_of(t, name, 0) : logical;
    uri = alps_mem_text(t->p->mem, text_of(code), strlen(text_of(code)));
    while (*uri && uri[strlen(uri) - 1] == '/')
        uri[strlen(uri) - 1] = '\0';
    f->path = *uri ? uri : ".";
    real = realpath(alps_mem_print(t->p->mem, "%s/%s", folder, f->path), NULL);
    f->root = real ? alps_mem_name(t->p->mem, real, strlen(real)) : alps_mem_print(t->p->mem, "%s/%s", folder, f->path);
    free(real);
    f->place = alps_mem_print(t->p->mem, "%s:%u", t->shown, r->line);
    f->language = "";
    f->has_iac = true;
    environment(t, f, globals);
    environment(t, f, properties);
    triggers(t, f, get(properties, "Events"));
    entry(t, f, text_of(handler));
    if (!f->entry_file)
        alps_project_note(t->p, t->shown, handler->line, 0, "no-entry", true,
                          alps_mem_print(t->p->mem, "function %s: its handler \"%s\" names no source file below %s",
                                         f->name, text_of(handler), f->path));
    for (at = &t->p->function; *at && strcmp((*at)->name, f->name) < 0; at = &(*at)->next)
        ;
    f->next = *at;
    *at = f;
    return true;
}

bool
alps_iac_read(struct alps_project *p, const char *file, const char *folder, const char *shown)
{
    struct template t = { .p = p, .shown = shown };
    struct stat st;
    int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char *text;
    ssize_t n = 0;
    bool found = false;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > TEMPLATE_MAX) {
        close(fd);
        return false;
    }
    text = alps_mem_take(p->mem, (size_t)st.st_size + 1);
    n = read(fd, text, (size_t)st.st_size);
    close(fd);
    if (n <= 0 || !strstr(text, "Resources") ||
        (!strstr(text, "AWS::Serverless::Function") && !strstr(text, "AWS::Lambda::Function")))
        return false;
    t.root = yaml_read(p, text, (size_t)n, shown);
    t.resources = get(t.root, "Resources");
    t.parameters = get(t.root, "Parameters");
    for (unsigned i = 0; t.resources && t.resources->kind == 'm' && i + 1 < t.resources->n; i += 2) {
        const char *type = text_of(get(t.resources->child[i + 1], "Type"));

        if (strcmp(type, "AWS::Serverless::Function") == 0 || strcmp(type, "AWS::Lambda::Function") == 0)
            found |= function_add(&t, text_of(t.resources->child[i]), t.resources->child[i + 1], folder);
    }
    return found;
}
