package io.pharos.server.web;

import io.pharos.server.api.refusal.NothingFoundException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.RawString;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;

/// The shipped documents as pages. Their addresses are the paths of their files.
@Path("/docs")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class DocumentPages {
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance page(String title, RawString body);
  }

  private final Documents documents;

  DocumentPages(Documents documents) {
    this.documents = documents;
  }

  /// Leads to the index, whose relative links need its own address.
  @GET
  public Response index() {
    return Response.seeOther(URI.create("/docs/index.md")).build();
  }

  /// Shows a document, or a picture in one.
  @GET
  @Path("/{path: .+}")
  @Produces({MediaType.TEXT_HTML, "image/png", "image/svg+xml"})
  public Response page(@PathParam("path") String path) {
    return documents
        .document(path)
        .map(found -> Templates.page(found.title(), new RawString(found.html())).render())
        .map(html -> Response.ok(html, MediaType.TEXT_HTML_TYPE).build())
        .or(() -> documents.picture(path).map(DocumentPages::picture))
        .orElseThrow(() -> new NothingFoundException("There is no document '" + path + "'"));
  }

  private static Response picture(java.nio.file.Path file) {
    boolean isDrawn = file.toString().endsWith(".svg");
    return Response.ok(file.toFile(), isDrawn ? "image/svg+xml" : "image/png").build();
  }
}
