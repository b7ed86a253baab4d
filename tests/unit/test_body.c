/* Row ids (K01 …) are those of the bypass catalogue. */
#include "body_log.h"

static void
events(enum alps_body_kind kind, const char *const *paths, size_t n_paths, const char *body, const char *want)
{ events_of(kind, paths, n_paths, alps_slice_of(body), want); }

Test(body, json_member_is_found)
{
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"Key\":{\"TableName\":\"no\"},\"TableName\":\"orders\"}", "0=orders;");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{}", "");
    events(ALPS_BODY_JSON, PATHS("A.B.C", "A.D"), "{\"A\":{\"B\":{\"C\":\"c\",\"D\":\"no\"},\"D\":\"d\"}}", "0=c;1=d;");
}

Test(body, json_elements_are_each_told)
{
    events(ALPS_BODY_JSON, PATHS("Entries[].EventBusName"),
           "{\"Entries\":[{\"EventBusName\":\"a\",\"Detail\":\"x\"},{\"Detail\":[1,{}]},{\"EventBusName\":\"b\"}]}", "0=a;0.;0.;0=b;0.;");
    events(ALPS_BODY_JSON, PATHS("Names[]"), "{\"Names\":[\"a\",\"b\"]}", "0=a;0.;0=b;0.;");
    events(ALPS_BODY_JSON, PATHS("Names[]"), "{\"Names\":[]}", "");
    events(ALPS_BODY_JSON, PATHS("A[].B[].C", "A[].D"), "{\"A\":[{\"B\":[{\"C\":\"1\"},{\"C\":\"2\"}],\"D\":\"d\"}]}", "0=1;0.;0=2;0.;1=d;1.;");
    events(ALPS_BODY_JSON, PATHS("A[][]"), "{\"A\":[[\"1\"],[\"2\",\"3\"]]}", "0=1;0.;0=2;0.;0=3;0.;");
}

Test(body, json_maps_tell_their_keys)
{
    events(ALPS_BODY_JSON, PATHS("RequestItems{}", "RequestItems{}[].PutRequest", "RequestItems{}[].DeleteRequest"),
           "{\"RequestItems\":{\"t1\":[{\"PutRequest\":{\"Item\":{}}},{\"DeleteRequest\":{}}],\"t\\u0032\":[]}}",
           "0=t1;1!;1.;2.;2!;1.;2.;0.;0=t2;0.;");
    events(ALPS_BODY_JSON, PATHS("M{}.X"), "{\"M\":{\"a\":{\"X\":\"1\"},\"b\":{\"Y\":\"2\"}}}", "0=1;0.;0.;");
}

Test(body, json_what_is_no_string_is_present)
{
    events(ALPS_BODY_JSON, PATHS("A", "B", "C", "D", "E"), "{\"A\":1,\"B\":true,\"C\":{\"A\":2},\"D\":[{\"A\":3}],\"E\":\"\"}", "0!;1!;2!;3!;4=;");
    events(ALPS_BODY_JSON, PATHS("A", "A.B"), "{\"A\":{\"B\":\"b\"}}", "0!;1=b;");
}

Test(body, K01_duplicate_keys_on_a_path_are_refused)
{
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"TableName\":\"a\",\"TableName\":\"a\"}", "0=a;BODY_DUPLICATE");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"TableName\":null,\"TableName\":\"a\"}", "BODY_DUPLICATE");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"TableName\":\"a\",\"Table\\u004eame\":\"b\"}", "0=a;BODY_DUPLICATE");
    events(ALPS_BODY_JSON, PATHS("A.B"), "{\"A\":{\"B\":\"1\"},\"A\":{}}", "0=1;BODY_DUPLICATE");
    events(ALPS_BODY_JSON, PATHS("L[].X"), "{\"L\":[{\"X\":\"1\"},{\"X\":\"2\",\"X\":\"3\"}]}", "0=1;0.;0=2;BODY_DUPLICATE");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"x\":1,\"x\":2,\"TableName\":\"a\"}", "0=a;");
}

Test(body, K02_escaped_keys_are_found_and_near_misses_refused)
{
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"\\u0054ableName\":\"a\"}", "0=a;");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"tablename\":\"a\"}", "BODY_SYNTAX");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"TableName\":\"a\",\"TABLENAME\":\"b\"}", "0=a;BODY_SYNTAX");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"x\":{\"tablename\":\"a\"}}", "");
}

Test(body, K03_strict_json)
{
    events(ALPS_BODY_JSON, PATHS("T"), "{\"T\":\"a\",}", "0=a;BODY_SYNTAX");
    events(ALPS_BODY_JSON, PATHS("T"), "{\"T\":\"a\"}{\"T\":\"b\"}", "0=a;BODY_SYNTAX");
    events(ALPS_BODY_JSON, PATHS("T"), "{\"T\":\"a\",\"x\":NaN}", "0=a;BODY_SYNTAX");
    events(ALPS_BODY_JSON, PATHS("T"), "{\"T\":\"a\"", "0=a;BODY_SYNTAX");
    events(ALPS_BODY_JSON, PATHS("T"), "\xef\xbb\xbf{\"T\":\"a\"}", "BODY_SYNTAX");
    events(ALPS_BODY_JSON, PATHS("T"),
           "{\"x\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "BODY_DEPTH");
}

Test(body, K05_wrong_types_are_refused_or_told)
{
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"TableName\":{\"S\":\"x\"}}", "0!;");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"TableName\":[\"x\"]}", "0!;");
    events(ALPS_BODY_JSON, PATHS("TableName"), "{\"TableName\":null}", "");
    events(ALPS_BODY_JSON, PATHS("L[].X"), "{\"L\":{\"X\":\"1\"}}", "BODY_TYPE");
    events(ALPS_BODY_JSON, PATHS("L[].X"), "{\"L\":\"x\"}", "BODY_TYPE");
    events(ALPS_BODY_JSON, PATHS("L[].X"), "{\"L\":[\"x\"]}", "BODY_TYPE");
    events(ALPS_BODY_JSON, PATHS("L[].X"), "{\"L\":[null]}", "0.;");
    events(ALPS_BODY_JSON, PATHS("L[].X"), "{\"L\":null}", "");
    events(ALPS_BODY_JSON, PATHS("M{}"), "{\"M\":[\"a\"]}", "BODY_TYPE");
    events(ALPS_BODY_JSON, PATHS("A.B"), "{\"A\":7}", "BODY_TYPE");
    events(ALPS_BODY_JSON, PATHS("A"), "[{\"A\":\"x\"}]", "BODY_TYPE");
    events(ALPS_BODY_JSON, PATHS("A"), "\"A\"", "BODY_TYPE");
    events(ALPS_BODY_JSON, PATHS("A"), "7", "BODY_TYPE");
}

Test(body, names_are_bounded_and_hold_no_controls)
{
    static char text[ALPS_BODY_VALUE + 100], want[ALPS_BODY_VALUE + 100];

    snprintf(text, sizeof text, "{\"A\":\"%*s\"}", ALPS_BODY_VALUE, "x");
    snprintf(want, sizeof want, "0=%*s;", ALPS_BODY_VALUE, "x");
    events(ALPS_BODY_JSON, PATHS("A"), text, want);
    snprintf(text, sizeof text, "{\"A\":\"%*s\"}", ALPS_BODY_VALUE + 1, "x");
    events(ALPS_BODY_JSON, PATHS("A"), text, "NAME_TOO_LONG");
    events(ALPS_BODY_JSON, PATHS("B"), text, "");
    snprintf(text, sizeof text, "{\"M\":{\"%*s\":1}}", ALPS_BODY_VALUE + 1, "x");
    events(ALPS_BODY_JSON, PATHS("M{}"), text, "NAME_TOO_LONG");
    events(ALPS_BODY_JSON, PATHS("M"), text, "0!;");
    snprintf(text, sizeof text, "{\"%*s\":1,\"A\":\"a\"}", ALPS_BODY_VALUE + 1, "x");
    events(ALPS_BODY_JSON, PATHS("A"), text, "0=a;");
    events(ALPS_BODY_JSON, PATHS("A"), "{\"A\":\"x\\u0000y\"}", "BAD_NAME");
    events(ALPS_BODY_JSON, PATHS("A"), "{\"A\":\"\\u0001\"}", "BAD_NAME");
    events(ALPS_BODY_JSON, PATHS("A"), "{\"A\":\"a\\n\\tb\"}", "0=a\n\tb;");
}

Test(body, a_result_of_the_callback_ends_the_walk)
{
    struct log l = { .stop_at = 2 };

    cr_expect_eq(walk(ALPS_BODY_JSON, PATHS("N[]"), ALPS_S("{\"N\":[\"a\",\"b\"]}"), 100, &l), 4711);
    cr_expect_str_eq(l.text, "0=a;0.;");
}

Test(body, errors_are_final)
{
    struct alps_body b;
    struct log l = { .n = 0 };

    alps_body_init(&b, ALPS_BODY_JSON, PATHS("A"));
    cr_expect_eq(alps_body_feed(&b, ALPS_S("}"), note, &l), -ALPS_BODY_SYNTAX);
    cr_expect_eq(alps_body_feed(&b, ALPS_S("{}"), note, &l), -ALPS_BODY_SYNTAX);
    cr_expect_eq(alps_body_end(&b, note, &l), -ALPS_BODY_SYNTAX);
}

Test(body, no_bytes_are_a_body_without_members)
{
    events(ALPS_BODY_JSON, PATHS("A"), "", "");
    events(ALPS_BODY_FORM, PATHS("A"), "", "");
    events(ALPS_BODY_XML, PATHS("A"), "", "");
}

Test(body, kinds_that_cannot_be_read_say_so)
{
    events((enum alps_body_kind)99, PATHS("A"), "\xa0", "BODY_ENCODING");
}

Test(body, paths_that_are_no_paths_are_our_mistake)
{
    events(ALPS_BODY_JSON, PATHS(""), "{}", "INTERNAL");
    events(ALPS_BODY_JSON, PATHS("A."), "{}", "INTERNAL");
    events(ALPS_BODY_JSON, PATHS("A..B"), "{}", "INTERNAL");
    events(ALPS_BODY_JSON, PATHS("A[0]"), "{}", "INTERNAL");
    events(ALPS_BODY_JSON, PATHS("A[][][][]"), "{}", "INTERNAL");
    events(ALPS_BODY_XML, PATHS("A{}"), "<a/>", "INTERNAL");
    events(ALPS_BODY_JSON, PATHS("a.b.c.d.e.f.g.h.i.j.k.l.m"), "{}", "INTERNAL");
}

Test(body, form_fields_are_found)
{
    events(ALPS_BODY_FORM, PATHS("Action", "QueueUrl"), "Action=SendMessage&QueueUrl=https%3A%2F%2Fx%2F1%2Fq&MessageBody=a+b", "0=SendMessage;1=https://x/1/q;");
    events(ALPS_BODY_FORM, PATHS("A.B"), "A.B=1&A.C=2&A=3", "0=1;");
}

Test(body, form_lists_and_maps_have_elements)
{
    events(ALPS_BODY_FORM, PATHS("E[].X", "E[].Y"), "E.member.1.X=a&E.member.1.Y=b&E.member.2.Y=c", "0=a;1=b;0.;1.;1=c;0.;1.;");
    events(ALPS_BODY_FORM, PATHS("E[].X"), "E.1.X=a&E.1.Z=0&E.2.Z=0", "0=a;0.;0.;");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.Name.1=a&N.Name.2=b", "0=a;0.;0=b;0.;");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N=", "");
    events(ALPS_BODY_FORM, PATHS("M{}", "M{}.X"), "M.entry.1.key=k&M.entry.1.value.X=x&M.entry.2.key=l", "0=k;1=x;0.;1.;0=l;0.;1.;");
    events(ALPS_BODY_FORM, PATHS("A[].B[].C"), "A.1.B.1.C=p&A.1.B.2.C=q&A.2.B.1.C=r", "0=p;0.;0=q;0.;0=r;0.;");
    events(ALPS_BODY_FORM, PATHS("A"), "A.B=1&A.C=2", "0!;");
}

Test(body, K07_form_elements_rise_by_number_or_by_spelling)
{
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.1=a&N.2=b&N.10=c", "0=a;0.;0=b;0.;0=c;0.;");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.1=a&N.10=c&N.2=b", "0=a;0.;0=c;0.;0=b;0.;");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.2=a&N.1=b", "0=a;0.;BODY_DUPLICATE");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.1=a&N.10=b&N.2=c&N.10=d", "0=a;0.;0=b;0.;0=c;0.;BODY_DUPLICATE");
    events(ALPS_BODY_FORM, PATHS("E[].X"), "E.1.X=a&E.2.X=b&E.1.Y=c", "0=a;0.;0=b;BODY_DUPLICATE");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.01=a", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.0=a", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N.x=a", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("N[]"), "N=a", "BODY_TYPE");
}

Test(body, K07_form_names_come_once_and_exact)
{
    events(ALPS_BODY_FORM, PATHS("A"), "A=1&A=2", "0=1;BODY_DUPLICATE");
    events(ALPS_BODY_FORM, PATHS("A"), "A=1&%41=1", "0=1;BODY_DUPLICATE");
    events(ALPS_BODY_FORM, PATHS("E[].X"), "E.1.X=a&E.member.1.X=b", "0=a;BODY_DUPLICATE");
    events(ALPS_BODY_FORM, PATHS("Action"), "action=x", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("A"), "A.=1", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("A"), "A%00=1", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("A"), "A=%00", "BAD_NAME");
    events(ALPS_BODY_FORM, PATHS("A"), "A=%ff", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("A"), "A=1;B=2", "BODY_SYNTAX");
    events(ALPS_BODY_FORM, PATHS("A"), "x=1&x=2", "");
}

Test(body, xml_elements_are_found)
{
    events(ALPS_BODY_XML, PATHS("Object[].Key", "Quiet"),
           "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n"
           "  <Object><Key>a&amp;b</Key><VersionId>1</VersionId></Object>\n  <Object>\n<VersionId/></Object><Quiet>true</Quiet></Delete>",
           "0=a&b;0.;0.;1=true;");
    events(ALPS_BODY_XML, PATHS("Key"), "<D><Object><Key>no</Key></Object></D>", "");
    events(ALPS_BODY_XML, PATHS("A", "A.B"), "<D><A><B>b</B></A></D>", "1=b;0!;");
    events(ALPS_BODY_XML, PATHS("Tags.Tag[].Key"), "<D><Tags><Tag><Key>1</Key></Tag><Tag><Key/></Tag></Tags></D>", "0=1;0.;0=;0.;");
    events(ALPS_BODY_XML, PATHS("N[]"), "<D><N>1</N><N>2</N></D>", "0=1;0.;0=2;0.;");
}

Test(body, K06_xml_duplicates_and_wrong_types_are_refused)
{
    events(ALPS_BODY_XML, PATHS("Object[].Key"), "<D><Object><Key>a</Key><Key>b</Key></Object></D>", "0=a;BODY_DUPLICATE");
    events(ALPS_BODY_XML, PATHS("A.B"), "<D><A><B>1</B></A><A/></D>", "0=1;BODY_DUPLICATE");
    events(ALPS_BODY_XML, PATHS("Object[].Key"), "<D><object><Key>a</Key></object></D>", "BODY_SYNTAX");
    events(ALPS_BODY_XML, PATHS("Object[].Key"), "<D><Object>text<Key>a</Key></Object></D>", "BODY_TYPE");
    events(ALPS_BODY_XML, PATHS("Key"), "<D><Key>a<b/></Key></D>", "BODY_TYPE");
    events(ALPS_BODY_XML, PATHS("Key"), "<D><Key>a<!-- x -->b</Key></D>", "BODY_SYNTAX");
    events(ALPS_BODY_XML, PATHS("Key"), "<D><Key>a</Key></D><D/>", "0=a;BODY_SYNTAX");
}
