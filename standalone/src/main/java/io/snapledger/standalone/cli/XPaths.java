package io.snapledger.standalone.cli;

import java.io.StringReader;
import java.io.StringWriter;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import javax.xml.xpath.XPath;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** virsh's {@code --xpath}: the parts of a document that an expression selects. */
final class XPaths {
    private XPaths() {}

    /**
     * Each of them on lines of its own, or all within one element {@code nodes}.
     *
     * @throws RefusedException when the expression cannot be used
     */
    static String select(String document, String expression, boolean wrap) {
        try {
            Document parsed = parsed(document);
            NodeList nodes = selected(parsed, expression);
            StringBuilder text = new StringBuilder();
            if (wrap) {
                text.append(text(wrapped(parsed, nodes))).append('\n');
            } else {
                for (int i = 0; i < nodes.getLength(); i++) {
                    text.append(text(nodes.item(i))).append('\n');
                }
            }
            return text.toString();
        } catch (XPathExpressionException e) {
            throw new RefusedException("--xpath \"" + expression
                    + "\" does not select nodes; give an XPath 1.0 expression such as //disk (" + e.getMessage() + ")");
        } catch (ParserConfigurationException | SAXException | java.io.IOException | TransformerException e) {
            throw new IllegalStateException("a document of ours cannot be read", e);
        }
    }

    private static NodeList selected(Document document, String expression) throws XPathExpressionException {
        XPath xpath = XPathFactory.newDefaultInstance().newXPath();
        NodeList blanks =
                (NodeList) xpath.evaluate("//text()[not(normalize-space())][../*]", document, XPathConstants.NODESET);
        for (int i = 0; i < blanks.getLength(); i++) {
            Node blank = blanks.item(i);
            blank.getParentNode().removeChild(blank);
        }
        return (NodeList) xpath.evaluate(expression, document, XPathConstants.NODESET);
    }

    /** Attributes become those of the element. */
    private static Element wrapped(Document document, NodeList nodes) {
        Element all = document.createElement("nodes");
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i) instanceof Attr attribute) {
                all.setAttribute(attribute.getName(), attribute.getValue());
            } else {
                all.appendChild(nodes.item(i).cloneNode(true));
            }
        }
        return all;
    }

    private static Document parsed(String document)
            throws ParserConfigurationException, SAXException, java.io.IOException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(document)));
    }

    private static String text(Node node) throws TransformerException {
        if (node instanceof Attr attribute) {
            return " " + attribute.getName() + "=\"" + attribute.getValue() + "\"";
        }
        Transformer transformer = TransformerFactory.newDefaultInstance().newTransformer();
        transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
        transformer.setOutputProperty(OutputKeys.INDENT, "yes");
        transformer.setOutputProperty("{http://xml.apache.org/xslt}indent-amount", "2");
        StringWriter written = new StringWriter();
        transformer.transform(new DOMSource(node), new StreamResult(written));
        return written.toString().stripTrailing();
    }
}
