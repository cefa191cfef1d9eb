package io.pharos.server.web;

import io.pharos.config.files.OutsideFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;

/// Renders runbooks as HTML: the files `docs/runbooks/NAME.md` in the working folder, and the
/// runbooks that Pharos ships. If both have a runbook of the same name, the runbook in the working
/// folder is shown.
public final class Runbooks {
  private final List<Path> folders;

  /// @param folders folders with runbooks, which may be absent; if several have a runbook of the
  ///   same name, the runbook in the first of them is shown
  public Runbooks(Path... folders) {
    this.folders = List.of(folders);
  }

  /// Returns the names of all runbooks, sorted.
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
      throw new UncheckedIOException("the runbooks in " + folder + " can't be listed", e);
    }
  }

  /// Renders a runbook and inserts the values of an alert into its commands. HTML in the runbook's
  /// text is escaped.
  ///
  /// @param labels labels of the alert; empty without an alert
  /// @param externalUrl external URL of Pharos, without a slash at the end
  /// @return the page; empty if there is no such runbook
  public Optional<RunbookPage> page(String name, Map<String, String> labels, String externalUrl) {
    if (!isName(name)) {
      return Optional.empty();
    }
    Path file = file(name);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      var text = new Markdown(OutsideFiles.text(file));
      var filler = new CommandFiller(CommandFiller.Placeholder.values(labels, externalUrl));
      var commands = new ArrayList<String>();
      text.accept(new FillingVisitor(filler, commands));
      return Optional.of(
          new RunbookPage(text.html(), words(filler.missing()), words(filler.refused()), commands));
    } catch (IOException e) {
      throw new UncheckedIOException("the runbook " + file + " can't be read", e);
    }
  }

  private static List<String> words(Collection<CommandFiller.Placeholder> placeholders) {
    return placeholders.stream().sorted().map(CommandFiller.Placeholder::name).toList();
  }

  private Path file(String name) {
    List<Path> files = folders.stream().map(folder -> folder.resolve(name + ".md")).toList();
    return files.stream().filter(Files::isRegularFile).findFirst().orElse(files.getLast());
  }

  private static boolean isName(String name) {
    return name.matches("[A-Za-z0-9_-]{1,100}");
  }

  /// Inserts values into the commands of code blocks and of inline code.
  private static final class FillingVisitor extends AbstractVisitor {
    private final CommandFiller filler;
    private final List<String> commands;

    FillingVisitor(CommandFiller filler, List<String> commands) {
      this.filler = filler;
      this.commands = commands;
    }

    @Override
    public void visit(FencedCodeBlock block) {
      if (Markdown.isShell(block)) {
        block.setLiteral(filler.fill(block.getLiteral()));
        block.getLiteral().lines().filter(line -> !line.isBlank()).forEach(commands::add);
      }
    }

    @Override
    public void visit(Code code) {
      code.setLiteral(filler.fill(code.getLiteral()));
    }
  }

  /// A rendered runbook.
  ///
  /// @param html the runbook's text without the first heading
  /// @param missing placeholders that the reader must replace, because they have no value
  /// @param refused placeholders that were not replaced, because their value would have been unsafe
  /// @param commands the lines of the runbook's shell blocks, without blank lines
  public record RunbookPage(
      String html, List<String> missing, List<String> refused, List<String> commands) {
    public RunbookPage {
      missing = List.copyOf(missing);
      refused = List.copyOf(refused);
      commands = List.copyOf(commands);
    }
  }
}
