package io.pharos.dashboards;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The dashboards of a folder in other schemas, as files below it: `v2/NAME.json` for Grafana's v2,
/// `perses/NAME.json` for Perses.
public final class Translations {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /// The folders of the schemas.
  static final List<String> FOLDERS = List.of("v2", "perses");

  private Translations() {}

  /// A translated dashboard.
  ///
  /// @param text of its file
  /// @param omitted what its schema has no place for, a line each with its place
  public record Translation(String text, List<String> omitted) {
    public Translation {
      requireNonNull(text, "text is null");
      omitted = List.copyOf(omitted);
    }
  }

  /// All files, by their names in the folder.
  ///
  /// @throws IllegalArgumentException for what can't be translated, with file and place
  /// @throws java.io.UncheckedIOException where a dashboard can't be read
  public static Map<String, Translation> of(Path folder) {
    var dashboards = new TreeMap<Path, JsonNode>();
    for (Path file : DashboardExpressions.files(folder)) {
      dashboards.put(file, DashboardExpressions.read(file));
    }
    var files = new TreeMap<String, Translation>();
    dashboards.forEach(
        (file, dashboard) -> {
          try {
            Path name = file.getFileName();
            files.put("v2/" + name, new Translation(text(GrafanaV2.of(dashboard)), List.of()));
            Perses.Translated perses = Perses.of(dashboard, dashboards.values());
            files.put("perses/" + name, new Translation(text(perses.resource()), perses.omitted()));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
          }
        });
    return files;
  }

  private static String text(JsonNode node) {
    try {
      return JSON.writeValueAsString(node) + "\n";
    } catch (IOException e) {
      throw new IllegalStateException("a translation is no JSON", e);
    }
  }

  /// Writes them all, and deletes those of which there is no dashboard any more.
  ///
  /// @throws IOException where a file can't be written
  public static Map<String, Translation> write(Path folder) throws IOException {
    Map<String, Translation> files = of(folder);
    for (String schema : FOLDERS) {
      Path translated = folder.resolve(schema);
      Files.createDirectories(translated);
      for (Path old : DashboardExpressions.files(translated)) {
        if (!files.containsKey(schema + "/" + old.getFileName())) {
          Files.delete(old);
        }
      }
    }
    for (var file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue().text());
    }
    return files;
  }
}
