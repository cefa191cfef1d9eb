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
import java.util.Set;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.html.HtmlWriter;

/// Renders runbooks as HTML: the files `docs/runbooks/NAME.md` in the working folder, and the
/// runbooks that Pharos ships. If both have a runbook of the same name, the runbook in the working
/// folder is shown.
public final class Runbooks {
  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());

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
      Node document =
          Parser.builder().extensions(EXTENSIONS).build().parse(OutsideFiles.text(file));
      if (document.getFirstChild() instanceof Heading title && title.getLevel() == 1) {
        title.unlink();
      }
      var filler = new CommandFiller(CommandFiller.Placeholder.values(labels, externalUrl));
      var commands = new ArrayList<String>();
      document.accept(new FillingVisitor(filler, commands));
      return Optional.of(
          new RunbookPage(
              render(document), words(filler.missing()), words(filler.refused()), commands));
    } catch (IOException e) {
      throw new UncheckedIOException("the runbook " + file + " can't be read", e);
    }
  }

  private static List<String> words(Collection<CommandFiller.Placeholder> placeholders) {
    return placeholders.stream().sorted().map(CommandFiller.Placeholder::name).toList();
  }

  private static String render(Node document) {
    return HtmlRenderer.builder()
        .extensions(EXTENSIONS)
        .escapeHtml(true)
        .sanitizeUrls(true)
        .nodeRendererFactory(CommandBlocks::new)
        .build()
        .render(document);
  }

  private Path file(String name) {
    List<Path> files = folders.stream().map(folder -> folder.resolve(name + ".md")).toList();
    return files.stream().filter(Files::isRegularFile).findFirst().orElse(files.getLast());
  }

  private static boolean isName(String name) {
    return name.matches("[A-Za-z0-9_-]{1,100}");
  }

  private static boolean isShell(FencedCodeBlock block) {
    return "sh".equals(block.getInfo());
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
      if (isShell(block)) {
        block.setLiteral(filler.fill(block.getLiteral()));
        block.getLiteral().lines().filter(line -> !line.isBlank()).forEach(commands::add);
      }
    }

    @Override
    public void visit(Code code) {
      code.setLiteral(filler.fill(code.getLiteral()));
    }
  }

  /// Renders each command of a shell block as a separate element, so that one tap selects the
  /// command.
  private record CommandBlocks(HtmlNodeRendererContext context) implements NodeRenderer {
    @Override
    public Set<Class<? extends Node>> getNodeTypes() {
      return Set.of(FencedCodeBlock.class);
    }

    @Override
    public void render(Node node) {
      var block = (FencedCodeBlock) node;
      boolean shell = isShell(block);
      HtmlWriter html = context.getWriter();
      html.line();
      html.tag("pre", shell ? Map.of("class", "commands") : Map.of());
      for (String line :
          shell ? block.getLiteral().lines().toList() : List.of(block.getLiteral())) {
        html.tag("code");
        html.text(line);
        html.tag("/code");
      }
      html.tag("/pre");
      html.line();
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
