package io.snapledger.runtime.health;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parts of a process, by their names. Put together by one thread, before it is asked. */
public final class Health {
    private final Map<String, Pulse> parts = new LinkedHashMap<>();

    /** Adds a part and gives it back. */
    public <T extends Pulse> T watch(String name, T part) {
        if (parts.put(name, part) != null) {
            throw new IllegalArgumentException("part \"" + name + "\" is watched already");
        }
        return part;
    }

    /** A line for each part that does not go on; empty when the process does its work. */
    public List<String> troubles() {
        List<String> troubles = new ArrayList<>();
        parts.forEach((name, part) ->
                part.trouble().ifPresent(t -> troubles.add(name + " " + t.replaceAll("\\s*\\R\\s*", " "))));
        return troubles;
    }
}
