package io.pharos.dashboards;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Reads dashboards from files.
public final class DashboardFiles {
  private DashboardFiles() {}

  /// The settings of time picker and data source.
  public record Window(Duration scrape, Duration step, Duration range) {
    /// Four scrape intervals, or the step plus one scrape interval if that is longer.
    Duration rateInterval() {
      Duration four = scrape.multipliedBy(4);
      Duration more = step.plus(scrape);
      return four.compareTo(more) > 0 ? four : more;
    }
  }

  /// A data source's values of labels, for variables at "All" without a custom value.
  public interface LabelValues {
    /// The values of a label among the series of a selector, or among all series if that is empty.
    List<String> of(String selector, String label);
  }

  /// The dashboard files of a folder, by name.
  public static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads a dashboard.
  ///
  /// @throws UncheckedIOException if the file can't be read or is not JSON
  public static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": " + e.getMessage(), e);
    }
  }
}
