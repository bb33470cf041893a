package io.snapledger.standalone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.snapledger.schema.definition.Disk;
import io.snapledger.schema.disk.DiskRef;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.snapshot.DiskRequest;
import io.snapledger.schema.snapshot.MemoryRequest;
import io.snapledger.schema.value.CaptureMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class SpecsTest {
    @Test
    void V6_a_doubled_comma_is_a_comma() {
        assertEquals(List.of("a,b", "c", ""), Specs.words("a,,b,c,"));
        assertEquals(List.of("c,", "d,"), Specs.words("c,,,d,,"));
    }

    @Test
    void reads_a_diskspec() {
        assertEquals(
                new DiskRequest(
                        new DiskTarget("vda"),
                        Optional.of(CaptureMode.EXTERNAL),
                        Optional.of(new HostPath("/images/a,b.qcow2")),
                        Optional.of(ImageFormat.QCOW2)),
                new Specs.OfDisk().convert("vda,snapshot=external,driver=qcow2,stype=file,file=/images/a,,b.qcow2"));
        assertEquals(
                new DiskRequest(
                        new DiskTarget("vdb"), Optional.of(CaptureMode.NONE), Optional.empty(), Optional.empty()),
                new Specs.OfDisk().convert("vdb,snapshot=no"));
    }

    @Test
    void K2_a_diskspec_may_name_the_disk_by_its_path() {
        assertEquals(
                new DiskRequest(
                        new DiskRef("/images/a.qcow2"),
                        Optional.of(CaptureMode.NONE),
                        Optional.empty(),
                        Optional.empty()),
                new Specs.OfDisk().convert("/images/a.qcow2,snapshot=no"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",snapshot=external",
                "vda,",
                "vda,external",
                "vda,shot=external",
                "vda,snapshot=outside",
                "vda,file=relative.qcow2",
                "vda,snapshot=external,snapshot=internal",
                "vda,stype=block"
            })
    void V6_refuses_a_diskspec(String text) {
        assertThrows(TypeConversionException.class, () -> new Specs.OfDisk().convert(text));
    }

    @Test
    void reads_a_memspec() {
        MemoryRequest file = new MemoryRequest(
                Optional.of(CaptureMode.EXTERNAL), Optional.of(new HostPath("/m")), Optional.empty(), Optional.empty());

        assertEquals(file, new Specs.OfMemory().convert("/m,snapshot=external"));
        assertEquals(file, new Specs.OfMemory().convert("file=/m,snapshot=external"));
        assertEquals(file, new Specs.OfMemory().convert("snapshot=external,file=/m"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/m,/n", "/m,compression=zstd", "/m,file=/n", ""})
    void V6_refuses_a_memspec(String text) {
        assertThrows(TypeConversionException.class, () -> new Specs.OfMemory().convert(text));
    }

    @Test
    void reads_a_disk_of_a_definition() {
        assertEquals(
                new Disk(
                        new DiskTarget("vda"),
                        new HostPath("/images/web.qcow2"),
                        ImageFormat.QCOW2,
                        true,
                        Optional.of(CaptureMode.EXTERNAL)),
                new Specs.OfDefinedDisk()
                        .convert("vda,file=/images/web.qcow2,format=qcow2,readonly,snapshot=external"));
        assertTrue(assertThrows(TypeConversionException.class, () -> new Specs.OfDefinedDisk().convert("vda,file=/a"))
                .getMessage()
                .contains("has no format"));
    }

    @Test
    void reads_sizes_and_times() {
        assertEquals(256L << 20, new Texts.Size().convert("256M"));
        assertEquals(4L << 30, new Texts.Size().convert("4GiB"));
        assertEquals(4096, new Texts.Size().convert("4096"));
        assertThrows(TypeConversionException.class, () -> new Texts.Size().convert("999999999999T"));
        assertEquals(Duration.ofMinutes(5), new Texts.Time().convert("5m"));
        assertThrows(TypeConversionException.class, () -> new Texts.Time().convert("0s"));
    }
}
