package io.snapledger.query.http;

import java.util.List;

/** Routes of the contract that are not there yet; each says what is. */
final class UnfinishedRoutes {
    private UnfinishedRoutes() {}

    static List<Route> of() {
        return List.of(Route.open("/openapi.json", "This API, described.").by(_ -> {
            throw new UnsupportedException(
                    "the API does not describe itself yet; what there is begins with " + Route.API + "/domains");
        }));
    }
}
