/* Bodies in protobuf, alone and over gRPC.  K09 and M09 are rows of the bypass catalogue. */
#include "body_log.h"

#define EVENTS(paths, want, bytes) events_of(ALPS_BODY_PROTOBUF, paths, ALPS_S(bytes), want)
#define GRPC(paths, want, bytes)   events_of(ALPS_BODY_GRPC, paths, ALPS_S(bytes), want)

Test(protobuf, a_field_is_found_by_its_number)
{
    EVENTS(PATHS("1"), "0=topics/t;", "\x0a\x08topics/t");
    EVENTS(PATHS("1"), "0=t;", "\x10\x96\x01\x1d\1\2\3\4\x0a\x01t\x21\1\2\3\4\5\6\7\x08");
    EVENTS(PATHS("3.1"), "0=x;", "\x1a\x05\x10\x01\x0a\x01x");
    EVENTS(PATHS("16"), "0=x;", "\x82\x01\x01x");
    EVENTS(PATHS("536870911"), "0=x;", "\xfa\xff\xff\xff\x0f\x01x");
    EVENTS(PATHS("1"), "", "");
    EVENTS(PATHS("1"), "0=;", "\x0a\x00");
    EVENTS(PATHS("2"), "", "\x0a\x03\x12\x01x");                 /* in what nobody asked for */
}

Test(protobuf, elements_are_each_told)
{
    EVENTS(PATHS("2[].1"), "0=a;0.;0.;0=b;0.;", "\x12\x03\x0a\x01" "a\x12\x00\x12\x03\x0a\x01" "b");
    EVENTS(PATHS("2[]"), "0=a;0.;0=b;0.;", "\x12\x01" "a\x08\x01\x12\x01" "b");
    EVENTS(PATHS("2[].1", "2[].3.1"), "0=a;1=b;0.;1.;", "\x12\x08\x0a\x01" "a\x1a\x03\x0a\x01" "b");
    EVENTS(PATHS("1[].2[].3"), "0=a;0.;0=b;0.;0=c;0.;",
           "\x0a\x0a\x12\x03\x1a\x01" "a\x12\x03\x1a\x01" "b\x0a\x05\x12\x03\x1a\x01" "c");
}

Test(protobuf, numbers_and_messages_are_present)
{
    EVENTS(PATHS("1", "2", "3"), "0!;1!;2!;", "\x08\x01\x15\0\0\0\0\x19\0\0\0\0\0\0\0\0");
    EVENTS(PATHS("1", "1.2"), "0!;1=x;", "\x0a\x03\x12\x01x");
    EVENTS(PATHS("1[]"), "0!;0.;0!;0.;", "\x08\x01\x08\x02");
}

Test(protobuf, K09_a_field_that_comes_twice_is_refused)
{
    EVENTS(PATHS("1"), "0=a;BODY_DUPLICATE", "\x0a\x01" "a\x0a\x01" "b");
    EVENTS(PATHS("1"), "0=a;BODY_DUPLICATE", "\x0a\x01" "a\x12\x01x\x0a\x01" "a");
    EVENTS(PATHS("1"), "0=a;BODY_DUPLICATE", "\x0a\x01" "a\x08\x01");
    EVENTS(PATHS("3.1"), "0=a;BODY_DUPLICATE", "\x1a\x03\x0a\x01" "a\x1a\x03\x0a\x01" "b");
    EVENTS(PATHS("2[].1"), "0=a;BODY_DUPLICATE", "\x12\x06\x0a\x01" "a\x0a\x01" "b");
    EVENTS(PATHS("1"), "0=a;", "\x12\x01x\x0a\x01" "a\x12\x01y");
}

Test(protobuf, K09_wire_types)
{
    EVENTS(PATHS("1.2"), "BODY_TYPE", "\x08\x01");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0b\x0c");               /* a group, */
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x13\x0a\x01" "a\x14");   /* also where nobody looks */
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0e");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0f");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x02\x01x");              /* field 0 */
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x82\x80\x80\x80\x10\x01x");      /* field 2^29 */
}

Test(protobuf, K09_varints_are_as_short_as_they_can_be)
{
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x8a\x00\x01" "a");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0a\x81\x00" "a");
    EVENTS(PATHS("2"), "BODY_SYNTAX", "\x08\x81\x00");
    EVENTS(PATHS("1"), "0!;", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
}

Test(protobuf, lengths_stay_within_their_message)
{
    EVENTS(PATHS("1.2"), "BODY_SYNTAX", "\x0a\x03\x12\x02xy");
    EVENTS(PATHS("1.2"), "BODY_SYNTAX", "\x0a\x01\x12\x01x");
    EVENTS(PATHS("1.2"), "BODY_SYNTAX", "\x0a\x03\x09xxxxxxxx");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0a\x02x");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0a");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x12\x02x");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x15x");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x");
}

Test(protobuf, texts_are_names)
{
    EVENTS(PATHS("1"), "0=\xc3\xa4;", "\x0a\x02\xc3\xa4");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0a\x01\xc3");
    EVENTS(PATHS("1"), "BODY_SYNTAX", "\x0a\x01\xff");
    EVENTS(PATHS("1"), "BAD_NAME", "\x0a\x02" "b\x01");
    EVENTS(PATHS("2"), "", "\x0a\x01\xff");
}

Test(protobuf, paths_are_numbers)
{
    EVENTS(PATHS("name"), "INTERNAL", "\x08\x01");
    EVENTS(PATHS("0"), "INTERNAL", "\x08\x01");
    EVENTS(PATHS("1{}"), "INTERNAL", "\x08\x01");
    EVENTS(PATHS("536870912"), "INTERNAL", "\x08\x01");
    EVENTS(PATHS("4294967297"), "INTERNAL", "\x08\x01");
}

Test(grpc, a_message_has_a_prefix)
{
    GRPC(PATHS("1"), "0=t;|", "\0\0\0\0\x03\x0a\x01t");
    GRPC(PATHS("1"), "|", "\0\0\0\0\0");
    GRPC(PATHS("1"), "", "");
}

Test(grpc, several_messages_are_each_walked)
{
    GRPC(PATHS("1"), "0=t;|0=u;|", "\0\0\0\0\x03\x0a\x01t\0\0\0\0\x03\x0a\x01u");
    GRPC(PATHS("1[]", "2"), "1=t;|0=u;0.;|", "\0\0\0\0\x03\x12\x01t\0\0\0\0\x03\x0a\x01u");
}

Test(grpc, M09_compressed_messages_are_refused)
{
    GRPC(PATHS("1"), "BODY_ENCODING", "\x01\0\0\0\x03\x0a\x01t");
    GRPC(PATHS("1"), "0=t;|BODY_ENCODING", "\0\0\0\0\x03\x0a\x01t\x01\0\0\0\x03\x0a\x01u");
    GRPC(PATHS("1"), "BODY_SYNTAX", "\x80\0\0\0\0");
}

Test(grpc, M09_a_message_is_as_long_as_its_prefix_says)
{
    GRPC(PATHS("1"), "BODY_SYNTAX", "\0\0\0\0\x02\x0a\x01t");
    GRPC(PATHS("1"), "0=t;BODY_SYNTAX", "\0\0\0\0\x04\x0a\x01t");
    GRPC(PATHS("1"), "BODY_SYNTAX", "\0\0\0\0");
    GRPC(PATHS("1"), "0=t;|BODY_SYNTAX", "\0\0\0\0\x03\x0a\x01t\0");
    GRPC(PATHS("1"), "BODY_SYNTAX", "\0\xff\xff\xff\xff\x0a\x02t");
}
