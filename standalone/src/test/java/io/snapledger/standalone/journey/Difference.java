package io.snapledger.standalone.journey;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** Where a line is not answered as virsh answers it, on purpose; {@code docs/virsh.md} says why, by the same names. */
enum Difference {
    /** virsh ends nearly every answer with one more empty line. */
    LAST_EMPTY_LINE,
    /** Two services take two snapshots at two times. */
    CREATION_TIMES,
    /** Wrong usage says where help is. */
    SEE_HELP,
    /** What the service refuses, it refuses in its own words. */
    OWN_SENTENCES,
    /** A document holds the domain as its service knows it. */
    DOMAIN_IN_DOCUMENTS,
    /** The manual says that a tree from a snapshot has all that is below it; virsh 9.0 draws the children. */
    TREE_FROM_A_SNAPSHOT,
    /** The manual says that both filters of a group are as none; libvirt 9.0 finds nothing. */
    LEAVES_AND_NO_LEAVES,
    /** Any order with parents before children is topological. */
    TOPOLOGICAL_SIBLINGS;

    private static final Set<String> STARTS = Set.of("--from", "--current");

    String shown() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What virsh is to be asked so that it does what its manual says of the line. */
    static List<String> asTheManualSays(List<String> line, Set<Difference> seen) {
        if (!line.getFirst().equals("snapshot-list")) {
            return line;
        }
        if (line.contains("--tree") && line.stream().anyMatch(STARTS::contains) && !line.contains("--descendants")) {
            seen.add(TREE_FROM_A_SNAPSHOT);
            return Stream.concat(line.stream(), Stream.of("--descendants")).toList();
        }
        if (line.contains("--tree") && line.contains("--topological")) {
            seen.add(TOPOLOGICAL_SIBLINGS);
            return line.stream().filter(w -> !w.equals("--topological")).toList();
        }
        if (line.containsAll(List.of("--leaves", "--no-leaves"))) {
            seen.add(LEAVES_AND_NO_LEAVES);
            return line.stream().filter(w -> !w.endsWith("leaves")).toList();
        }
        return line;
    }
}
