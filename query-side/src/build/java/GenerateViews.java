import io.snapledger.servers.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.ForcedType;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.SchemaMappingType;
import org.jooq.meta.jaxb.Target;

/**
 * Writes the jOOQ classes of the read tables: a throw-away PostgreSQL, the migrations, the generator. Run by Maven before
 * the compiler, as a source file; does nothing when what it wrote is for the same migrations.
 *
 * <p>Arguments: the folder db of the migrations, and the folder to write to.
 */
public final class GenerateViews {
    private static final String TYPES_WITH_ZONE = "(?i:TIMESTAMP\\ ?(\\(.*\\))?\\ WITH\\ TIME\\ ZONE|timestamptz)";

    private static final String PACKAGE = "io.snapledger.query.jooq";

    private GenerateViews() {}

    public static void main(String[] args) throws Exception {
        Path migrations = Path.of(args[0]);
        Path out = Path.of(args[1]);
        Path mark = out.resolve("generated-from.txt");
        String wanted = wanted(migrations);
        if (Files.exists(mark) && Files.readString(mark).equals(wanted)) {
            return;
        }
        empty(out);
        try (PostgresServer server = PostgresServer.throwAway()) {
            String url = server.database("views");
            migrate(url, "views", migrations.resolve("projections"));
            migrate(url, "views_a", migrations.resolve("views"));
            generate(url, out);
        }
        Files.writeString(mark, wanted);
    }

    private static void empty(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void migrate(String url, String schema, Path folder) {
        Flyway.configure()
                .dataSource(url, null, null)
                .defaultSchema(schema)
                .locations("filesystem:" + folder)
                .load()
                .migrate();
    }

    private static void generate(String url, Path out) throws Exception {
        GenerationTool.generate(new Configuration()
                .withLogging(Logging.WARN)
                .withJdbc(new Jdbc().withDriver("org.postgresql.Driver").withUrl(url))
                .withGenerator(new Generator()
                        .withDatabase(new Database()
                                .withName("org.jooq.meta.postgres.PostgresDatabase")
                                .withExcludes("flyway_schema_history")
                                .withForcedTypes(
                                        new ForcedType().withName("INSTANT").withIncludeTypes(TYPES_WITH_ZONE))
                                .withSchemata(
                                        new SchemaMappingType().withInputSchema("views"),
                                        // which of views_a and views_b is told at run time
                                        new SchemaMappingType()
                                                .withInputSchema("views_a")
                                                .withOutputSchema("slot")))
                        .withGenerate(new Generate().withGeneratedAnnotation(false))
                        .withTarget(new Target()
                                .withPackageName(PACKAGE)
                                .withDirectory(out.toString())
                                .withClean(true))));
    }

    /** The migrations, name by name. */
    private static String wanted(Path migrations) throws IOException {
        StringBuilder text = new StringBuilder(PACKAGE + TYPES_WITH_ZONE).append('\n');
        for (String folder : new String[] {"projections", "views"}) {
            try (Stream<Path> files = Files.list(migrations.resolve(folder))) {
                for (Path file : files.sorted().toList()) {
                    text.append(file.getFileName()).append('\n').append(Files.readString(file));
                }
            }
        }
        return text.toString();
    }
}
