package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each alert has a fault that raises it in a test: alerts.csv says which, and this holds it to
/// that.
///
/// A signal is `real` where a component really is in that state; `made` where the component is real
/// and what it looks at is not, such as a /proc or the demo backend; `page: WHY` where the value is
/// put into a page of metrics in the component's format.
class AlertFaultsTest {
  private static final Path TABLE = Path.of("src/test/resources/io/pharos/faults/alerts.csv");
  private static final Path RULES = Path.of("alert-rules");
  private static final Pattern ALERT = Pattern.compile("(?m)^ *- alert: (\\w+)");

  record Row(String alert, String fault, String component, String signal, String test) {}

  static List<Row> rows() throws IOException {
    return Files.readAllLines(TABLE).stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .peek(cells -> assertThat(cells).hasSize(5))
        .map(cells -> new Row(cells[0], cells[1], cells[2], cells[3], cells[4]))
        .toList();
  }

  private static List<String> alerts() throws IOException {
    var alerts = new ArrayList<String>();
    try (Stream<Path> files = Files.walk(RULES)) {
      for (Path file : files.filter(it -> it.toString().endsWith(".yml")).toList()) {
        if (!file.startsWith(RULES.resolve("tests"))) {
          ALERT.matcher(Files.readString(file)).results().forEach(it -> alerts.add(it.group(1)));
        }
      }
    }
    return alerts;
  }

  @Test
  void everyAlert_hasOneRow_andEveryRowAnAlert() throws IOException {
    assertThat(rows().stream().map(Row::alert))
        .isSortedAccordingTo(Comparator.naturalOrder())
        .containsExactlyInAnyOrderElementsOf(alerts());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void testOfARow_namesTheAlert(Row row) throws IOException {
    assertThat(row.fault()).isNotBlank();
    assertThat(row.component()).isNotBlank();
    assertThat(row.signal()).matches("real|made|page: .+");
    List<Path> test;
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      test = files.filter(file -> file.endsWith(row.test() + ".java")).toList();
    }
    assertThat(test).as(row.test()).hasSize(1);
    assertThat(Files.readString(test.getFirst())).containsPattern("[\" ]" + row.alert() + "\"");
  }

  @Test
  void alerts_areRaisedByComponentsThemselves_whereThatCanBe() throws IOException {
    var counts = new TreeMap<String, Integer>();
    rows().forEach(row -> counts.merge(row.signal().replaceFirst(":.*", ""), 1, Integer::sum));
    System.out.println("alerts by their signal: " + counts);
    assertThat(counts.get("real")).isGreaterThan(counts.get("page"));
    assertThat(rows().stream().filter(row -> row.signal().startsWith("page")).map(Row::component))
        .as("what can't be had on a machine with Debian's programs")
        .isSubsetOf("DCGM exporter", "fleet over PostgreSQL", "Loki");
  }
}
