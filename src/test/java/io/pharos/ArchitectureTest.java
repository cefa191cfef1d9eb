package io.pharos;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.Condition;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The table of rooms in docs/ARCHITECTURE.md is law, and read from there.
///
/// A class belongs to the row with the longest name that its package begins with. It may use its
/// own room and the rows that its row lists; `everything` stands for all rooms.
class ArchitectureTest {
  private static final Path DOCUMENT = Path.of("docs", "ARCHITECTURE.md");
  private static final String BASE = "io.pharos.";
  private static final String EVERYTHING = "everything";

  /// The parts of `server` that know the framework.
  private static final Set<String> KNOW_QUARKUS =
      Set.of("server.app", "server.api", "server.web", "tap.proxy");

  private static final String TEXT = read();
  private static final Map<String, Set<String>> TABLE = table();

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.pharos");

  private static String read() {
    try {
      return Files.readString(DOCUMENT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The rows `| name | what it owns | what it may use |`, names in backquotes.
  private static Map<String, Set<String>> table() {
    var rows = new LinkedHashMap<String, Set<String>>();
    var row = Pattern.compile("\\| `([a-z.]+)` \\| [^|]+ \\| ([^|]*) \\|");
    for (String line : TEXT.split("\n")) {
      var cells = row.matcher(line);
      if (cells.matches()) {
        rows.put(
            cells.group(1),
            Arrays.stream(cells.group(2).split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty() && !name.equals("nothing"))
                .collect(toCollection(TreeSet::new)));
      }
    }
    return rows;
  }

  static Stream<String> rows() {
    return TABLE.keySet().stream();
  }

  private static String packageOf(JavaClass type) {
    return type.getPackageName().equals("io.pharos")
        ? ""
        : type.getPackageName().substring(BASE.length());
  }

  private static boolean within(String name, String row) {
    return name.equals(row) || name.startsWith(row + ".");
  }

  private static String rowOf(JavaClass type) {
    return TABLE.keySet().stream()
        .filter(row -> within(packageOf(type), row))
        .max(Comparator.comparingInt(String::length))
        .orElse("");
  }

  private static String roomOf(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }

  /// What the classes of a row use of other rooms.
  private static Stream<Dependency> usesOf(String row) {
    return CLASSES.stream()
        .filter(type -> rowOf(type).equals(row))
        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
        .filter(use -> use.getTargetClass().getPackageName().startsWith(BASE))
        .filter(use -> !roomOf(packageOf(use.getTargetClass())).equals(roomOf(row)));
  }

  @Test
  void table_isThere_andItsNamesAreRooms() {
    assertThat(TABLE).hasSizeGreaterThan(15);
    for (var row : TABLE.entrySet()) {
      for (String name : row.getValue()) {
        assertThat(name.equals(EVERYTHING) || TABLE.containsKey(roomOf(name)))
            .as("row %s lists %s", row.getKey(), name)
            .isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void row_usesOnlyWhatTheTableAllows(String row) {
    Set<String> may = TABLE.getOrDefault(row, Set.of());
    Set<String> forbidden =
        usesOf(row)
            .filter(
                use ->
                    may.stream()
                        .noneMatch(
                            name ->
                                name.equals(EVERYTHING)
                                    || within(packageOf(use.getTargetClass()), name)))
            .map(Dependency::getDescription)
            .collect(toCollection(TreeSet::new));
    assertThat(forbidden).isEmpty();
  }

  /// An edge that nobody uses any more is taken out of the table, or somebody will.
  @ParameterizedTest
  @MethodSource("rows")
  void row_usesAllThatTheTableLists(String row) {
    Set<String> used =
        usesOf(row).map(use -> packageOf(use.getTargetClass())).collect(Collectors.toSet());
    for (String name : TABLE.getOrDefault(row, Set.of())) {
      assertThat(name.equals(EVERYTHING) || used.stream().anyMatch(p -> within(p, name)))
          .as("%s uses something of %s", row, name)
          .isTrue();
    }
  }

  @Test
  void everyPackage_hasARowInTheTable() {
    assertThat(CLASSES)
        .filteredOn(type -> rowOf(type).isEmpty() && !packageOf(type).isEmpty())
        .isEmpty();
  }

  /// Whoever reads a name, or looks for it, finds one type.
  @Test
  void types_haveNamesOfTheirOwn() {
    Map<String, Long> counts =
        CLASSES.stream()
            .filter(type -> type.isTopLevelClass() && !type.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(JavaClass::getSimpleName, Collectors.counting()));
    counts.values().removeIf(count -> count == 1);
    assertThat(counts.keySet()).isEmpty();
  }

  @Test
  void rooms_haveNoCycles() {
    slices().matching("io.pharos.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packages_haveNoCycles() {
    slices().matching("io.pharos.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void framework_isKnownOnlyAtTheEdges() {
    DescribedPredicate<JavaClass> framework =
        resideInAnyPackage("jakarta..", "io.quarkus..", "io.smallrye..", "io.vertx..");
    noClasses()
        .that()
        .resideInAPackage("io.pharos..")
        .and()
        .resideOutsideOfPackages(
            KNOW_QUARKUS.stream().map(name -> BASE + name + "..").toArray(String[]::new))
        .and()
        .resideOutsideOfPackage("io.pharos.adopt.init..")
        .should()
        .dependOnClassesThat(framework)
        .check(CLASSES);
    // adopt.init uses Qute's engine as a library to render the files of a new service.
    noClasses()
        .that()
        .resideInAPackage("io.pharos.adopt.init..")
        .should()
        .dependOnClassesThat(
            framework.and(DescribedPredicate.not(resideInAnyPackage("io.quarkus.qute.."))))
        .check(CLASSES);
  }

  /// Only `logs` knows the log manager.
  @Test
  void logging_isSlf4j() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.pharos.logs..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "java.util.logging..",
                    "io.quarkus.logging..",
                    "org.jboss.logging..",
                    "org.jboss.logmanager..",
                    "ch.qos.logback..")
                .or(assignableTo(System.Logger.class)))
        .check(CLASSES);
  }

  @Test
  void time_isAParameter() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.pharos.server.app..", "io.pharos.cli..", "io.pharos.logs..")
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

  /// What recurs is the scheduler's, which says when each job last ran; whoever waits for a time by
  /// himself stands in the document, with the reason.
  @Test
  void waiting_isTheSchedulers_orTheDocumentSaysWhy() {
    Set<String> waiting =
        CLASSES.stream()
            .filter(
                type -> type.getMethodCallsFromSelf().stream().anyMatch(ArchitectureTest::waits))
            .map(type -> type.getName().replaceAll("\\$.*", "").replaceAll(".*\\.", ""))
            .collect(toCollection(TreeSet::new));
    String section = TEXT.substring(TEXT.indexOf("## Recurring work"));
    Set<String> named =
        Pattern.compile("^\\| (`.*?) \\|", Pattern.MULTILINE)
            .matcher(section.substring(0, section.indexOf("\n## ")))
            .results()
            .flatMap(row -> Arrays.stream(row.group(1).split("[`, ]+")))
            .filter(name -> !name.isEmpty())
            .collect(toCollection(TreeSet::new));
    assertThat(named).isEqualTo(waiting);
  }

  /// What is told of a loop that stands still is its name: people look it up.
  @Test
  void loops_areListedForThoseWhoRunPharos() throws IOException {
    var begun = new TreeSet<String>();
    var call = Pattern.compile("\\b(?:schedule|every|begin)\\(\\s*\"([a-z -]+)\"");
    try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
      for (Path source : sources.filter(file -> file.toString().endsWith(".java")).toList()) {
        call.matcher(Files.readString(source))
            .results()
            .forEach(found -> begun.add(found.group(1)));
      }
    }
    assertThat(begun).hasSizeGreaterThan(15);
    Set<String> listed =
        Pattern.compile("^\\| `([a-z -]+)[^`]*` \\|", Pattern.MULTILINE)
            .matcher(Files.readString(Path.of("docs", "operations.md")))
            .results()
            .map(row -> row.group(1))
            .collect(toCollection(TreeSet::new));
    assertThat(listed).containsAll(begun);
  }

  private static boolean waits(JavaMethodCall call) {
    JavaClass owner = call.getTargetOwner();
    int parameters = call.getTarget().getRawParameterTypes().size();
    return switch (call.getName()) {
      case "sleep" -> owner.isEquivalentTo(Thread.class);
      case "parkNanos", "parkUntil" -> true;
      case "wait" ->
          parameters > 0
              && call.getTarget().getRawParameterTypes().getFirst().isEquivalentTo(long.class);
      case "awaitNanos" -> owner.isAssignableTo(Condition.class);
      case "poll" -> owner.isAssignableTo(BlockingQueue.class) && parameters > 0;
      case "schedule", "scheduleAtFixedRate", "scheduleWithFixedDelay" ->
          owner.isAssignableTo(ScheduledExecutorService.class) || owner.isAssignableTo(Timer.class);
      case "setTimer", "setPeriodic" -> owner.getPackageName().startsWith("io.vertx");
      default -> false;
    };
  }

  @Test
  void channels_doNotKnowEachOther() {
    slices()
        .matching("io.pharos.alerting.channel.(*)..")
        .should()
        .notDependOnEachOther()
        .check(CLASSES);
  }

  @Test
  void compositionRoot_isTheOnlyRowThatMayUseEverything() {
    assertThat(TABLE)
        .allSatisfy(
            (row, uses) ->
                assertThat(uses.contains(EVERYTHING)).isEqualTo(row.equals("server.app")));
  }

  /// The walks name classes; a walk through a class that is gone leads nowhere.
  @Test
  void walks_nameClassesThatExist() {
    Set<String> names = CLASSES.stream().map(JavaClass::getSimpleName).collect(Collectors.toSet());
    var unknown = new TreeSet<String>();
    var walked = new TreeSet<String>();
    var name =
        Pattern.compile("`([A-Z]\\w*[a-z]\\w*)`")
            .matcher(TEXT.substring(TEXT.indexOf("## Life of a sample")));
    while (name.find()) {
      walked.add(name.group(1));
      if (!names.contains(name.group(1))) {
        unknown.add(name.group(1));
      }
    }
    assertThat(unknown).isEmpty();
    assertThat(walked).hasSizeGreaterThan(20);
    assertThat(TEXT)
        .contains("## Life of a sample", "## Life of a query")
        .contains("## Life of an alert", "## Life of a release");
  }
}
