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

  /// The durations from which Grafana computes its built-in variables.
  ///
  /// @param scrape scrape interval of the data source
  /// @param step interval between the points of a graph
  /// @param range length of the time range
  public record Window(Duration scrape, Duration step, Duration range) {
    /// Returns the value of `$__rate_interval`: four scrape intervals, or the step plus one scrape
    /// interval if that is longer.
    Duration rateInterval() {
      Duration fourScrapes = scrape.multipliedBy(4);
      Duration stepAndScrape = step.plus(scrape);
      return fourScrapes.compareTo(stepAndScrape) > 0 ? fourScrapes : stepAndScrape;
    }
  }

  /// Finds the values of labels in a data source. These values are the options of a variable; a
  /// variable that is set to "All" has all of them.
  public interface LabelValues {
    /// Returns the values of a label among the series of a selector; with an empty selector, among
    /// all series.
    List<String> of(String selector, String label);
  }

  /// Returns the JSON files of a folder, ordered by name.
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
