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
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** virsh's {@code --xpath}: the parts of a document that an expression selects. */
final class XPaths {
    private XPaths() {}

    /** @throws RefusedException when the expression cannot be used */
    static String select(String document, String expression, boolean wrap) {
        try {
            NodeList nodes = (NodeList) XPathFactory.newDefaultInstance()
                    .newXPath()
                    .evaluate(expression, parsed(document), XPathConstants.NODESET);
            StringBuilder selected = new StringBuilder(wrap ? "<nodes>\n" : "");
            for (int i = 0; i < nodes.getLength(); i++) {
                selected.append(text(nodes.item(i))).append('\n');
            }
            return wrap
                    ? selected.append("</nodes>").toString()
                    : selected.toString().stripTrailing();
        } catch (XPathExpressionException e) {
            throw new RefusedException("--xpath \"" + expression
                    + "\" does not select nodes; give an XPath 1.0 expression such as //disk (" + e.getMessage() + ")");
        } catch (ParserConfigurationException | SAXException | java.io.IOException | TransformerException e) {
            throw new IllegalStateException("a document of ours cannot be read", e);
        }
    }

    private static Document parsed(String document)
            throws ParserConfigurationException, SAXException, java.io.IOException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(document)));
    }

    private static String text(Node node) throws TransformerException {
        return switch (node.getNodeType()) {
            case Node.ATTRIBUTE_NODE -> node.getNodeName() + "=\"" + node.getNodeValue() + "\"";
            case Node.TEXT_NODE -> node.getNodeValue();
            default -> {
                Transformer transformer =
                        TransformerFactory.newDefaultInstance().newTransformer();
                transformer.setOutputProperty(OutputKeys.OMIT_XML_DECLARATION, "yes");
                StringWriter written = new StringWriter();
                transformer.transform(new DOMSource(node), new StreamResult(written));
                yield written.toString();
            }
        };
    }
}
