package io.snapledger.standalone.demo;

import java.io.PrintStream;

/** How the story is told: chapters, facts, checks that must hold, and trees. */
final class Telling {
    private final PrintStream out;
    private int chapters;
    private int checks;
    private int commands;

    Telling(PrintStream out) {
        this.out = out;
    }

    void chapter(String title) {
        chapters++;
        out.println();
        out.println(chapters + ". " + title);
    }

    void fact(String what) {
        out.println("   " + what);
    }

    void line(String text) {
        out.println("   " + text);
    }

    /** Tells what holds, or ends the story. */
    void check(String what, boolean holds) {
        if (!holds) {
            throw new IllegalStateException("this does not hold: " + what);
        }
        checks++;
        out.println("   ✓ " + what);
    }

    void tree(String drawn) {
        drawn.strip().lines().forEach(line -> out.println("      " + line));
    }

    void countCommand() {
        commands++;
    }

    int commands() {
        return commands;
    }

    int checks() {
        return checks;
    }
}
