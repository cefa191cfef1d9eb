package io.pharos;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of packages is law: who may import whom (docs/ARCHITECTURE.md explains it).
class ArchitectureTest {
  /// What a package may import besides itself; `*` is everything but `app`.
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          entry("model", Set.of()),
          entry("schedule", Set.of()),
          entry("work", Set.of()),
          entry("listen", Set.of()),
          entry("http", Set.of()),
          entry("files", Set.of()),
          entry("budget", Set.of()),
          entry("trouble", Set.of("model")),
          entry("logs", Set.of()),
          entry("snappy", Set.of()),
          entry("protobuf", Set.of()),
          entry("mailbox", Set.of()),
          entry("demo", Set.of()),
          entry("yaml", Set.of("model")),
          entry("tls", Set.of("model", "yaml", "files")),
          entry("histogram", Set.of("model")),
          entry("storage", Set.of("model", "histogram")),
          entry("alert", Set.of("model")),
          entry("exposition", Set.of("model", "histogram")),
          entry("template", Set.of("model")),
          entry("access", Set.of("model", "yaml")),
          entry("deploy", Set.of("model")),
          entry("tsdb", Set.of("model", "histogram", "storage", "work")),
          entry("tsdb.bytes", Set.of("model", "histogram")),
          entry("promql.ast", Set.of("model")),
          entry("promql.value", Set.of("model", "histogram")),
          entry("promql.parser", Set.of("model", "histogram", "promql.ast")),
          entry(
              "promql.engine",
              Set.of(
                  "model",
                  "budget",
                  "histogram",
                  "storage",
                  "work",
                  "promql.ast",
                  "promql.parser",
                  "promql.value")),
          entry(
              "remote",
              Set.of(
                  "model",
                  "files",
                  "histogram",
                  "storage",
                  "alert",
                  "promql.value",
                  "protobuf",
                  "snappy")),
          entry(
              "remoteread",
              Set.of("model", "budget", "histogram", "storage", "protobuf", "snappy")),
          entry("remotewrite", Set.of("model", "histogram", "storage", "protobuf", "snappy")),
          entry("prometheus", Set.of("model", "yaml", "tls", "files")),
          entry("alertmanager", Set.of("model", "yaml", "files")),
          entry(
              "scrape",
              Set.of(
                  "model",
                  "budget",
                  "histogram",
                  "storage",
                  "exposition",
                  "prometheus",
                  "yaml",
                  "tls",
                  "http",
                  "files",
                  "schedule",
                  "trouble")),
          entry("probe", Set.of("model", "storage", "schedule", "yaml", "tls", "files", "trouble")),
          entry(
              "rules",
              Set.of(
                  "model",
                  "histogram",
                  "yaml",
                  "schedule",
                  "storage",
                  "alert",
                  "template",
                  "trouble",
                  "promql.ast",
                  "promql.parser",
                  "promql.value")),
          entry(
              "ruletest",
              Set.of(
                  "model",
                  "histogram",
                  "yaml",
                  "storage",
                  "alert",
                  "template",
                  "rules",
                  "promql.ast",
                  "promql.parser",
                  "promql.engine",
                  "promql.value")),
          entry(
              "promqltest",
              Set.of(
                  "model",
                  "histogram",
                  "storage",
                  "promql.ast",
                  "promql.parser",
                  "promql.engine",
                  "promql.value")),
          entry(
              "lint",
              Set.of(
                  "model",
                  "yaml",
                  "prometheus",
                  "alertmanager",
                  "rules",
                  "template",
                  "promql.ast",
                  "promql.parser")),
          entry("silence", Set.of("model", "budget", "alert", "alertmanager")),
          entry("notify", Set.of("model", "alert", "alertmanager", "silence", "template", "http")),
          entry(
              "dispatch",
              Set.of("model", "budget", "alert", "alertmanager", "silence", "notify", "schedule")),
          entry(
              "gate",
              Set.of(
                  "model",
                  "yaml",
                  "alert",
                  "deploy",
                  "trouble",
                  "promql.ast",
                  "promql.parser",
                  "promql.value")),
          entry(
              "store",
              Set.of(
                  "model",
                  "alert",
                  "silence",
                  "notify",
                  "dispatch",
                  "deploy",
                  "gate",
                  "access",
                  "trouble",
                  "tsdb.bytes")),
          entry(
              "onboarding",
              Set.of(
                  "trouble",
                  "model",
                  "histogram",
                  "yaml",
                  "exposition",
                  "prometheus",
                  "scrape",
                  "probe",
                  "gate")),
          entry("cli", Set.of("*")),
          entry("web", Set.of("*")),
          entry("api", Set.of("*")),
          entry("app", Set.of("*")));

  private static final Set<String> KNOW_QUARKUS = Set.of("app", "api", "web", "cli");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.pharos");

  static Stream<String> packages() {
    return MAY_IMPORT.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("packages")
  void package_importsOnlyWhatTheTableAllows(String name) {
    Set<String> may = MAY_IMPORT.getOrDefault(name, Set.of());
    String[] forbidden =
        may.contains("*")
            ? (name.equals("app") ? new String[] {} : new String[] {"io.pharos.app.."})
            : MAY_IMPORT.keySet().stream()
                .filter(other -> !other.equals(name) && !may.contains(other))
                .map(other -> "io.pharos." + other + "..")
                .toArray(String[]::new);
    if (forbidden.length > 0) {
      String[] allowed =
          Stream.concat(Stream.of(name), may.stream())
              .map(row -> "io.pharos." + row + "..")
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage("io.pharos." + name + "..")
          .should()
          .dependOnClassesThat(resideInAnyPackage(forbidden).and(not(resideInAnyPackage(allowed))))
          .allowEmptyShould(true)
          .check(CLASSES);
    }
  }

  @Test
  void everyPackage_hasARowInTheTable() {
    var unknown = new TreeSet<String>();
    for (var type : CLASSES) {
      String name = type.getPackageName();
      boolean known =
          name.equals("io.pharos")
              || MAY_IMPORT.keySet().stream()
                  .anyMatch(
                      row ->
                          name.equals("io.pharos." + row)
                              || name.startsWith("io.pharos." + row + "."));
      if (!known) {
        unknown.add(name);
      }
    }
    assertThat(unknown).isEmpty();
  }

  @Test
  void packages_haveNoCycles() {
    slices().matching("io.pharos.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void framework_isKnownOnlyAtTheEdges() {
    String[] edges =
        KNOW_QUARKUS.stream().map(name -> "io.pharos." + name + "..").toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage("io.pharos..")
        .and()
        .resideOutsideOfPackages(edges)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jakarta..", "io.quarkus..", "io.smallrye..", "io.vertx..")
        .check(CLASSES);
  }

  @Test
  void time_isAParameter() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "io.pharos.app..", "io.pharos.cli..", "io.pharos.demo..", "io.pharos.logs..")
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(Thread.class, "sleep", long.class)
        .orShould()
        .callMethod(Clock.class, "systemUTC")
        .check(CLASSES);
  }

  @Test
  void notifiers_doNotKnowEachOther() {
    slices()
        .matching("io.pharos.notify.(*)..")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(alwaysTrue(), resideInAPackage("io.pharos.notify.message.."))
        .allowEmptyShould(true)
        .check(CLASSES);
  }
}
