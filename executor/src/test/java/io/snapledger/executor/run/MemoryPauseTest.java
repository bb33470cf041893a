package io.snapledger.executor.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.snapledger.executor.TestHost;
import io.snapledger.schema.disk.HostPath;
import io.snapledger.schema.disk.ImageFormat;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step.CriticalSection;
import io.snapledger.schema.operation.Step.SaveMemory;
import io.snapledger.schema.value.Compression;
import io.snapledger.schema.value.RunState;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How long a guest stands still whose memory holds 300 MiB, half of it words and half of it noise. The figures are left in target. */
@Tag("qemu")
@Tag("nightly")
class MemoryPauseTest {
    private static final int MIB = 1 << 20;
    private static final int USED = 300;

    @Test
    void is_not_made_longer_by_packing() throws Exception {
        try (TestHost host = TestHost.withDisks(ImageFormat.QCOW2)) {
            fillMemory(host);
            host.startGuest(host.definedChains());
            List<String> figures = new ArrayList<>();
            Map<Compression, List<Long>> pauses = new EnumMap<>(Compression.class);
            for (int round = 0; round < 5; round++) {
                for (Compression compression : Compression.values()) {
                    HostPath file = host.file(compression + "." + round);
                    host.nextOperation();
                    long from = System.nanoTime();
                    HostResult result = host.run(host.opening(
                            RunState.RUNNING,
                            host.definedChains(),
                            new CriticalSection(List.of(new SaveMemory(file, Optional.of(compression), false)))));
                    long all = (System.nanoTime() - from) / 1_000_000;
                    assertThat(result).isInstanceOf(HostResult.Finished.class);
                    long paused =
                            ((HostResult.Finished) result).run().pausedMillis().orElseThrow();
                    pauses.computeIfAbsent(compression, _ -> new ArrayList<>()).add(paused);
                    long bytes = Files.size(Path.of(file.value()));
                    figures.add(compression + ": paused " + paused + " ms, all in all " + all + " ms, " + bytes / MIB
                            + " MiB");
                    Files.delete(Path.of(file.value()));
                }
            }
            Files.write(Path.of("target", "memory-pauses.txt"), figures);
            long plain = median(pauses.get(Compression.NONE));
            assertThat(median(pauses.get(Compression.GZIP))).isLessThan(plain * 3 / 2 + 100);
            assertThat(median(pauses.get(Compression.ZSTD))).isLessThan(plain * 3 / 2 + 100);
        }
    }

    private static long median(List<Long> values) {
        List<Long> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }

    private static void fillMemory(TestHost host) throws Exception {
        Path content = Path.of(host.file("content").value());
        Random random = new Random(7);
        byte[] noise = new byte[MIB];
        byte[] words = "the quick brown fox jumps over the lazy dog "
                .repeat(MIB / 44 + 1)
                .substring(0, MIB)
                .getBytes(StandardCharsets.US_ASCII);
        try (OutputStream out = Files.newOutputStream(content)) {
            for (int i = 0; i < USED; i++) {
                random.nextBytes(noise);
                out.write(i % 2 == 0 ? noise : words);
            }
        }
        Path definition =
                host.hypervisor().socketFolder().resolveSibling("definitions").resolve("counter.json");
        Files.writeString(
                definition,
                Files.readString(definition)
                        .replace(
                                "\"-m\", \"64M\"",
                                "\"-m\", \"1024M\", \"-device\", \"loader,file=" + content
                                        + ",addr=0x2000000,force-raw=on\""));
    }
}
