package io.snapledger.query.http;

import static io.snapledger.query.http.CommonParameters.AS_OF;
import static io.snapledger.query.http.CommonParameters.AS_OF_ALL;
import static io.snapledger.query.http.CommonParameters.DOMAIN;
import static io.snapledger.query.http.CommonParameters.HOST;
import static io.snapledger.query.http.CommonParameters.PAGING;

import io.snapledger.query.read.DomainQueries;
import io.snapledger.query.read.TagQueries;
import io.snapledger.query.view.SnapshotProjection;
import io.snapledger.schema.disk.DiskTarget;
import io.snapledger.schema.query.DomainView;
import io.snapledger.schema.query.TagView;
import java.util.List;

/** Routes about domains and what lies in their images. */
final class DomainRoutes {
    private DomainRoutes() {}

    static List<Route> of(DomainQueries domains, TagQueries tags) {
        return List.of(
                Route.question("/domains", SnapshotProjection.NAME, "Every domain that is defined, by name.")
                        .taking(HOST)
                        .taking(AS_OF_ALL)
                        .taking(PAGING)
                        .answering(Form.pageOf(DomainView.class))
                        .by(p -> Answer.of(domains.list(p.host(), p.limit(), p.text("cursor"), p.asOf()))),
                Route.question("/domains/{domain}", SnapshotProjection.NAME, "One domain, with its disks and files.")
                        .taking(DOMAIN)
                        .taking(AS_OF)
                        .answering(Form.of(DomainView.class))
                        .by(p -> Answer.of(domains.one(p.path("domain"), p.asOf()))),
                Route.question(
                                "/domains/{domain}/disks/{target}/snapshots",
                                SnapshotProjection.NAME,
                                "The states inside the images of one disk.")
                        .taking(DOMAIN, Parameter.path("target", "The disk, by its target, such as vda."))
                        .taking(AS_OF)
                        .taking(PAGING)
                        .answering(Form.pageOf(TagView.class))
                        .by(p -> Answer.of(tags.list(
                                p.path("domain"),
                                new DiskTarget(p.path("target")),
                                p.limit(),
                                p.text("cursor"),
                                p.asOf()))));
    }
}
