package io.pharos.server.web;

import io.pharos.dashboards.ForeignImages;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.node.Visitor;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.html.HtmlWriter;

/// A Markdown text with tables, rendered as HTML. Its first heading is the title of the page. HTML
/// in the text is escaped.
final class Markdown {
  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());

  private final Node document;
  private final String title;

  Markdown(String text) {
    document = ForeignImages.linked(Parser.builder().extensions(EXTENSIONS).build().parse(text));
    if (document.getFirstChild() instanceof Heading heading && heading.getLevel() == 1) {
      title = words(heading);
      heading.unlink();
    } else {
      title = "";
    }
  }

  private static String words(Node node) {
    var words = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text text) {
            words.append(text.getLiteral());
          }

          @Override
          public void visit(Code code) {
            words.append(code.getLiteral());
          }
        });
    return words.toString();
  }

  /* Returns the name by which links in a text name a heading, as code hosts form it. */
  private static String anchor(Node heading) {
    return words(heading)
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  private static void addAnchor(Node node, Map<String, String> attributes) {
    if (node instanceof Heading) {
      attributes.put("id", anchor(node));
    }
  }

  /// Returns the first heading; empty if the text does not begin with one.
  String title() {
    return title;
  }

  void accept(Visitor visitor) {
    document.accept(visitor);
  }

  /// Returns the text without the first heading.
  String html() {
    return HtmlRenderer.builder()
        .extensions(EXTENSIONS)
        .escapeHtml(true)
        .sanitizeUrls(true)
        .attributeProviderFactory(_ -> (node, _, attributes) -> addAnchor(node, attributes))
        .nodeRendererFactory(CommandBlocks::new)
        .build()
        .render(document);
  }

  static boolean isShell(FencedCodeBlock block) {
    return "sh".equals(block.getInfo());
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
}
