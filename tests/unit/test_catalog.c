#include <criterion/criterion.h>

#include "core/catalog.h"
#include "core/template.h"

static const struct alps_catalog *const C = &alps_catalog_builtin;

static alps_operation_id
operation(const char *service, const char *name)
{
    return alps_operation_find(C, alps_service_find(C, ALPS_AWS, alps_slice_of(service)), alps_slice_of(name));
}

Test(catalog, holds_all_of_aws)
{
    cr_expect_geq(alps_service_count(C), 430);
    cr_expect_geq(alps_action_count(C), 22000);
    cr_expect_eq(alps_service_find(C, ALPS_GCP, ALPS_S("dynamodb")), 0);
    cr_expect_eq(alps_service_find(C, ALPS_AWS, ALPS_S("dynamo")), 0);
    cr_expect_eq(alps_service_find(C, ALPS_AWS, ALPS_S("")), 0);
}

Test(catalog, every_service_and_operation_is_found_under_its_name)
{
    unsigned all = 0;

    for (alps_service_id s = 1; s <= alps_service_count(C); s++) {
        cr_assert_eq(alps_service_find(C, alps_service_vendor(C, s), alps_slice_of(alps_service_name(C, s))), s);
        for (unsigned i = 0; i < alps_operation_count(C, s); i++, all++) {
            alps_operation_id op = alps_operation_first(C, s) + i;
            cr_assert_eq(alps_operation_service(C, op), s);
            struct alps_room room, other;
            alps_operation_id found = alps_operation_find(C, s, alps_slice_of(alps_operation_name(C, op, &room)));
            for (; found < op; found++)             /* variants stand behind the operation itself */
                cr_assert_str_eq(alps_operation_name(C, found, &other), room.text);
            cr_assert_eq(found, op);
            cr_assert_neq(alps_operation_protocol(C, op), ALPS_PROTO_NONE, "%s", alps_service_name(C, s));
        }
    }
    cr_expect_geq(all, 19000);
}

Test(catalog, every_action_is_found_under_its_name)
{
    for (unsigned a = 1; a <= alps_action_count(C); a++) {
        const char *name = alps_action_name(C, (alps_action_id)a, &(struct alps_room){ "" });
        alps_slice prefix, rest;
        cr_assert_eq(alps_action_find(C, alps_slice_of(name)), a, "%s", name);
        alps_slice_cut(alps_slice_of(name), ':', &prefix, &rest);
        cr_assert(alps_action_vendor(C, (alps_action_id)a) != ALPS_AWS || alps_prefix_exists(C, prefix), "%s", name);
    }
    cr_expect_eq(alps_action_find(C, ALPS_S("dynamodb:TransactWriteItems")), 0);
    cr_expect_eq(alps_action_find(C, ALPS_S("dynamodb:putitem")), 0);
    cr_expect_not(alps_prefix_exists(C, ALPS_S("dynamod")));
    cr_expect_not(alps_prefix_exists(C, ALPS_S("")));
}

Test(catalog, an_operation_without_a_known_action_cannot_be_named_by_a_rule)
{
    alps_operation_id op = operation("codecatalyst", "GetProject");
    struct alps_need need = alps_operation_need(C, op, 0);

    cr_assert_neq(op, 0);
    cr_assert_eq(alps_operation_needs(C, op), 1);
    cr_expect_gt(need.action, alps_action_count(C));
    cr_expect_eq(alps_action_find(C, alps_slice_of(alps_action_name(C, need.action, &(struct alps_room){ "" }))), 0);
    cr_expect_str_eq(need.resource, "*");
}

Test(catalog, operations_name_their_actions)
{
    static const struct { const char *service, *operation, *actions; } rows[] = {     /* numbers: ANALYZER.md 2.1 */
        { "s3", "ListBuckets", "s3:ListAllMyBuckets" },                               /* 1 */
        { "s3", "HeadBucket", "s3:ListBucket" },                                      /* 2 */
        { "s3", "ListObjectsV2", "s3:ListBucket" },                                   /* 3 */
        { "s3", "HeadObject", "s3:GetObject s3:GetObjectVersion" },                   /* 4, 5 */
        { "s3", "ListObjectVersions", "s3:ListBucketVersions" },                      /* 7 */
        { "s3", "UploadPart", "s3:PutObject" },                                       /* 9 */
        { "s3", "ListParts", "s3:ListMultipartUploadParts" },                         /* 10 */
        { "s3", "UploadPartCopy", "s3:GetObject s3:GetObjectVersion s3:PutObject" },  /* 11 */
        { "s3", "SelectObjectContent", "s3:GetObject" },                              /* 17 */
        { "s3", "GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration" },  /* 18 */
        { "s3", "DeleteBucketCors", "s3:PutBucketCORS" },                             /* 19 */
        { "s3", "WriteGetObjectResponse", "s3-object-lambda:WriteGetObjectResponse" }, /* 21 */
        { "lambda", "Invoke", "lambda:InvokeFunction" },                              /* 26 */
        { "lambda", "GetLayerVersionByArn", "lambda:GetLayerVersion" },               /* 30 */
        { "dynamodb", "TransactWriteItems",
          "dynamodb:PutItem dynamodb:UpdateItem dynamodb:DeleteItem dynamodb:ConditionCheckItem" },      /* 34 */
        { "dynamodb", "TransactGetItems", "dynamodb:GetItem" },                       /* 35 */
        { "dynamodb", "ExecuteStatement",
          "dynamodb:PartiQLSelect dynamodb:PartiQLInsert dynamodb:PartiQLUpdate dynamodb:PartiQLDelete" }, /* 36 */
        { "dynamodbstreams", "GetRecords", "dynamodb:GetRecords" },                   /* 43 */
        { "sqs", "SendMessageBatch", "sqs:SendMessage" },                             /* 44 */
        { "sqs", "ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility" },
        { "sns", "PublishBatch", "sns:Publish" },                                     /* 47 */
        { "kms", "ReEncrypt", "kms:ReEncryptFrom kms:ReEncryptTo" }, /* 52 */
        { "sts", "GetCallerIdentity", "" }, { "sts", "GetSessionToken", "" },         /* 53 */
        { "sts", "AssumeRole", "sts:AssumeRole" },                                    /* 54 */
        { "apigatewaymanagementapi", "PostToConnection", "execute-api:ManageConnections" },     /* 56 */
        { "apigateway", "GetRestApis", "apigateway:GET" },                            /* 57 */
        { "events", "PutEvents", "events:PutEvents" },                                /* 58 */
        { "cloudwatch", "PutMetricData", "cloudwatch:PutMetricData" },                /* 59 */
        { "iot-data", "Publish", "iot:Publish" },                                     /* 60 */
        { "bedrock-runtime", "Converse", "bedrock:InvokeModel" },                     /* 61 */
        { "bedrock-runtime", "ConverseStream", "bedrock:InvokeModelWithResponseStream" },
        { "timestream-query", "Query", "timestream:Select" },                         /* 66 */
        { "sesv2", "SendEmail", "ses:SendEmail" },                                    /* 67 */
        { "keyspaces", "GetTable", "cassandra:Select" },                              /* 68 */
        { "efs", "DescribeFileSystems", "elasticfilesystem:DescribeFileSystems" },    /* 69 */
        { "elbv2", "DescribeLoadBalancers", "elasticloadbalancing:DescribeLoadBalancers" },
        { "stepfunctions", "StartExecution", "states:StartExecution" },
        { "emr", "ListClusters", "elasticmapreduce:ListClusters" },
        { "opensearch", "DescribeDomain", "es:DescribeDomain" },
        { "docdb", "CreateDBCluster", "rds:CreateDBCluster" },
        { "resourcegroupstaggingapi", "GetResources", "tag:GetResources" },
        { "pinpoint", "SendMessages", "mobiletargeting:SendMessages" },
        { "ce", "GetCostAndUsage", "ce:GetCostAndUsage" },
        { "location", "GetPlace", "geo:GetPlace" },
        { "mwaa", "GetEnvironment", "airflow:GetEnvironment" },
        { "amp", "ListWorkspaces", "aps:ListWorkspaces" },
        { "opensearchserverless", "ListCollections", "aoss:ListCollections" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        alps_operation_id op = operation(rows[i].service, rows[i].operation);
        char got[1024] = "";
        alps_action_id last = 0;
        cr_expect_neq(op, 0, "%s.%s", rows[i].service, rows[i].operation);
        for (unsigned k = 0; k < alps_operation_needs(C, op) && k < 4; k++) {
            alps_action_id action = alps_operation_need(C, op, k).action;
            if (action == last)
                continue;                           /* the same on another resource */
            last = action;
            strcat(strcat(got, *got ? " " : ""), alps_action_name(C, action, &(struct alps_room){ "" }));
        }
        cr_expect_str_eq(got, rows[i].actions, "%s.%s: %s", rows[i].service, rows[i].operation, got);
    }
}

Test(catalog, every_template_can_be_read)
{
    for (alps_service_id s = 1; s <= alps_service_count(C); s++) {
        for (unsigned i = 0; i < alps_operation_count(C, s); i++) {
            alps_operation_id op = alps_operation_first(C, s) + i;
            for (unsigned k = 0; k < alps_operation_needs(C, op); k++) {
                alps_slice t = alps_slice_of(alps_operation_need(C, op, k).resource), inside;
                size_t next = 0;
                cr_assert_gt(t.n, 0);
                for (size_t at = 0; at < t.n; at = next) {
                    next = at + 1;
                    if (t.p[at] == '{')
                        cr_assert(alps_template_group(t, at, &inside, &next) && inside.n, "%s", (const char *)t.p);
                }
            }
        }
    }
}

Test(catalog, an_action_knows_its_resource_types)
{
    alps_action_id put = alps_action_find(C, ALPS_S("dynamodb:PutItem"));

    cr_assert_geq(alps_action_arns(C, put), 1);
    cr_expect_str_eq(alps_action_arn(C, put, 0, &(struct alps_room){ "" }), "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}");
    cr_expect_eq(alps_action_arns(C, alps_action_find(C, ALPS_S("s3:ListAllMyBuckets"))), 0);
}

Test(catalog, an_operation_that_only_the_list_of_actions_has_is_inferred)
{
    alps_operation_id op = operation("acm", "UpdateCertificate");

    cr_expect(alps_operation_inferred(C, op));
    cr_expect_str_eq(alps_action_name(C, alps_operation_need(C, op, 0).action, &(struct alps_room){ "" }),
                     "acm:UpdateCertificate");
    cr_expect_not(alps_operation_inferred(C, operation("acm", "DescribeCertificate")));
    cr_expect_not(alps_operation_inferred(C, 0));
}
