package io.pharos.dashboards;

import java.net.URI;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;

/// Replaces the images of other hosts in a Markdown text by links: pages load nothing from
/// elsewhere, because that would tell the other host who reads them.
public final class ForeignImages extends AbstractVisitor {
  /// Replaces them in a parsed text, and returns it.
  public static Node linked(Node document) {
    document.accept(new ForeignImages());
    return document;
  }

  private ForeignImages() {}

  @Override
  public void visit(Image image) {
    if (isOwn(image.getDestination())) {
      return;
    }
    var link = new Link(image.getDestination(), image.getTitle());
    for (Node child = image.getFirstChild(); child != null; child = image.getFirstChild()) {
      link.appendChild(child);
    }
    image.insertAfter(link);
    image.unlink();
  }

  /* An address that begins with two slashes names a host too. */
  private static boolean isOwn(String address) {
    try {
      URI uri = URI.create(address);
      return uri.getScheme() == null && uri.getRawAuthority() == null;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
