package io.snapledger.schema.xml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** libvirt's own RELAX NG schema, and the tool that checks against it. */
record LibvirtSchema(Path tool, Path schema) {

    /** @throws IOException when they cannot be had here, with the reason */
    static LibvirtSchema find() throws IOException, InterruptedException {
        return new LibvirtSchema(
                DebianFiles.find("usr/bin/xmllint", "libxml2-utils"),
                DebianFiles.find("usr/share/libvirt/schemas/domainsnapshot.rng", "libvirt0"));
    }

    /** What the tool complains about; empty when the document is as the schema says. */
    String complaints(String document) throws IOException, InterruptedException {
        Path file = Files.createTempFile("snapshot", ".xml");
        try {
            Files.writeString(file, document);
            DebianFiles.Ran ran = DebianFiles.run(
                    file.getParent(),
                    List.of(tool.toString(), "--noout", "--relaxng", schema.toString(), file.toString()));
            return ran.status() == 0 ? "" : ran.output();
        } finally {
            Files.delete(file);
        }
    }
}
