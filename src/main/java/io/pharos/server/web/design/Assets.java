package io.pharos.server.web.design;

import io.pharos.dashboards.Uplot;
import io.quarkus.qute.TemplateGlobal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;

/// The URLs of the pages' style sheet and scripts. Browsers cache these files for a day, so their
/// URLs contain a hash: after a change browsers fetch the new files.
final class Assets {
  private static final List<String> OWN =
      List.of("pharos.css", "pages.js", "graph.js", "dashboards.css", "dashboards.js");

  /// Hash of Pharos' own style sheet and scripts, for their URLs.
  @TemplateGlobal(name = "assets")
  static final String HASH = hash();

  /// The folder of uPlot, which draws the charts.
  @TemplateGlobal(name = "uplot")
  static final String UPLOT = "/webjars/uplot/" + Uplot.version() + "/dist";

  /// The folder of htmx, which replaces parts of a page.
  @TemplateGlobal(name = "htmx")
  static final String HTMX = "/webjars/htmx.org/" + htmxVersion() + "/dist";

  private Assets() {}

  private static String htmxVersion() {
    var properties = new Properties();
    try (InputStream content = open("META-INF/maven/org.webjars.npm/htmx.org/pom.properties")) {
      properties.load(content);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException("the version of htmx can't be read", e);
    }
  }

  private static String hash() {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (String file : OWN) {
        try (InputStream content = open("META-INF/resources/assets/" + file)) {
          digest.update(content.readAllBytes());
        }
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is missing", e);
    } catch (IOException e) {
      throw new UncheckedIOException("the style sheet and scripts of the pages can't be read", e);
    }
  }

  private static InputStream open(String name) throws IOException {
    InputStream content = Assets.class.getClassLoader().getResourceAsStream(name);
    if (content == null) {
      throw new IOException(name + " is not on the class path");
    }
    return content;
  }
}
