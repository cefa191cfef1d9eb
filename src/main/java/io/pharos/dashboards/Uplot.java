package io.pharos.dashboards;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/// The chart library uPlot, from its webjar.
public final class Uplot {
  private Uplot() {}

  /// Returns the library's version, which is part of the script's address on Pharos' pages.
  public static String version() {
    var properties = new Properties();
    try (InputStream content = open("META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
      properties.load(content);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException("uPlot's version can't be read", e);
    }
  }

  /// Returns the script that defines `uPlot`.
  static String script() {
    return text("META-INF/resources/webjars/uplot/" + version() + "/dist/uPlot.iife.min.js");
  }

  /// Reads a text file from the class path.
  static String text(String name) {
    try (InputStream content = open(name)) {
      return new String(content.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " can't be read", e);
    }
  }

  private static InputStream open(String name) throws IOException {
    InputStream content = Uplot.class.getClassLoader().getResourceAsStream(name);
    if (content == null) {
      throw new IOException(name + " is not on the class path");
    }
    return content;
  }
}
