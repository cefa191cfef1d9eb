package io.pharos.dashboards;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.model.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Draws dashboards with their data as HTML pages that can be opened from disk: one page for each
/// dashboard, and an index. Each page is one file, which loads no other file.
public final class ContactSheet {
  private final DashboardReading reading;
  private final String source;

  /// The result of drawing a dashboard.
  ///
  /// @param drawn number of panels with data
  /// @param empty number of panels without data
  /// @param reasons titles of the panels that could not be drawn, with the reasons
  public record Outcome(
      String uid, String title, Path file, int drawn, int empty, List<String> reasons) {
    public Outcome {
      reasons = List.copyOf(reasons);
    }

    @Override
    public String toString() {
      return drawn + " panels drawn, " + empty + " without data, " + reasons.size() + " not drawn";
    }
  }

  /// @param source address of the queried server, which the pages show
  public ContactSheet(DashboardReading reading, String source) {
    this.reading = reading;
    this.source = source;
  }

  /// Draws all dashboards of a folder into another folder, which is created if it is missing.
  ///
  /// @throws IOException if a page can't be written
  /// @throws java.io.UncheckedIOException if a dashboard can't be read
  public List<Outcome> write(Path dashboards, Path into) throws IOException {
    List<JsonNode> all =
        DashboardFiles.files(dashboards).stream().map(DashboardFiles::read).toList();
    Files.createDirectories(into);
    var outcomes = new ArrayList<Outcome>();
    for (JsonNode dashboard : all) {
      outcomes.add(write(dashboard, all, into));
    }
    ObjectNode index = head("Dashboards");
    ArrayNode list = index.putArray("dashboards");
    for (int i = 0; i < all.size(); i++) {
      list.addObject()
          .put("title", outcomes.get(i).title())
          .put("href", outcomes.get(i).file().getFileName().toString())
          .put("description", all.get(i).path("description").asText())
          .put("counts", outcomes.get(i).toString());
    }
    Files.writeString(into.resolve("index.html"), page("Dashboards", index));
    return outcomes;
  }

  private ObjectNode head(String title) {
    return JSON.createObjectNode()
        .put("title", title)
        .put("from", reading.from())
        .put("until", reading.until())
        .put("source", source);
  }

  private Outcome write(JsonNode dashboard, List<JsonNode> all, Path into) throws IOException {
    Sheet sheet = Sheet.of(dashboard, reading, VariableChoices.DEFAULT);
    ObjectNode page = head(sheet.title()).setAll(sheet.json());
    ArrayNode list = page.putArray("dashboards");
    list.addObject().put("title", "All").put("href", "index.html");
    for (JsonNode one : all) {
      list.addObject()
          .put("title", one.path("title").asText())
          .put("href", one.path("uid").asText() + ".html")
          .put("isThis", one.path("uid").equals(dashboard.path("uid")));
    }
    Path file = into.resolve(dashboard.path("uid").asText() + ".html");
    Files.writeString(file, page(sheet.title(), page));
    return new Outcome(
        dashboard.path("uid").asText(),
        sheet.title(),
        file,
        sheet.drawn(),
        sheet.empty(),
        sheet.reasons());
  }

  /// Returns a page in one file. Its content security policy allows only the page's own scripts,
  /// and no requests.
  private static String page(String title, ObjectNode sheet) {
    String uplot = Uplot.script();
    String draw = Uplot.text("META-INF/resources/assets/dashboards.js");
    return Uplot.text("io/pharos/dashboards/sheet.html")
        .replace("@SCRIPTS@", hash(uplot) + " " + hash(draw))
        .replace("@TITLE@", title.replace("&", "&amp;").replace("<", "&lt;"))
        .replace("@STYLE@", Uplot.text("META-INF/resources/assets/dashboards.css"))
        .replace("@UPLOT@", uplot)
        .replace("@DRAW@", draw)
        .replace("@DATA@", json(sheet).replace("<", "\\u003c"));
  }

  private static String json(ObjectNode sheet) {
    try {
      return JSON.writeValueAsString(sheet);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a page can't be written as JSON", e);
    }
  }

  private static String hash(String script) {
    return "'sha256-" + Base64.getEncoder().encodeToString(Sha256.of(script)) + "'";
  }
}
