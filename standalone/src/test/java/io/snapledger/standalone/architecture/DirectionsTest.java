package io.snapledger.standalone.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.snapledger.schema.domain.DomainCommand;
import io.snapledger.schema.domain.DomainEvent;
import io.snapledger.schema.domain.Outcome;
import io.snapledger.schema.domain.Reply;
import io.snapledger.schema.operation.Failure;
import io.snapledger.schema.operation.HostResult;
import io.snapledger.schema.operation.Step;
import io.snapledger.schema.operation.StepOutcome;
import io.snapledger.schema.snapshot.DiskCapture;
import io.snapledger.schema.snapshot.MemoryCapture;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What may know what. The picture is in AGENTS.md. */
class DirectionsTest {
    private static final String ROOT = "io.snapledger";
    private static final String[] PURE = {
        "io.snapledger.command.domain..", "io.snapledger.command.decide..", "io.snapledger.command.rollback.."
    };

    private static JavaClasses ours = new ClassFileImporter().importClasses(List.of());

    @BeforeAll
    static void read_our_classes() {
        ours = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar"))
                .withImportOption(location -> !location.contains("/io/snapledger/query/jooq/"))
                .importPackages(ROOT);
    }

    @Test
    void the_language_knows_nothing_but_java() {
        holds(classes()
                .that()
                .resideInAPackage("io.snapledger.schema..")
                .and()
                .resideOutsideOfPackages("io.snapledger.schema.message..", "io.snapledger.schema.xml..")
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage("io.snapledger.schema..", "java..", "org.jspecify.annotations..")));
    }

    @Test
    void the_wire_knows_jackson_and_cloudevents() {
        holds(classes()
                .that()
                .resideInAPackage("io.snapledger.schema.message..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "io.snapledger.schema..",
                        "java..",
                        "org.jspecify.annotations..",
                        "com.fasterxml.jackson..",
                        "io.cloudevents..")));
    }

    @Test
    void libvirts_documents_know_the_xml_library() {
        holds(classes()
                .that()
                .resideInAPackage("io.snapledger.schema.xml..")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "io.snapledger.schema..", "java..", "javax.xml..", "org.jspecify.annotations..")));
    }

    @Test
    void the_plumbing_knows_no_virtual_machine() {
        holds(noClasses()
                .that()
                .resideInAPackage("io.snapledger.runtime..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        "io.snapledger.schema.domain..",
                        "io.snapledger.schema.snapshot..",
                        "io.snapledger.schema.disk..",
                        "io.snapledger.schema.operation..",
                        "io.snapledger.schema.definition..",
                        "io.snapledger.schema.query..")));
    }

    @Test
    void the_sides_do_not_know_one_another() {
        for (String side : List.of("command", "query", "executor")) {
            String[] others = Stream.of("command", "query", "executor", "standalone", "servers", "bench")
                    .filter(other -> !other.equals(side))
                    .map(other -> ROOT + "." + other + "..")
                    .toArray(String[]::new);
            holds(noClasses()
                    .that()
                    .resideInAPackage(ROOT + "." + side + "..")
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(others)));
        }
    }

    @Test
    void the_core_is_pure() {
        holds(classes()
                .that()
                .resideInAnyPackage(PURE)
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(
                        "io.snapledger.command.domain..",
                        "io.snapledger.command.decide..",
                        "io.snapledger.command.rollback..",
                        "io.snapledger.schema..",
                        "java..",
                        "org.pcollections..",
                        "org.jspecify.annotations..")));
        holds(noClasses().that().resideInAnyPackage(PURE).should(callMethod(Instant.class, "now")));
        holds(noClasses().that().resideInAnyPackage(PURE).should(callMethod(Clock.class, "systemUTC")));
        holds(noClasses().that().resideInAnyPackage(PURE).should(callMethod(UUID.class, "randomUUID")));
        holds(noClasses().that().resideInAnyPackage(PURE).should(callMethod(Math.class, "random")));
        holds(noClasses().that().resideInAnyPackage(PURE).should(callMethod(System.class, "getenv", String.class)));
    }

    @Test
    void each_framework_stays_in_the_packages_that_bear_its_name() {
        holds(noClasses()
                .that(resideOutsideOfPackages("..axon..").and(notCompositionRoots()))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.axonframework.."));
        holds(noClasses()
                .that(resideOutsideOfPackages(
                                "..kafka..",
                                "io.snapledger.servers..",
                                "io.snapledger.standalone..",
                                "io.snapledger.bench..")
                        .and(notCompositionRoots()))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka.."));
        holds(noClasses()
                .that(resideOutsideOfPackages("io.snapledger.query..", "io.snapledger.runtime.intake.."))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.jooq.."));
    }

    @Test
    void processes_are_started_by_drivers_and_servers_only() {
        holds(noClasses()
                .that(resideOutsideOfPackages(
                        "io.snapledger.executor.driver..",
                        "io.snapledger.servers..",
                        "io.snapledger.standalone..",
                        "io.snapledger.bench.."))
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ProcessBuilder.class));
    }

    @Test
    void a_run_sees_ports_and_only_the_composition_root_sees_drivers() {
        holds(noClasses()
                .that()
                .resideInAPackage("io.snapledger.executor.run..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.snapledger.executor.driver.."));
    }

    @Test
    void every_alternative_is_a_record() {
        for (Class<?> sealed : List.of(
                DomainCommand.class,
                DomainEvent.class,
                Outcome.class,
                Reply.class,
                Step.class,
                StepOutcome.class,
                Failure.class,
                HostResult.class,
                DiskCapture.class,
                MemoryCapture.class)) {
            recordsOrSealed(sealed);
        }
    }

    private static void recordsOrSealed(Class<?> type) {
        for (Class<?> alternative : type.getPermittedSubclasses()) {
            if (alternative.isSealed()) {
                recordsOrSealed(alternative);
            } else if (!alternative.isRecord()) {
                throw new AssertionError(alternative + " is neither a record nor sealed");
            }
        }
    }

    @Test
    void packages_form_no_cycle() {
        for (String module : List.of("schema", "runtime", "command", "query", "executor", "servers")) {
            holds(slices().matching(ROOT + "." + module + ".(**)").should().beFreeOfCycles());
        }
    }

    @Test
    void no_class_is_named_for_having_no_name() {
        holds(noClasses()
                .that()
                .resideInAPackage(ROOT + "..")
                .should()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Impl"));
    }

    @Test
    void nothing_sleeps_prints_or_waits_for_ever() {
        holds(noClasses().should(callMethod(Thread.class, "sleep", long.class)));
        holds(noClasses().should(callMethod(Thread.class, "sleep", java.time.Duration.class)));
        holds(noClasses().should(callMethod(Thread.class, "join")));
        holds(noClasses().should(callMethod(Future.class, "get")));
        holds(noClasses().should(callMethod(CompletableFuture.class, "get")));
        holds(noClasses().should(callMethod(CompletableFuture.class, "join")));
        holds(noClasses().should(callMethod(Throwable.class, "printStackTrace")));
        holds(classes()
                .that(resideOutsideOfPackages("..cli..", "..demo..", "io.snapledger.bench.."))
                .should(notUseStandardOut()));
    }

    /** Every class that is neither a record nor sealed nor an exception is closed for extension, or says so. */
    @Test
    void classes_are_final_or_abstract() {
        holds(classes()
                .that()
                .resideInAPackage(ROOT + "..")
                .and()
                .areNotInterfaces()
                .and()
                .areNotEnums()
                .and()
                .areNotAnonymousClasses()
                .and(extensible())
                .should()
                .haveModifier(JavaModifier.ABSTRACT));
    }

    private static DescribedPredicate<JavaClass> extensible() {
        return DescribedPredicate.describe(
                "are not final and not made by a framework",
                c -> !c.getModifiers().contains(JavaModifier.FINAL)
                        && !c.getModifiers().contains(JavaModifier.SYNTHETIC)
                        && !c.getPackageName().contains(".axon")
                        && !c.getPackageName().contains(".jooq")
                        && !c.getPackageName().contains(".bench"));
    }

    private static DescribedPredicate<JavaClass> notCompositionRoots() {
        return DescribedPredicate.describe(
                "are no composition roots",
                c -> !List.of("CommandSide", "QuerySide", "Executor", "Main")
                        .contains(c.getName()
                                .substring(c.getName().lastIndexOf('.') + 1)
                                .split("\\$", 2)[0]));
    }

    private static ArchCondition<JavaClass> notUseStandardOut() {
        return new ArchCondition<>("not use standard output") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getFieldAccessesFromSelf().stream()
                        .filter(access -> access.getTargetOwner().isEquivalentTo(System.class))
                        .filter(access -> List.of("out", "err")
                                .contains(access.getTarget().getName()))
                        .forEach(access -> events.add(SimpleConditionEvent.violated(type, describe(access))));
            }
        };
    }

    private static String describe(JavaAccess<?> access) {
        JavaCodeUnit origin = access.getOrigin();
        return origin.getFullName() + " uses System." + access.getTarget().getName();
    }

    private static void holds(ArchRule rule) {
        rule.allowEmptyShould(true).check(ours);
    }
}
