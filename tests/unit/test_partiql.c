/* J07 is a row of the bypass catalogue. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "core/partiql.h"
#include "core/reason.h"
#include "guard_page.h"

/* "Select orders/by-day", or a reason. */
static void
reads(const char *statement, const char *want)
{
    struct guard_page g = guard_page_text(statement);
    struct alps_partiql p;
    int rc = alps_partiql_read(g.s, &p);
    char got[512];

    if (rc)
        snprintf(got, sizeof got, "%s", alps_reason_name((unsigned)-rc));
    else
        snprintf(got, sizeof got, "%s %.*s%s%.*s", (const char *)alps_partiql_verb_name(p.verb).p, (int)p.table.n,
                 (const char *)p.table.p, p.index.n ? "/" : "", (int)p.index.n, p.index.n ? (const char *)p.index.p : "");
    cr_expect_str_eq(got, want, "%s: %s, not %s", statement, got, want);
    guard_page_free(&g);
}

Test(partiql, verb_and_table_of_each_statement)
{
    reads("SELECT * FROM \"orders\"", "Select orders");
    reads("SELECT * FROM orders", "Select orders");
    reads("SELECT pk, \"sk\", info.tags[0] FROM \"orders\" WHERE pk = 'a' AND sk BETWEEN ? AND ? ORDER BY sk DESC",
          "Select orders");
    reads("INSERT INTO \"orders\" VALUE {'pk': 'a', 'tags': <<'x', 'y'>>, 'n': -1.5e3, 'l': [1, {'m': null}]}", "Insert orders");
    reads("UPDATE \"orders\" SET total=total + 1 SET tags = set_add(tags, <<'z'>>) REMOVE note WHERE pk='a' RETURNING ALL OLD *",
          "Update orders");
    reads("UPDATE orders REMOVE note WHERE pk='a'", "Update orders");
    reads("DELETE FROM \"orders\" WHERE pk = 'a' RETURNING ALL OLD *", "Delete orders");
    reads("EXISTS(SELECT * FROM \"orders\" WHERE pk = 'a')", "Select orders");
}

Test(partiql, an_index_belongs_to_its_table)
{
    reads("SELECT * FROM \"orders\".\"by-day\" WHERE d = 1", "Select orders/by-day");
    reads("SELECT * FROM orders.by_day", "Select orders/by_day");
    reads("SELECT * FROM orders . \"by-day\"", "Select orders/by-day");
    reads("EXISTS ( SELECT * FROM \"orders\".\"i\" )", "Select orders/i");
    reads("SELECT * FROM \"a.b\"", "Select a.b");
    reads("SELECT * FROM \"a\".\"b\".\"c\"", "STATEMENT");
    reads("UPDATE \"a\".\"b\" SET x = 1", "STATEMENT");
    reads("DELETE FROM \"a\".\"b\" WHERE x = 1", "STATEMENT");
    reads("INSERT INTO \"a\".\"b\" VALUE {}", "STATEMENT");
}

Test(partiql, blanks_and_case_do_not_count)
{
    reads("\n\tsElEcT\r\n*\nfRoM\n\"orders\"\n", "Select orders");
    reads("SELECT*FROM\"orders\"WHERE\"a\"=1", "Select orders");
    reads("delete from Orders where a=1", "Delete Orders");
    reads("SELECT * FROM \"orders\";", "Select orders");
    reads("SELECT * FROM \"orders\" ; \n", "Select orders");
}

Test(partiql, an_arn_names_another_account)
{
    reads("SELECT * FROM \"arn:aws:dynamodb:eu-west-1:9:table/orders\"", "Select arn:aws:dynamodb:eu-west-1:9:table/orders");
    reads("SELECT * FROM \"arn:aws:dynamodb:eu-west-1:9:table/orders\".\"i\"",
          "Select arn:aws:dynamodb:eu-west-1:9:table/orders/i");
}

Test(partiql, J07_quoted_text_is_no_keyword)
{
    reads("SELECT 'x FROM \"a\"' FROM \"b\"", "Select b");
    reads("SELECT 'it''s FROM \"a\"' FROM \"b\"", "Select b");
    reads("SELECT \"x\"\" FROM a\" FROM \"b\"", "Select b");
    reads("SELECT \"FROM\", \"from\" FROM \"b\" WHERE \"delete\" = 'DELETE FROM \"a\"'",
          "Select b");
    reads("UPDATE \"b\" SET x = 'REMOVE' WHERE y = '; DELETE FROM \"a\"'", "Update b");
    reads("SELECT '\\' FROM \"a\" --' FROM \"b\"", "STATEMENT");
    reads("SELECT 'C:\\dir' FROM \"b\"", "Select b");
}

Test(partiql, J07_one_statement_without_comments)
{
    reads("SELECT * FROM \"a\"; DELETE FROM \"b\" WHERE x=1", "STATEMENT");
    reads("SELECT * FROM \"a\";;", "STATEMENT");
    reads("SELECT * -- FROM \"a\"\n FROM \"b\"", "STATEMENT");
    reads("SELECT * /* FROM \"a\" */ FROM \"b\"", "STATEMENT");
    reads("SELECT * FROM \"a\" DELETE FROM \"b\"", "STATEMENT");
    reads("SELECT * FROM \"a\" WHERE x = 1 DELETE FROM \"b\" WHERE y = 2", "STATEMENT");
    reads("INSERT INTO \"a\" VALUE {'x': (SELECT y FROM \"b\")}", "STATEMENT");
}

Test(partiql, J07_several_tables_are_refused)
{
    reads("SELECT * FROM \"a\", \"b\"", "STATEMENT");
    reads("SELECT * FROM \"a\" JOIN \"b\"", "STATEMENT");
    reads("SELECT * FROM \"a\" x", "STATEMENT");
    reads("SELECT * FROM \"a\" AS x", "STATEMENT");
    reads("SELECT * FROM (SELECT * FROM \"a\")", "STATEMENT");
    reads("SELECT (SELECT x FROM \"a\") FROM \"b\"", "STATEMENT");
    reads("SELECT * FROM \"a\" WHERE x IN (SELECT y FROM \"b\")", "STATEMENT");
    reads("SELECT * FROM \"a\" UNION SELECT * FROM \"b\"", "STATEMENT");
    reads("EXISTS(SELECT * FROM \"a\") AND EXISTS(SELECT * FROM \"b\")", "STATEMENT");
    reads("EXISTS(SELECT * FROM \"a\"", "STATEMENT");
    reads("SELECT * FROM \"a\")", "STATEMENT");
}

Test(partiql, J07_names_that_are_no_tables_are_refused)
{
    reads("SELECT * FROM \"a\"\"b\"", "BAD_NAME");
    reads("SELECT * FROM \"a/index/b\"", "BAD_NAME");
    reads("SELECT * FROM \"\"", "BAD_NAME");
    reads("SELECT * FROM \"a b\"", "BAD_NAME");
    reads("SELECT * FROM \"t\xc3\xa4\"", "BAD_NAME");
    reads("SELECT * FROM ?", "STATEMENT");
    reads("SELECT * FROM 'a'", "STATEMENT");
    reads("SELECT * FROM my-table", "STATEMENT");
    reads("SELECT * FROM 1a", "STATEMENT");
    reads("SELECT * FROM WHERE x = 1", "STATEMENT");
    reads("SELECT * FROM", "STATEMENT");
    reads("UPDATE ? SET x = 1", "STATEMENT");
}

Test(partiql, J07_what_is_not_known_is_refused)
{
    static const char *const none[] = {
        "", " ", "*", "FROM \"a\"", "SELECT", "SELECT FROM \"a\"", "UPSERT INTO \"a\" VALUE {}", "DROP TABLE \"a\"",
        "DELETE \"a\"", "INSERT \"a\" VALUE {}", "INSERT INTO \"a\"", "INSERT INTO \"a\" (\"x\") VALUE (1)",
        "UPDATE \"a\"", "UPDATE \"a\" WHERE x = 1",
        "DELETE FROM \"a\"", "SELECT * FROM \"a", "SELECT * FROM \"a\" WHERE x = 'b", "SELECT * FROM \"a\" WHERE x = `2026T`",
        "SELECT * FROM \"a\" WHERE (x = 1", "SELECT * FROM \"a\" WHERE [x = 1)",
        "SELECT * FROM \"a\" WHERE x = 1FROM", "SELECT N'x' FROM \"a\"",
        "SELECT * FROM \"a\" WHERE x = @y", "SELECT *\xc2\xa0" "FROM \"a\"", "(SELECT * FROM \"a\")",
        "\"SELECT\" * FROM \"a\"", "EXISTS(\"a\")",
        "WITH x AS (SELECT * FROM \"a\") SELECT * FROM x"
    };
    char deep[128] = "SELECT * FROM \"a\" WHERE x = ";

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        reads(none[i], "STATEMENT");
    memset(deep + strlen(deep), '(', 40);
    reads(deep, "STATEMENT");
}

Test(partiql, analysed_source_may_leave_the_name_open)
{
    reads("SELECT * FROM \"${env:TABLE}\" WHERE pk = ?", "Select ${env:TABLE}");
    reads("SELECT * FROM ${env:TABLE}.by_day", "Select ${env:TABLE}/by_day");
    reads("SELECT * FROM * WHERE pk = '*'", "Select *");
    reads("DELETE FROM \"*_orders\" WHERE pk = *", "Delete *_orders");
}
