package io.snapledger.schema.xml;

import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;

/** Prints elements in libvirt's style. What XML 1.0 cannot hold (most control characters) is left out, as libvirt does. */
final class XmlPrinter {
    private final StringBuilder out = new StringBuilder();

    private XmlPrinter() {}

    static String print(Element element) {
        XmlPrinter printer = new XmlPrinter();
        printer.block(element, 0);
        return printer.out.toString();
    }

    private void block(Element element, int level) {
        out.repeat("  ", level);
        if (element.children().isEmpty() || holdsText(element)) {
            inline(element);
        } else {
            open(element).append(">\n");
            element.elements().forEach(e -> block(e, level + 1));
            out.repeat("  ", level).append("</").append(element.name()).append('>');
        }
        out.append('\n');
    }

    private void inline(Element element) {
        open(element);
        if (element.children().isEmpty()) {
            out.append("/>");
            return;
        }
        out.append('>');
        for (XmlNode child : element.children()) {
            switch (child) {
                case XmlNode.Text text -> escape(text.value(), false);
                case Element inner -> inline(inner);
            }
        }
        out.append("</").append(element.name()).append('>');
    }

    private StringBuilder open(Element element) {
        out.append('<').append(element.name());
        for (Attribute attribute : element.attributes()) {
            out.append(' ').append(attribute.name()).append("='");
            escape(attribute.value(), true);
            out.append('\'');
        }
        return out;
    }

    private static boolean holdsText(Element element) {
        return element.children().stream().anyMatch(XmlNode.Text.class::isInstance);
    }

    private void escape(String text, boolean attribute) {
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&apos;");
                case '\r' -> out.append("&#13;");
                case '\n' -> out.append(attribute ? "&#10;" : "\n");
                case '\t' -> out.append(attribute ? "&#9;" : "\t");
                default -> {
                    if (c >= 0x20 && c != 0xFFFE && c != 0xFFFF && Character.getType(c) != Character.SURROGATE) {
                        out.appendCodePoint(c);
                    }
                }
            }
        });
    }
}
