package io.snapledger.standalone.cli;

import java.util.ArrayList;
import java.util.List;
import org.jline.utils.WCWidth;

/** Rows under a header, spaced as virsh spaces them. */
final class Table {
    private static final int GAP = 3;

    private Table() {}

    static String of(List<String> header, List<List<String>> rows) {
        List<Integer> widths = new ArrayList<>();
        for (int i = 0; i < header.size(); i++) {
            int column = i;
            widths.add(Math.max(
                    width(header.get(column)),
                    rows.stream().mapToInt(r -> width(r.get(column))).max().orElse(0)));
        }
        StringBuilder text = new StringBuilder();
        line(text, header, widths);
        widths.forEach(w -> text.repeat('-', w + GAP));
        text.append('\n');
        rows.forEach(row -> line(text, row, widths));
        return text.toString();
    }

    private static void line(StringBuilder text, List<String> cells, List<Integer> widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size() - 1; i++) {
            line.append(' ').append(cells.get(i)).repeat(' ', widths.get(i) - width(cells.get(i)) + GAP - 1);
        }
        text.append(line).append(' ').append(cells.getLast()).append('\n');
    }

    /** In columns of a terminal. */
    private static int width(String cell) {
        return cell.codePoints().map(c -> Math.max(WCWidth.wcwidth(c), 0)).sum();
    }
}
