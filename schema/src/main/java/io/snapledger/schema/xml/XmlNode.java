package io.snapledger.schema.xml;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A piece of an XML document, without comments and processing instructions: an element, or text between elements. */
public sealed interface XmlNode {

    /** The text in and below this node. */
    String text();

    /** Characters as they are meant, not as they are escaped. */
    record Text(String value) implements XmlNode {
        @Override
        public String text() {
            return value;
        }
    }

    /** An attribute; declarations of namespaces are attributes too. */
    record Attribute(String name, String value) {}

    /** An element by the name that stands in the document, prefix included. Blanks between elements are no part of it. */
    record Element(String name, List<Attribute> attributes, List<XmlNode> children) implements XmlNode {
        public Element {
            attributes = List.copyOf(attributes);
            children = List.copyOf(children);
        }

        /** An element that holds nothing but text. */
        public static Element of(String name, String text) {
            return new Element(name, List.of(), List.of(new Text(text)));
        }

        /** An element that holds other elements. */
        public static Element of(String name, List<? extends XmlNode> children) {
            return new Element(name, List.of(), List.copyOf(children));
        }

        public Optional<String> attribute(String wanted) {
            return attributes.stream()
                    .filter(a -> a.name().equals(wanted))
                    .map(Attribute::value)
                    .findFirst();
        }

        /** The same element with that attribute in its place, or as the last one. */
        Element with(String attribute, String value) {
            List<Attribute> others = new ArrayList<>(attributes);
            Attribute changed = new Attribute(attribute, value);
            others.replaceAll(a -> a.name().equals(attribute) ? changed : a);
            if (!others.contains(changed)) {
                others.add(changed);
            }
            return new Element(name, others, children);
        }

        /** The same element with the elements below it changed. */
        Element withElements(UnaryOperator<Element> change) {
            return new Element(
                    name,
                    attributes,
                    children.stream()
                            .<XmlNode>map(c -> c instanceof Element e ? change.apply(e) : c)
                            .toList());
        }

        /** The elements directly below, in their order. */
        public Stream<Element> elements() {
            return children.stream().filter(Element.class::isInstance).map(Element.class::cast);
        }

        public Stream<Element> elements(String wanted) {
            return elements().filter(e -> e.name().equals(wanted));
        }

        public Optional<Element> element(String wanted) {
            return elements(wanted).findFirst();
        }

        /** The text of the first element of that name; an empty one counts as none, as for libvirt. */
        public Optional<String> textOf(String wanted) {
            return element(wanted).map(Element::text).filter(t -> !t.isEmpty());
        }

        @Override
        public String text() {
            StringBuilder text = new StringBuilder();
            children.forEach(c -> text.append(c.text()));
            return text.toString();
        }

        /** The element as libvirt would print it: two blanks a level, single quotes, a line feed at the end. */
        public String print() {
            return XmlPrinter.print(this);
        }
    }
}
