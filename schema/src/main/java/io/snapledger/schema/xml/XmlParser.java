package io.snapledger.schema.xml;

import io.snapledger.schema.value.InvalidValueException;
import io.snapledger.schema.value.Texts;
import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import javax.xml.XMLConstants;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads text that a stranger wrote. No document type, so no entities but XML's own five; nothing is fetched; size and
 * depth are limited. Comments and processing instructions are dropped, and so are blanks between elements.
 */
final class XmlParser {
    static final int MAX_BYTES = 256 * 1024;
    static final int MAX_DEPTH = 64;
    private static final String MESSAGE = "Message: ";

    private final Deque<Open> open = new ArrayDeque<>();
    private Optional<Element> root = Optional.empty();

    private XmlParser() {}

    /** @throws InvalidValueException {@code invalidXml} */
    static Element parse(String text) {
        if (text.length() > MAX_BYTES || text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw Refused.because("the document is larger than " + MAX_BYTES
                    + " bytes; give one of at most that size, with one snapshot in it");
        }
        if (text.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
            throw Refused.because(
                    "the document holds half of a surrogate pair, which is no character; give valid Unicode");
        }
        return new XmlParser().read(text.startsWith("\uFEFF") ? text.substring(1) : text);
    }

    /** @throws InvalidValueException {@code invalidXml} when the bytes are not UTF-8 */
    static String decode(byte[] utf8) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
        } catch (CharacterCodingException e) {
            InvalidValueException refused = Refused.because(
                    "the document is not valid UTF-8; save it in that encoding (" + e.getMessage() + ")");
            refused.initCause(e);
            throw refused;
        }
    }

    private Element read(String text) {
        try {
            XMLStreamReader reader = factory().createXMLStreamReader(new StringReader(text));
            if ("1.1".equals(reader.getVersion())) {
                throw Refused.because("the document is XML 1.1; give XML 1.0, as libvirt writes it");
            }
            while (reader.hasNext()) {
                take(reader, reader.next());
            }
            reader.close();
        } catch (XMLStreamException e) {
            InvalidValueException refused = Refused.because("the document is not well-formed XML" + where(e)
                    + "; give a complete <domainsnapshot> document. The parser says: " + said(e));
            refused.initCause(e);
            throw refused;
        }
        return root.orElseThrow(() -> Refused.because("the document is empty; give a <domainsnapshot> document"));
    }

    private void take(XMLStreamReader reader, int event) {
        switch (event) {
            case XMLStreamConstants.START_ELEMENT -> start(reader);
            case XMLStreamConstants.END_ELEMENT -> end();
            case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
                open.element().text(reader.getText());
            case XMLStreamConstants.DTD ->
                throw Refused.because("the document has a document type (<!DOCTYPE …>); give it without one");
            case XMLStreamConstants.ENTITY_REFERENCE ->
                throw Refused.because("the document refers to the entity \"" + Texts.shortened(reader.getLocalName())
                        + "\"; only &lt; &gt; &amp; &apos; &quot; and character references can be used");
            default -> {
                // comments, processing instructions and the document's own start and end
            }
        }
    }

    private void start(XMLStreamReader reader) {
        if (open.size() >= MAX_DEPTH) {
            throw Refused.because("the document is nested deeper than " + MAX_DEPTH + " elements at <"
                    + Texts.shortened(reader.getLocalName()) + ">; libvirt's documents are not");
        }
        List<Attribute> attributes = new ArrayList<>();
        for (int i = 0; i < reader.getNamespaceCount(); i++) {
            String prefix = reader.getNamespacePrefix(i);
            String uri = reader.getNamespaceURI(i);
            attributes.add(new Attribute(
                    prefix == null || prefix.isEmpty()
                            ? XMLConstants.XMLNS_ATTRIBUTE
                            : XMLConstants.XMLNS_ATTRIBUTE + ":" + prefix,
                    uri == null ? "" : uri));
        }
        for (int i = 0; i < reader.getAttributeCount(); i++) {
            attributes.add(new Attribute(
                    qualified(reader.getAttributePrefix(i), reader.getAttributeLocalName(i)),
                    reader.getAttributeValue(i)));
        }
        open.push(new Open(qualified(reader.getPrefix(), reader.getLocalName()), attributes));
    }

    private void end() {
        Element finished = open.pop().finished();
        if (open.isEmpty()) {
            root = Optional.of(finished);
        } else {
            open.element().child(finished);
        }
    }

    private static String qualified(@Nullable String prefix, String local) {
        return prefix == null || prefix.isEmpty() ? local : prefix + ":" + local;
    }

    private static String where(XMLStreamException e) {
        return e.getLocation() == null
                ? ""
                : " at line " + e.getLocation().getLineNumber() + ", column "
                        + e.getLocation().getColumnNumber();
    }

    /** The parser's message without the place, which it repeats. */
    private static String said(XMLStreamException e) {
        String message = String.valueOf(e.getMessage());
        int text = message.indexOf(MESSAGE);
        return Texts.shortened(text < 0 ? message : message.substring(text + MESSAGE.length()));
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, true);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setProperty(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setXMLResolver((publicId, systemId, base, namespace) -> {
            throw new XMLStreamException("nothing outside the document is read");
        });
        return factory;
    }

    /** An element whose end has not been read. */
    private static final class Open {
        private final String name;
        private final List<Attribute> attributes;
        private final List<XmlNode> children = new ArrayList<>();
        private final StringBuilder pending = new StringBuilder();

        Open(String name, List<Attribute> attributes) {
            this.name = name;
            this.attributes = attributes;
        }

        void text(String piece) {
            pending.append(piece);
        }

        void child(Element element) {
            endText();
            children.add(element);
        }

        Element finished() {
            endText();
            if (children.stream().allMatch(c -> c instanceof Element || blank(c.text()))
                    && children.stream().anyMatch(Element.class::isInstance)) {
                children.removeIf(XmlNode.Text.class::isInstance);
            }
            return new Element(name, attributes, children);
        }

        private void endText() {
            if (!pending.isEmpty()) {
                children.add(new XmlNode.Text(pending.toString()));
                pending.setLength(0);
            }
        }

        private static boolean blank(String text) {
            return text.chars().allMatch(c -> c == ' ' || c == '\t' || c == '\n' || c == '\r');
        }
    }
}
