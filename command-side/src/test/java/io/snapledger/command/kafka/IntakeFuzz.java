package io.snapledger.command.kafka;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/**
 * The reading of any record, for {@code bin/fuzz intake}: whatever comes is an arrival or a dead letter, never an exception
 * of ours. The first byte tells the topic and the content mode; a record in binary mode has its type up to the first
 * line's end, and its data after that.
 */
public final class IntakeFuzz {
    private static final byte[] KEY = "7c9e6679-7425-40de-944b-e07fc1f90ae7".getBytes(StandardCharsets.UTF_8);
    private static final String DEFECT = "the record could not be read because of a defect";

    private IntakeFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        boolean reports = (input[0] & 1) != 0;
        RecordHeaders headers = new RecordHeaders();
        int from = 1;
        if ((input[0] & 2) != 0) {
            int end = 1;
            while (end < input.length && input[end] != '\n') {
                end++;
            }
            headers.add("ce_specversion", "1.0".getBytes(StandardCharsets.UTF_8));
            headers.add("ce_id", "1".getBytes(StandardCharsets.UTF_8));
            headers.add("ce_source", "/fuzz".getBytes(StandardCharsets.UTF_8));
            headers.add("ce_type", Arrays.copyOfRange(input, 1, end));
            headers.add("ce_subject", KEY);
            from = Math.min(end + 1, input.length);
        }
        byte[] value = Arrays.copyOfRange(input, from, input.length);
        ConsumerRecord<byte[], byte[]> record = new ConsumerRecord<>(
                "t",
                0,
                0,
                0,
                TimestampType.CREATE_TIME,
                KEY.length,
                value.length,
                KEY,
                value,
                headers,
                Optional.empty());
        if (CommandReading.read(record, reports) instanceof CommandReading.Result.Dead dead
                && dead.reason().startsWith(DEFECT)) {
            throw new IllegalStateException(dead.reason());
        }
    }
}
