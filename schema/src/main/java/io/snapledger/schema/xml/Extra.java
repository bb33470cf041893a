package io.snapledger.schema.xml;

import io.snapledger.schema.xml.XmlNode.Attribute;
import io.snapledger.schema.xml.XmlNode.Element;
import java.util.List;

/** What stands in an element beside what libvirt's format names; it is written again behind the rest. */
public record Extra(List<Attribute> attributes, List<Element> elements) {
    public static final Extra NONE = new Extra(List.of(), List.of());

    public Extra {
        attributes = List.copyOf(attributes);
        elements = List.copyOf(elements);
    }
}
