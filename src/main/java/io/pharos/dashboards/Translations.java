package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// The dashboards of a folder in other schemas, as files below it: `v2/NAME.json` for Grafana's v2.
public final class Translations {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private Translations() {}

  /// The texts of all files, by their names in the folder.
  ///
  /// @throws IllegalArgumentException for what can't be translated, with file and place
  /// @throws java.io.UncheckedIOException where a dashboard can't be read
  public static Map<String, String> of(Path folder) {
    var files = new TreeMap<String, String>();
    for (Path file : DashboardExpressions.files(folder)) {
      JsonNode dashboard = DashboardExpressions.read(file);
      try {
        files.put("v2/" + file.getFileName(), text(GrafanaV2.of(dashboard)));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
      }
    }
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
  public static Map<String, String> write(Path folder) throws IOException {
    Map<String, String> files = of(folder);
    Path v2 = folder.resolve("v2");
    Files.createDirectories(v2);
    for (Path old : DashboardExpressions.files(v2)) {
      if (!files.containsKey("v2/" + old.getFileName())) {
        Files.delete(old);
      }
    }
    for (var file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
    return files;
  }
}
