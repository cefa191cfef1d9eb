package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/// Renders text panels in Markdown. HTML in them is escaped.
final class TextPanels {
  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();
  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder().extensions(EXTENSIONS).escapeHtml(true).sanitizeUrls(true).build();

  private TextPanels() {}

  static PanelView of(JsonNode panel, Expansion variables) {
    String content = variables.text(panel.path("options").path("content").asText());
    String mode = panel.path("options").path("mode").asText("markdown");
    if (!mode.equals("markdown")) {
      throw new UndrawnException("Texts in " + mode + " are not supported.");
    }
    return new PanelView.Text(RENDERER.render(PARSER.parse(content)));
  }
}
