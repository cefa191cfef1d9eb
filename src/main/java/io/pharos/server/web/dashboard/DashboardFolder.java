package io.pharos.server.web.dashboard;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.config.files.OutsideFiles;
import io.pharos.dashboards.DashboardFiles;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The folder of dashboards, and what answers their queries. The files are read for each page, so a
/// page shows what is in the folder now.
///
/// @param path the folder; may be missing
/// @param scrapeInterval interval between samples, and the shortest step of a query
public record DashboardFolder(Path path, QuerySources sources, Supplier<Duration> scrapeInterval) {
  /// A file of the folder.
  sealed interface Entry {}

  /// A dashboard.
  record Dashboard(JsonNode json) implements Entry {
    String uid() {
      return json.path("uid").asText();
    }

    String title() {
      return json.path("title").asText();
    }

    /// Returns the number of panels, those of collapsed rows included.
    int panelCount() {
      return count(json.path("panels"));
    }

    private static int count(JsonNode panels) {
      int count = 0;
      for (JsonNode panel : panels) {
        count += panel.path("type").asText().equals("row") ? count(panel.path("panels")) : 1;
      }
      return count;
    }
  }

  /// A file that is no dashboard.
  ///
  /// @param problem a sentence
  record Broken(String file, String problem) implements Entry {}

  /// Returns the files of the folder, ordered by name.
  ///
  /// @throws java.io.UncheckedIOException if the folder can't be listed
  List<Entry> entries() {
    return Files.isDirectory(path)
        ? DashboardFiles.files(path).stream().map(DashboardFolder::entry).toList()
        : List.of();
  }

  /// Returns the dashboard with a uid; if several files have it, the first of them.
  Optional<Dashboard> dashboard(String uid) {
    return entries().stream()
        .filter(Dashboard.class::isInstance)
        .map(Dashboard.class::cast)
        .filter(dashboard -> dashboard.uid().equals(uid))
        .findFirst();
  }

  private static Entry entry(Path file) {
    String name = file.getFileName().toString();
    try {
      JsonNode json = JSON.readTree(OutsideFiles.text(file));
      return json.path("uid").asText().isEmpty() || !json.path("panels").isArray()
          ? new Broken(name, "It is no dashboard: expected an object with \"uid\" and \"panels\".")
          : new Dashboard(json);
    } catch (JsonProcessingException e) {
      return new Broken(name, "It is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      return new Broken(name, "It can't be read: " + PlainReason.of(e));
    }
  }
}
