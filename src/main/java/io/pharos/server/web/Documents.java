package io.pharos.server.web;

import io.pharos.config.files.OutsideFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Link;
import org.commonmark.node.Node;

/// Renders the documents that Pharos ships as HTML. Links between them work; a link to a file that
/// is not among them becomes text.
public final class Documents {
  private static final String RUNBOOKS = "runbooks";

  private final Path folder;

  /// @param folder the folder `docs`, which may be absent
  public Documents(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  /// A rendered document.
  record Document(String title, String html) {}

  /// Returns a document.
  ///
  /// @param path path in the folder, such as `format/gates.md`
  Optional<Document> document(String path) {
    return file(path, ".md")
        .map(
            file -> {
              try {
                var text = new Markdown(OutsideFiles.text(file));
                text.accept(new Links(file));
                return new Document(text.title(), text.html());
              } catch (IOException e) {
                throw new UncheckedIOException("the document " + file + " can't be read", e);
              }
            });
  }

  /// Returns the file of a picture.
  Optional<Path> picture(String path) {
    return file(path, ".png").or(() -> file(path, ".svg"));
  }

  private Optional<Path> file(String path, String extension) {
    if (path.indexOf('\0') >= 0) { // no file system accepts it
      return Optional.empty();
    }
    Path file = folder.resolve(path).normalize();
    return path.endsWith(extension) && file.startsWith(folder) && Files.isRegularFile(file)
        ? Optional.of(file)
        : Optional.empty();
  }

  private final class Links extends AbstractVisitor {
    private final Path document;

    Links(Path document) {
      this.document = document;
    }

    @Override
    public void visit(Link link) {
      visitChildren(link);
      String to = link.getDestination();
      if (!to.matches("[a-z]+:.*") && !to.startsWith("#")) {
        Path target = document.resolveSibling(to.replaceFirst("#.*", "")).normalize();
        if (target.startsWith(folder.resolve(RUNBOOKS))) {
          String name = target.getFileName().toString().replaceFirst("[.]md$", "");
          link.setDestination("/" + RUNBOOKS + (name.equals(RUNBOOKS) ? "" : "/" + name));
        } else if (file(folder.relativize(target).toString(), ".md").isEmpty()) {
          replaceByText(link);
        }
      }
    }

    private static void replaceByText(Link link) {
      for (Node child = link.getFirstChild(); child != null; child = link.getFirstChild()) {
        link.insertBefore(child);
      }
      link.unlink();
    }
  }
}
