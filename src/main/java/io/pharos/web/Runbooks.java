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

/// Runbooks as HTML: `docs/runbooks/<name>.md` of the working folder, and those that Pharos brings
/// along. People's own come before the shipped ones of the same name.
public final class Runbooks {
  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());

  private final List<Path> folders;

  /// @param folders need not exist; the earlier ones win
  public Runbooks(Path... folders) {
    this.folders = List.of(folders);
  }

  /// The names of all runbooks, sorted.
  public List<String> names() {
    return folders.stream().flatMap(folder -> names(folder).stream()).distinct().sorted().toList();
  }

  private static List<String> names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".md"))
          .map(name -> name.substring(0, name.length() - 3))
          .filter(Runbooks::isName)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("can't list " + folder, e);
    }
  }

  /// A runbook as HTML; raw HTML in it is shown as text.
  public Optional<String> html(String name) {
    Path file = file(name);
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

  private Path file(String name) {
    List<Path> files = folders.stream().map(folder -> folder.resolve(name + ".md")).toList();
    return files.stream().filter(Files::isRegularFile).findFirst().orElse(files.getLast());
  }

  private static boolean isName(String name) {
    return name.matches("[A-Za-z0-9_-]{1,100}");
  }
}
