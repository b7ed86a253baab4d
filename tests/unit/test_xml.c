/* Row ids (K06) are those of the bypass catalogue. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "core/reason.h"
#include "core/xml.h"
#include "guard_page.h"

static void
tokens_n(const char *text, size_t n, const char *want)
{
    for (size_t step = 1; step <= n + 1; step += 5) {
        struct alps_xml x = { 0 };
        char out[2048];
        size_t at = 0;
        bool in_text = false;
        int rc = 0;

        out[0] = '\0';
        for (size_t i = 0; rc >= 0 && i < n; i += step) {
            struct guard_page g = guard_page(text + i, n - i < step ? n - i : step);
            alps_slice run = { NULL, 0 };
            size_t p = 0;

            while ((rc = alps_xml_feed(&x, g.s, &p, &run)) > 0) {
                static const char *const shown[] = { "", "<%.*s>", "%.*s", "</>" };

                if (rc == ALPS_XML_TEXT && !in_text)
                    at += (size_t)snprintf(out + at, sizeof out - at, "'");
                if (rc != ALPS_XML_TEXT && in_text)
                    at += (size_t)snprintf(out + at, sizeof out - at, "'");
                in_text = rc == ALPS_XML_TEXT;
                if (rc == ALPS_XML_END)
                    at += (size_t)snprintf(out + at, sizeof out - at, "</>");
                else
                    at += (size_t)snprintf(out + at, sizeof out - at, rc == ALPS_XML_START ? shown[1] : shown[2], (int)run.n, run.p);
            }
            guard_page_free(&g);
        }
        if (rc >= 0)
            rc = alps_xml_end(&x);
        if (rc < 0)
            snprintf(out + at, sizeof out - at, "!%s", alps_reason_name((unsigned)-rc));
        cr_expect_str_eq(out, want, "%s in %zus: %s", text, step, out);
    }
}

static void
tokens(const char *text, const char *want)
{ tokens_n(text, strlen(text), want); }

Test(xml, elements_and_text_come_in_order)
{
    tokens("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns=\"http://x/\"><b>t</b><c/></a>\n", "<a><b>'t'</><c></></>");
    tokens("<a>x &amp; y&#65;&#x20ac;&lt;&gt;&quot;&apos;</a>", "<a>'x & yA\xe2\x82\xac<>\"\''</>");
    tokens("<a b='1' xsi:c = \"<\" />", "!BODY_SYNTAX");
    tokens("<a b='1' xsi:c = \">\" />", "<a></>");
    tokens("<a>\r\nx\ry\n</a>", "<a>'\nx\ny\n'</>");
    tokens("<a >x</a >", "<a>'x'</>");
    tokens("<a>\xc3\xa4</a>", "<a>'\xc3\xa4'</>");
}

Test(xml, K06_what_sdks_do_not_write_is_refused)
{
    tokens("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "!BODY_SYNTAX");
    tokens("<a><!-- c --></a>", "<a>!BODY_SYNTAX");
    tokens("<a><![CDATA[x]]></a>", "<a>!BODY_SYNTAX");
    tokens("<a><?pi x?></a>", "<a>!BODY_SYNTAX");
    tokens("<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>", "!BODY_SYNTAX");
    tokens("<?xml version=\"1.0\" encoding='utf-7'?><a/>", "!BODY_SYNTAX");
    tokens("<?xml version=\"1.1\"?><a/>", "!BODY_SYNTAX");
    tokens("<?xml-stylesheet href='x'?><a/>", "!BODY_SYNTAX");
    tokens("<s3:a/>", "!BODY_SYNTAX");
    tokens("\xef\xbb\xbf<a/>", "!BODY_SYNTAX");
    tokens_n("\xff\xfe<\0a\0", 6, "!BODY_SYNTAX");
    tokens("<a>&x;</a>", "<a>!BODY_SYNTAX");
    tokens("<a>&#0;</a>", "<a>!BODY_SYNTAX");
    tokens("<a>&#xd800;</a>", "<a>!BODY_SYNTAX");
    tokens("<a>&#x110000;</a>", "<a>!BODY_SYNTAX");
    tokens("<a>&amp</a>", "<a>!BODY_SYNTAX");
    tokens("<a>\xc0\xaf</a>", "<a>!BODY_SYNTAX");
}

Test(xml, K06_documents_are_well_formed)
{
    tokens("<a></b>", "<a>!BODY_SYNTAX");
    tokens("<a><b></a></b>", "<a><b>!BODY_SYNTAX");
    tokens("<a/><b/>", "<a></>!BODY_SYNTAX");
    tokens("<a/>x", "<a></>!BODY_SYNTAX");
    tokens("x<a/>", "!BODY_SYNTAX");
    tokens("<a", "!BODY_SYNTAX");
    tokens("<a>", "<a>!BODY_SYNTAX");
    tokens("< a/>", "!BODY_SYNTAX");
    tokens("<a b/>", "!BODY_SYNTAX");
    tokens("<a b=1/>", "!BODY_SYNTAX");
    tokens("</a>", "!BODY_SYNTAX");
    tokens("", "!BODY_SYNTAX");
}

static void
refuses_cdata_end(const char *text)
{
    struct alps_xml x = { 0 };
    alps_slice run;
    size_t at = 0;
    int rc;

    while ((rc = alps_xml_feed(&x, alps_slice_of(text), &at, &run)) > 0)
        ;
    cr_expect_eq(rc, -ALPS_BODY_SYNTAX);
}

Test(xml, cdata_end_is_no_text)
{
    tokens("<a>]</a>", "<a>']'</>");
    tokens("<a>]]x]>]</a>", "<a>']]x]>]'</>");
    tokens("<a>]]&gt;</a>", "<a>']]>'</>");
    refuses_cdata_end("<a>]]></a>");
    refuses_cdata_end("<a>x]]]></a>");
}

Test(xml, K03_depth_is_bounded)
{
    struct alps_xml x = { 0 };
    alps_slice run;
    int rc = 0;

    for (unsigned i = 0; i <= ALPS_XML_DEPTH && rc >= 0; i++) {
        size_t at = 0;

        while ((rc = alps_xml_feed(&x, ALPS_S("<a>"), &at, &run)) > 0)
            ;
    }
    cr_expect_eq(rc, -ALPS_BODY_DEPTH);
}

Test(xml, skipped_elements_make_no_events)
{
    struct alps_xml x = { 0 };
    alps_slice run, in = ALPS_S("<a><b><c>t</c><d/>&amp;</b><e/></a>");
    size_t at = 0;

    cr_assert_eq(alps_xml_feed(&x, in, &at, &run), ALPS_XML_START);
    cr_assert_eq(alps_xml_feed(&x, in, &at, &run), ALPS_XML_START);
    alps_xml_skip(&x);
    cr_assert_eq(alps_xml_feed(&x, in, &at, &run), ALPS_XML_START);
    cr_expect(alps_slice_eq(run, ALPS_S("e")));
    alps_xml_skip(&x);
    cr_assert_eq(alps_xml_feed(&x, in, &at, &run), ALPS_XML_END);
    cr_expect_eq(alps_xml_feed(&x, in, &at, &run), ALPS_XML_MORE);
    cr_expect_eq(alps_xml_end(&x), 0);
}
