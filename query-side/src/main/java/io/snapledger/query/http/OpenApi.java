package io.snapledger.query.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.snapledger.schema.operation.OperationProgress;
import io.snapledger.schema.query.ChangeView;
import io.snapledger.schema.query.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The description of the API, OpenAPI 3.1, made of the declarations that the server listens by: so it cannot say otherwise. */
final class OpenApi {
    static final String PATH = "/openapi.json";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String TOKEN = "token";

    /** Statuses that tell why there is no answer. */
    private static final Map<String, String> PROBLEMS = new TreeMap<>(Map.of(
            "400", "The question cannot be understood; the detail names what and says what would work.",
            "401", "The token is missing, or it is another one than is wanted.",
            "404", "What is asked for is not known.",
            "406", "The route answers in none of the forms that the client takes.",
            "503", "The position is not applied yet, or the database does not answer; ask again.",
            "default", "Any other problem."));

    private final ViewSchemas schemas = new ViewSchemas();
    private final boolean token;

    private OpenApi(boolean token) {
        this.token = token;
    }

    /** The routes with one more, which describes all of them and itself. */
    static List<Route> described(List<Route> routes, boolean token) {
        List<Route> all = new ArrayList<>(routes);
        String[] text = new String[1];
        Route self = Route.open(PATH, "This description.")
                .answering(Form.text(Answer.JSON))
                .by(_ -> Answer.text(text[0], Answer.JSON));
        all.add(self);
        text[0] = Sending.json(new OpenApi(token).document(all));
        return List.copyOf(all);
    }

    private ObjectNode document(List<Route> routes) {
        ObjectNode document = NODES.objectNode().put("openapi", "3.1.0");
        document.putObject("info")
                .put("title", "Snapledger")
                .put("version", "1")
                .put(
                        "description",
                        "Questions about the snapshots of virtual machines and their past. Lists are taken in pages: give"
                                + " next as cursor. Every answer tells the position of the log that it shows, in the field"
                                + " position and in the header " + Headers.POSITION + ".");
        ObjectNode paths = document.putObject("paths");
        for (Route route : routes) {
            ObjectNode path =
                    paths.withObject("/" + route.path().replace("~", "~0").replace("/", "~1"));
            path.set(route.method().name().toLowerCase(Locale.ROOT), operation(route));
        }
        schemas.reference(ChangeView.class);
        schemas.reference(OperationProgress.class);
        ObjectNode components = NODES.objectNode();
        components.set("responses", problems());
        components.set("headers", headers());
        components
                .putObject("securitySchemes")
                .putObject(TOKEN)
                .put("type", "http")
                .put("scheme", "bearer")
                .put("description", "Asked for where http.token is configured.");
        ObjectNode described = components.putObject("schemas");
        schemas.described().forEach(described::set);
        document.set("components", components);
        return document;
    }

    private ObjectNode operation(Route route) {
        ObjectNode operation = NODES.objectNode().put("operationId", id(route)).put("summary", route.meaning());
        if (!route.parameters().isEmpty()) {
            ArrayNode parameters = operation.putArray("parameters");
            route.parameters().forEach(p -> parameters.add(parameter(p)));
        }
        ObjectNode responses = operation.putObject("responses");
        responses.set(
                switch (route.method()) {
                    case GET -> "200";
                    case POST -> "202";
                },
                answer(route));
        if (route.method() == Route.Method.GET) {
            responses.putObject("304").put("description", "The client has it already, by If-None-Match.");
        }
        statuses(route)
                .forEach(status ->
                        responses.putObject(status).put("$ref", "#/components/responses/" + problemName(status)));
        ArrayNode security = operation.putArray("security");
        if (token && route.access() == Route.Access.BY_TOKEN) {
            security.addObject().putArray(TOKEN);
        }
        return operation;
    }

    /** Such as {@code getDomainsDomainTree}. */
    private static String id(Route route) {
        String words = route.path()
                .replace(Route.API, "")
                .chars()
                .mapToObj(c -> Character.isLetterOrDigit(c) ? Character.toString(c) : " ")
                .collect(Collectors.joining());
        return route.method().name().toLowerCase(Locale.ROOT)
                + List.of(words.strip().split(" +", -1)).stream()
                        .map(w -> Character.toUpperCase(w.charAt(0)) + w.substring(1))
                        .collect(Collectors.joining());
    }

    private static List<String> statuses(Route route) {
        boolean finds = route.parameters().stream()
                .anyMatch(p -> p.place() == Parameter.Place.PATH || p.name().equals("domain"));
        return PROBLEMS.keySet().stream()
                .filter(status -> switch (status) {
                    case "404" -> finds;
                    case "400", "401", "406" -> route.access() == Route.Access.BY_TOKEN;
                    default -> true;
                })
                .toList();
    }

    private static String problemName(String status) {
        return "Problem" + status.substring(0, 1).toUpperCase(Locale.ROOT) + status.substring(1);
    }

    private ObjectNode problems() {
        ObjectNode responses = NODES.objectNode();
        PROBLEMS.forEach((status, meaning) -> {
            ObjectNode response = responses.putObject(problemName(status)).put("description", meaning);
            response.putObject("content").putObject(Problems.TYPE).set("schema", schemas.reference(Problem.class));
        });
        return responses;
    }

    private static ObjectNode headers() {
        ObjectNode headers = NODES.objectNode();
        headers.putObject("Position")
                .put("description", "All of the log up to here is in the answer.")
                .putObject("schema")
                .put("type", "integer")
                .put("format", "int64");
        headers.putObject("ETag")
                .put("description", "Names what the answer says; give it as If-None-Match.")
                .putObject("schema")
                .put("type", "string");
        headers.putObject("Next")
                .put("description", "The cursor of the next page, where the form has no place for it.")
                .putObject("schema")
                .put("type", "string");
        return headers;
    }

    private static ObjectNode parameter(Parameter parameter) {
        ObjectNode node = NODES.objectNode()
                .put("name", parameter.name())
                .put("in", parameter.place().name().toLowerCase(Locale.ROOT))
                .put("required", parameter.place() == Parameter.Place.PATH)
                .put("description", parameter.meaning());
        if (parameter.kind() instanceof Parameter.Kind.Flag) {
            node.put("allowEmptyValue", true);
        }
        node.set("schema", schema(parameter.kind()));
        return node;
    }

    private static ObjectNode schema(Parameter.Kind kind) {
        ObjectNode schema = NODES.objectNode();
        return switch (kind) {
            case Parameter.Kind.Text _ -> schema.put("type", "string");
            case Parameter.Kind.Flag _ -> schema.put("type", "boolean");
            case Parameter.Kind.Whole whole ->
                schema.put("type", "integer")
                        .put("format", "int64")
                        .put("minimum", whole.least())
                        .put("maximum", whole.most());
            case Parameter.Kind.Time _ -> schema.put("type", "string").put("format", "date-time");
            case Parameter.Kind.OneOf oneOf -> {
                ArrayNode words = schema.put("type", "string").putArray("enum");
                oneOf.words().forEach(words::add);
                yield schema;
            }
        };
    }

    private ObjectNode answer(Route route) {
        ObjectNode response = NODES.objectNode().put("description", route.meaning());
        if (route.access() == Route.Access.BY_TOKEN) {
            ObjectNode headers = response.putObject("headers");
            headers.putObject(Headers.POSITION).put("$ref", "#/components/headers/Position");
            if (route.method() == Route.Method.GET) {
                headers.putObject("ETag").put("$ref", "#/components/headers/ETag");
            }
            if (route.forms().size() > 1) {
                headers.putObject(Headers.NEXT).put("$ref", "#/components/headers/Next");
            }
        }
        ObjectNode content = response.putObject("content");
        route.forms().forEach(form -> content.putObject(form.mediaType()).set("schema", schema(form)));
        return response;
    }

    private ObjectNode schema(Form form) {
        return switch (form) {
            case Form.Of of -> positioned(schemas.record(of.view()));
            case Form.PageOf page -> {
                ObjectNode list = NODES.objectNode().put("type", "object");
                ObjectNode properties = list.putObject("properties");
                properties.putObject("items").put("type", "array").set("items", schemas.reference(page.view()));
                properties.putObject("next").putArray("type").add("string").add("null");
                list.putArray("required").add("items").add("next");
                yield positioned(list);
            }
            case Form.Text text
            when text.type().equals(Answer.JSON) -> NODES.objectNode().put("type", "object");
            case Form.Text _ -> NODES.objectNode().put("type", "string");
        };
    }

    private static ObjectNode positioned(ObjectNode schema) {
        ObjectNode properties = schema.withObject("/properties");
        if (!properties.has("position")) {
            schema.withArray("required").add("position");
        }
        properties.set("position", ViewSchemas.position());
        return schema;
    }
}
