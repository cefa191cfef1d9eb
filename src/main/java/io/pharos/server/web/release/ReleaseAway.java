package io.pharos.server.web.release;

import io.pharos.server.web.design.PageText;
import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.function.Supplier;

/// The page while the store of releases is unavailable.
final class ReleaseAway {
  private ReleaseAway() {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance away(String title, String problem);
  }

  /// Returns a page, or a page that says that the store is unavailable.
  static Response unlessAway(String title, Supplier<Response> page) {
    try {
      return page.get();
    } catch (StoreUnavailableException e) {
      return html(503, Templates.away(title, PageText.of(String.valueOf(e.getMessage()))));
    }
  }

  /// Renders a page.
  static Response html(int status, TemplateInstance page) {
    return Response.status(status).type(MediaType.TEXT_HTML_TYPE).entity(page.render()).build();
  }
}
