package io.snapledger.schema.xml;

import java.util.Set;
import java.util.TreeSet;

/** The words of {@code <driver type='…'>} that libvirt knows. Which of them we can make is decided elsewhere. */
final class DiskFormats {
    private static final Set<String> WORDS = Set.of(
            "raw", "dir", "bochs", "cloop", "dmg", "iso", "vpc", "vdi", "fat", "vhd", "ploop", "cow", "qcow", "qcow2",
            "qed", "vmdk");

    private DiskFormats() {}

    static void check(String disk, String word) {
        if (!WORDS.contains(word)) {
            throw Refused.value(
                    "<driver>/@type of disk \"" + disk + "\"",
                    word,
                    "give a format that libvirt knows: " + String.join(", ", new TreeSet<>(WORDS)));
        }
    }
}
