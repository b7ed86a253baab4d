/* analyzer/iac/iac.h: what the readers of infrastructure code share.  Each turns a tree into functions: their names, code,
 * entry points, environments and triggers.  A value that only the deployment knows is a hole (TEXT_ANY). */
#ifndef ALPS_IAC_H
#define ALPS_IAC_H

#include "analyzer/iac/tree.h"

struct alps_place { const char *folder, *shown; };     /* of the file being read: to open, and as output names it */

/* The readers.  True when functions were found. */
bool alps_cfn_read(struct alps_project *, struct alps_tree *, struct alps_place);          /* CloudFormation, SAM, CDK's output */
bool alps_serverless_read(struct alps_project *, struct alps_tree *, struct alps_place);   /* serverless.yml */
bool alps_knative_read(struct alps_project *, struct alps_tree *, struct alps_place);      /* Cloud Run's service.yaml */
bool alps_firebase_read(struct alps_project *, struct alps_tree *, struct alps_place);     /* Firebase's functions.yaml */
bool alps_arm_read(struct alps_project *, struct alps_tree *, struct alps_place);          /* ARM templates: settings of apps */
bool alps_bicep_read(struct alps_project *, const char *text, size_t n, struct alps_place);
bool alps_host_read(struct alps_project *, struct alps_place);                             /* a folder with Azure's host.json */
bool alps_dockerfile_read(struct alps_project *, const char *text, struct alps_place);
/* Terraform: all *.tf of one folder are one module; these are all the folders that have some (links resolved). */
bool alps_terraform_read(struct alps_project *, const struct alps_place *, unsigned n);
/* When everything is read: Azure's apps get the settings that infrastructure code declares. */
void alps_host_settings(struct alps_project *);

extern const char alps_iac_any[];       /* the text that is one hole */
bool alps_iac_known(const char *text);  /* neither empty nor with a hole */
const char *alps_iac_join(struct alps_mem *, const char *a, const char *b);    /* a hole when it would be absurdly long */

/* The text of a file, at most 2 MiB; NULL when there is none. */
char *alps_iac_file(struct alps_project *, const char *path, size_t *n);

/* A function declared at ${line}; alps_iac_add makes it one of the project's when all is said of it. */
struct alps_function *alps_iac_function(struct alps_project *, struct alps_place, unsigned line, const char *platform);
void alps_iac_add(struct alps_project *, struct alps_function *);
/* Its code: a folder relative to ${folder}. */
void alps_iac_code(struct alps_project *, struct alps_function *, const char *folder, const char *uri);
/* Its environment; a later value replaces an earlier one. */
void alps_iac_variable(struct alps_project *, struct alps_function *, const char *name, const char *value, struct alps_place,
                       unsigned line);
void alps_iac_set(struct alps_project *, struct alps_function *, const struct alps_variable *);      /* the same */
void alps_iac_trigger(struct alps_project *, struct alps_function *, const char *type, const char *arn);
/* "src/app.handler" → file and name, below the function's code.  False: no such source file. */
bool alps_iac_handler(struct alps_project *, struct alps_function *, const char *handler);
/* Google's: the function ${name} of the file that its runtime looks into. */
bool alps_iac_target(struct alps_project *, struct alps_function *, const char *name);
/* How a reader makes text of a value. */
typedef const char *alps_iac_text_fn(void *ctx, const struct alps_tree *);
struct alps_iac_texts { alps_iac_text_fn *text; void *ctx; };
/* What the function is allowed (declared.c): one policy document, { Statement: … } or its statements; one statement's parts; a
 * policy that is known by its name or ARN alone. */
void alps_iac_policy(struct alps_project *, struct alps_function *, const struct alps_tree *, struct alps_place,
                     struct alps_iac_texts);
void alps_iac_statement(struct alps_project *, struct alps_function *, const struct alps_tree *actions,
                        const struct alps_tree *resources, struct alps_place, unsigned line, struct alps_iac_texts);
void alps_iac_managed(struct alps_project *, struct alps_function *, const char *name, struct alps_place, unsigned line);

/* Say that ${what} names no source file. */
void alps_iac_no_entry(struct alps_project *, const struct alps_function *, struct alps_place, unsigned line, const char *what);

/* What an attribute of a resource is: a row of tables/iac-names.tsv, ${name} put in.  NULL: no row. */
const char *alps_iac_attribute(struct alps_mem *, const char *type, const char *attribute, const char *name);
/* The property that holds a resource's own name ("TableName"); NULL: no row. */
const char *alps_iac_own(struct alps_mem *, const char *type);

#endif
