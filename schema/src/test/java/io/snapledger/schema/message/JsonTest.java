package io.snapledger.schema.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.HostReport;
import io.snapledger.schema.domain.Rejection;
import io.snapledger.schema.message.Json.Reading;
import io.snapledger.schema.operation.Plan;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.snapshot.MemoryCapture;
import io.snapledger.schema.value.RejectionCode;
import io.snapledger.schema.value.SnapshotName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client may send, and what it is told when it may not. */
class JsonTest {
    private static final String DEFINE =
            "{'name':'web-1','host':'kvm-1','memoryBytes':1048576,'disks':[{'target':'vda','file':'/srv/a.qcow2','format':'qcow2'}]}";

    @Nested
    class What_may_be_left_out {
        @Test
        void a_memory_that_was_stored_before_there_was_adoption_was_made_by_us() {
            String stored = "{\"snapshot\":\"external\",\"file\":\"/images/m\"}";

            assertThat(Json.readStored(stored.getBytes(UTF_8), MemoryCapture.class)
                            .adopted())
                    .isFalse();
        }

        @Test
        void a_create_may_be_empty() {
            DomainCommand.CreateSnapshot create = read("{}", DomainCommand.CreateSnapshot.class);

            assertThat(create.name()).isEmpty();
            assertThat(create.memory()).isEmpty();
            assertThat(create.disks()).isEmpty();
            assertThat(create.diskOnly()).isFalse();
        }

        @Test
        void null_is_as_good_as_nothing_where_nothing_is_allowed() {
            DomainCommand.CreateSnapshot create =
                    read("{'name':null,'disks':null,'memory':null}", DomainCommand.CreateSnapshot.class);

            assertThat(create).isEqualTo(read("{}", DomainCommand.CreateSnapshot.class));
        }

        @Test
        void a_disk_says_no_more_than_it_must() {
            DomainCommand.DefineDomain define = read(DEFINE, DomainCommand.DefineDomain.class);

            assertThat(define.disks()).singleElement().satisfies(disk -> {
                assertThat(disk.readOnly()).isFalse();
                assertThat(disk.snapshot()).isEmpty();
            });
        }

        @Test
        void reason_and_dry_run_go_with_every_command() {
            Reading<Json.Asked> asked = Json.readCommand(
                    json("{'snapshot':'a','reason':'too old','dryRun':true}"), DomainCommand.Merge.class);

            assertThat(asked)
                    .isEqualTo(new Reading.Read<>(new Json.Asked(
                            new DomainCommand.Merge(new SnapshotName("a"), false), Optional.of("too old"), true)));
        }

        @Test
        void import_is_a_word_of_the_contract() {
            DomainCommand.ImportTree part =
                    read("{'import':'x','part':1,'of':2,'snapshots':['<a/>']}", DomainCommand.ImportTree.class);

            assertThat(part.importId()).isEqualTo("x");
            assertThat(refused("{'import':'x','importId':'x','part':1,'of':2}", DomainCommand.ImportTree.class)
                            .details()
                            .field())
                    .contains("importId");
        }
    }

    @Nested
    class Alternatives {
        @Test
        void are_told_apart_at_any_depth() {
            Plan plan = new Plan(
                    new io.snapledger.schema.operation.Assumptions(
                            io.snapledger.schema.value.RunState.SHUTOFF, List.of()),
                    List.of(new Step.CriticalSection(List.of(new Step.CriticalSection(
                            List.of(new Step.RemoveFile(new io.snapledger.schema.disk.HostPath("/srv/a"))))))));

            String json = Json.write(plan);

            assertThat(json).contains("\"do\":\"criticalSection\"").contains("\"do\":\"removeFile\"");
            assertThat((Object) Json.readStored(json.getBytes(UTF_8), Plan.class))
                    .isEqualTo(plan);
        }

        @Test
        void of_an_unknown_kind_are_refused() {
            Rejection rejection = refusedSent(
                    "{'assumes':{'runState':'shutoff'},'steps':[{'do':'formatDisk','target':'vda'}]}", Plan.class);

            assertThat(rejection.details().field()).contains("steps[0]");
        }

        @Test
        void with_an_unknown_field_are_refused() {
            Rejection rejection = refusedSent(
                    "{'assumes':{'runState':'shutoff'},'steps':[{'do':'removeFile','file':'/srv/a','shred':true}]}",
                    Plan.class);

            assertThat(rejection.details().field()).contains("steps[0].shred");
        }

        @Test
        void are_passed_over_where_only_a_reader_meets_an_unknown_field() {
            Plan plan = Json.readStored(
                    json("{'assumes':{'runState':'shutoff','since':1},'steps':[],'note':'x'}"), Plan.class);

            assertThat(plan.steps()).isEmpty();
        }
    }

    @Nested
    class Refused {
        @Test
        void F1_an_unknown_field_by_its_name() {
            Rejection rejection = refused("{'name':'a','colour':'red'}", DomainCommand.CreateSnapshot.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.message())
                    .contains("unknown field \"colour\"")
                    .contains("diskOnly")
                    .contains("dryRun")
                    .contains("reason");
            assertThat(rejection.details().field()).contains("colour");
        }

        @Test
        void an_unknown_field_deep_inside_by_its_path() {
            Rejection rejection = refused(
                    "{'disks':[{'target':'vda'},{'target':'vdb','size':1}]}", DomainCommand.CreateSnapshot.class);

            assertThat(rejection.details().field()).contains("disks[1].size");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '\0',
                value = {
                    "{'host':'h','memoryBytes':1}|name",
                    "{'name':'a','memoryBytes':1}|host",
                    "{'name':'a','host':'h'}|memoryBytes",
                    "{'name':'a','host':'h','memoryBytes':null}|memoryBytes",
                    "{'name':null,'host':'h','memoryBytes':1}|name",
                    "{'name':'a','host':'h','memoryBytes':1,'disks':[{'target':'vda','format':'raw'}]}|disks[0].file",
                    "{'name':'a','host':'h','memoryBytes':1,'disks':[{'target':'vda','file':'/a/b'}]}|disks[0].format",
                    "{'name':'a','host':'h','memoryBytes':1,'disks':[null]}|disks[0]",
                })
        void a_missing_field_by_its_name(String data, String field) {
            Rejection rejection = refused(data, DomainCommand.DefineDomain.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.details().field()).contains(field);
            assertThat(rejection.message()).contains("\"" + field + "\"").contains("missing");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '\0',
                value = {
                    "{'name':7}|name|text",
                    "{'name':['a']}|name|text",
                    "{'name':{'a':1}}|name|text",
                    "{'description':true}|description|text",
                    "{'diskOnly':'yes'}|diskOnly|true or false",
                    "{'diskOnly':1}|diskOnly|true or false",
                    "{'diskOnly':{}}|diskOnly|true or false",
                    "{'disks':'vda'}|disks|list",
                    "{'disks':{}}|disks|list",
                    "{'disks':['vda']}|disks[0]|object",
                    "{'memory':'external'}|memory|object",
                    "{'memory':{'snapshot':'outside'}}|memory.snapshot|none, internal, external",
                    "{'memory':{'snapshot':'EXTERNAL'}}|memory.snapshot|none, internal, external",
                    "{'memory':{'snapshot':2}}|memory.snapshot|none, internal, external",
                    "{'disks':[{'target':'vda','format':'vmdk'}]}|disks[0].format|qcow2, raw",
                    "{'reason':7}|reason|text",
                    "{'dryRun':'no'}|dryRun|true or false",
                })
        void a_wrong_type_by_its_name_and_what_is_wanted(String data, String field, String wanted) {
            Rejection rejection = refused(data, DomainCommand.CreateSnapshot.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.details().field()).contains(field);
            assertThat(rejection.message()).contains(wanted);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'name':'a','host':'h','memoryBytes':'1024'}",
                    "{'name':'a','host':'h','memoryBytes':1.5}",
                    "{'name':'a','host':'h','memoryBytes':true}",
                    "{'name':'a','host':'h','memoryBytes':99999999999999999999999}"
                })
        void a_size_that_is_no_whole_number(String data) {
            Rejection rejection = refused(data, DomainCommand.DefineDomain.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.details().field()).contains("memoryBytes");
            assertThat(rejection.message()).contains("number");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '\0',
                value = {
                    "{'name':''}|INVALID_NAME|name",
                    "{'name':'../a'}|INVALID_NAME|name",
                    "{'name':'a/b'}|INVALID_NAME|name",
                    "{'name':'a\\nb'}|INVALID_NAME|name",
                    "{'name':'a\\u0000b'}|INVALID_NAME|name",
                    "{'name':'half a pair \\ud83d'}|INVALID_NAME|name",
                    "{'disks':[{'target':'vda','file':'/srv/\\udc00'}]}|PATH_NOT_ALLOWED|disks[0].file",
                    "{'disks':[{'target':'VDA'}]}|MALFORMED|disks[0].target",
                    "{'disks':[{'target':'vda','file':'a.qcow2'}]}|PATH_NOT_ALLOWED|disks[0].file",
                    "{'disks':[{'target':'vda','file':'/srv/../etc/shadow'}]}|PATH_NOT_ALLOWED|disks[0].file",
                    "{'memory':{'file':'json:{}'}}|PATH_NOT_ALLOWED|memory.file",
                })
        void a_value_that_cannot_be_with_its_code(String data, RejectionCode code, String field) {
            Rejection rejection = refused(data, DomainCommand.CreateSnapshot.class);

            assertThat(rejection.code()).isEqualTo(code);
            assertThat(rejection.details().field()).contains(field);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "1-1-1-1-1",
                    "",
                    "6f1c0ee2",
                    "zf1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11",
                    "+f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11"
                })
        void an_operation_that_is_no_uuid(String id) {
            Rejection rejection = refused("{'operation':'" + id + "'}", DomainCommand.CancelOperation.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.message()).contains("is not a UUID");
        }

        @Test
        void a_field_given_twice() {
            Rejection rejection = refused("{'name':'a','name':'b'}", DomainCommand.CreateSnapshot.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.message()).contains("Duplicate").contains("name");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'disks':[{'target':'vda','target':'vdb'}]}",
                    "{'reason':'a','reason':'b'}",
                    "{'dryRun':true,'dryRun':false}",
                    "{'name':'a','\\u006eame':'b'}",
                })
        void a_field_given_twice_anywhere(String data) {
            assertThat(refused(data, DomainCommand.CreateSnapshot.class).message())
                    .contains("Duplicate");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "9223372036854775808",
                    "-9223372036854775809",
                    "1e400",
                    "1e-400",
                    "1E+999999999",
                    "1e1000000000000",
                    "NaN",
                    "0x10",
                    "01",
                })
        void a_number_that_does_not_fit(String number) {
            Rejection rejection =
                    refused("{'name':'a','host':'h','memoryBytes':" + number + "}", DomainCommand.DefineDomain.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.message()).doesNotContain("fasterxml").hasSizeLessThan(400);
        }

        @Test
        void a_number_of_a_thousand_thousand_digits() {
            String data = "{'name':'a','host':'h','memoryBytes':" + "9".repeat(1_000_000) + "}";

            Rejection rejection = refused(data, DomainCommand.DefineDomain.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.message()).hasSizeLessThan(400);
        }

        @ParameterizedTest
        @CsvSource({"64, unknown field", "65, depth (65) exceeds the maximum allowed (64)"})
        void nesting_deeper_than_64(int depth, String told) {
            String data = "{'x':" + "[".repeat(depth - 1) + "]".repeat(depth - 1) + "}";

            assertThat(refused(data, DomainCommand.CreateSnapshot.class).message())
                    .containsIgnoringCase(told);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'import':'x','part':null,'of':2}",
                    "{'import':'x','of':2}",
                    "{'import':'x','part':'1','of':2}",
                    "{'import':'x','part':2147483648,'of':2}",
                })
        void a_part_that_is_no_number(String data) {
            assertThat(refused(data, DomainCommand.ImportTree.class).details().field())
                    .contains("part");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "{'result':null}",
                    "{'result':'won'}",
                    "{'result':7}",
                    "{'result':{}}",
                    "7",
                    "'finished'",
                    "[]",
                    "null",
                })
        void a_report_without_a_result_of_a_known_kind(String result) {
            Rejection rejection = refusedSent(
                    "{'host':'h','epoch':1,'operation':'6f1c0ee2-8a35-4f3e-9d0c-2f6f0a9d7b11','attempt':1"
                            + (result.isEmpty() ? "" : ",'result':" + result) + "}",
                    DomainCommand.ReportHostOperation.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.details().field()).contains("result");
            assertThat(rejection.message()).doesNotContain("io.snapledger").doesNotContain("fasterxml");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{'name':{'value':'a'}}",
                    "{'disks':''}",
                    "{'disks':[[]]}",
                    "{'disks':['']}",
                    "{'memory':''}",
                    "{'memory':[]}",
                    "{'memory':{'snapshot':''}}",
                    "{'memory':{'snapshot':['none']}}",
                    "{'diskOnly':''}",
                    "{'diskOnly':'true'}",
                    "{'diskOnly':[true]}",
                    "{'xml':['<a/>']}",
                    "{'xml':1}",
                    "{'dryRun':1}",
                    "{'dryRun':''}",
                    "{'reason':['a']}",
                })
        void what_only_looks_like_the_wanted_type(String data) {
            assertThat(refused(data, DomainCommand.CreateSnapshot.class).code()).isEqualTo(RejectionCode.MALFORMED);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"", " ", "null", "[]", "7", "'a'", "{", "{}{}", "{} x", "{'name':}", "\u0000", "nightly"})
        void what_is_no_object(String data) {
            Rejection rejection = refused(data, DomainCommand.CreateSnapshot.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.MALFORMED);
            assertThat(rejection.message()).doesNotContain("com.fasterxml").doesNotContain("\n");
        }

        @Test
        void bytes_that_are_no_utf_8() {
            byte[] bytes = {'{', '"', (byte) 0xff, (byte) 0xfe, '"', ':', '1', '}'};

            Reading<Json.Asked> reading = Json.readCommand(bytes, DomainCommand.CreateSnapshot.class);

            assertThat(reading).isInstanceOf(Reading.Refused.class);
        }

        @Test
        void nesting_that_would_eat_the_stack() {
            String deep = "{'disks':" + "[".repeat(100_000) + "]".repeat(100_000) + "}";

            assertThat(refused(deep, DomainCommand.CreateSnapshot.class).code()).isEqualTo(RejectionCode.MALFORMED);
        }

        @Test
        void a_text_without_end() {
            String name = "a".repeat(1_000_000);

            Rejection rejection = refused("{'name':'" + name + "'}", DomainCommand.CreateSnapshot.class);

            assertThat(rejection.code()).isEqualTo(RejectionCode.INVALID_NAME);
            assertThat(rejection.message()).hasSizeLessThan(400);
        }

        @Test
        void a_field_with_an_endless_name() {
            Rejection rejection = refused("{'" + "a".repeat(40_000) + "':1}", DomainCommand.Merge.class);

            assertThat(rejection.message()).hasSizeLessThan(400);
        }

        @Test
        void a_report_without_its_epoch() {
            Rejection rejection = refusedSent("{'host':'h'}", HostReport.class);

            assertThat(rejection.details().field()).contains("epoch");
        }
    }

    private static <T extends DomainCommand> T read(String data, Class<T> type) {
        return switch (Json.readCommand(json(data), type)) {
            case Reading.Read<Json.Asked> yes -> type.cast(yes.value().command());
            case Reading.Refused<Json.Asked> no ->
                throw new AssertionError(no.rejection().message());
        };
    }

    private static Rejection refused(String data, Class<? extends DomainCommand> type) {
        return rejection(Json.readCommand(json(data), type));
    }

    private static Rejection refusedSent(String data, Class<?> type) {
        return rejection(Json.readSent(json(data), type));
    }

    private static <T> Rejection rejection(Reading<T> reading) {
        return switch (reading) {
            case Reading.Read<T> yes -> throw new AssertionError("was read: " + yes.value());
            case Reading.Refused<T> no -> no.rejection();
        };
    }

    /** Single quotes read better in Java. */
    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(UTF_8);
    }
}
