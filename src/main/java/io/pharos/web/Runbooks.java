package io.pharos.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/// The runbooks of the repository as HTML: `docs/runbooks/<AlertName>.md`.
public final class Runbooks {
  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());

  private final Path folder;

  /// @param folder need not exist; then there are no runbooks
  public Runbooks(Path folder) {
    this.folder = folder;
  }

  /// The alerts that have a runbook, sorted.
  public List<String> names() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".md"))
          .map(name -> name.substring(0, name.length() - 3))
          .filter(Runbooks::isName)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list " + folder, e);
    }
  }

  /// A runbook as HTML; raw HTML in it is shown as text.
  public Optional<String> html(String name) {
    Path file = folder.resolve(name + ".md");
    if (!isName(name) || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      var document = Parser.builder().extensions(EXTENSIONS).build().parse(Files.readString(file));
      return Optional.of(
          HtmlRenderer.builder()
              .extensions(EXTENSIONS)
              .escapeHtml(true)
              .sanitizeUrls(true)
              .build()
              .render(document));
    } catch (IOException e) {
      throw new UncheckedIOException("can't read " + file, e);
    }
  }

  private static boolean isName(String name) {
    return name.matches("[A-Za-z0-9_-]{1,100}");
  }
}
