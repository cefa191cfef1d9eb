package io.pharos.web;

import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.RawString;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;

/// What to do when an alert fires.
@Path("/runbooks")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class RunbookPages {
  /// The pages' templates, checked at build time.
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(String title, List<String> names);

    static native TemplateInstance page(String title, RawString body);
  }

  private final Runbooks runbooks;

  RunbookPages(Runbooks runbooks) {
    this.runbooks = runbooks;
  }

  @GET
  public TemplateInstance list() {
    return Templates.list("Runbooks", runbooks.names());
  }

  @GET
  @Path("/{name}")
  public TemplateInstance page(@PathParam("name") String name) {
    String html =
        runbooks.html(name).orElseThrow(() -> new NotFoundException("no runbook '" + name + "'"));
    return Templates.page(name, new RawString(html));
  }
}
