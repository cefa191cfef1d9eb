package io.pharos.lint.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class KnownMetricsTest {
  private static final Path LIST = Path.of("src/main/resources/io/pharos/lint/tree/metrics.txt");
  private static final Pattern OF_EXPORTERS =
      Pattern.compile(
          "series: '?((?:node|pg|redis|haproxy|nginx|prometheus|probe|pharos|loki)_\\w+)");

  @Test
  void list_isSortedAndHasNoRepeats() throws IOException {
    List<String> names = Files.readAllLines(LIST);

    assertThat(names).containsExactlyElementsOf(new TreeSet<>(names));
  }

  /// A series of a shipped test that the list lacks would let a misspelt name of it pass.
  @Test
  void list_hasTheMetricsOfExportersInTheShippedTests() throws IOException {
    var missing = new TreeSet<String>();
    try (Stream<Path> files = Files.walk(Path.of("alert-rules/tests"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        OF_EXPORTERS
            .matcher(Files.readString(file))
            .results()
            .map(result -> result.group(1))
            .filter(name -> !KnownMetrics.has(name))
            .forEach(missing::add);
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void nearest_listedAndDistantNames_areEmpty() {
    assertThat(KnownMetrics.nearest("node_load1")).isEmpty();
    assertThat(KnownMetrics.nearest("orders_created_total")).isEmpty();
    assertThat(KnownMetrics.nearest("node_cpu_second_total")).contains("node_cpu_seconds_total");
  }
}
