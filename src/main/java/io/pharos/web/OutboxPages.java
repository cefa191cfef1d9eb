package io.pharos.web;

import io.pharos.mailbox.Mailbox;
import io.pharos.mailbox.Message;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;

/// The local mailbox: what would have left if a way out were configured.
@Path("/outbox")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class OutboxPages {
  /// The pages' templates, checked at build time.
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(String title, List<Message> messages);

    static native TemplateInstance message(String title, Message message);
  }

  private final Mailbox mailbox;

  OutboxPages(Mailbox mailbox) {
    this.mailbox = mailbox;
  }

  @GET
  public TemplateInstance list() {
    return Templates.list("Outbox", mailbox.newestFirst());
  }

  @GET
  @Path("/{id}")
  public TemplateInstance message(@PathParam("id") String id) {
    Message message = find(id);
    return Templates.message(message.subject(), message);
  }

  /// The HTML part alone, shut off from scripts and from the rest of the pages.
  @GET
  @Path("/{id}/html")
  public Response html(@PathParam("id") String id) {
    return Response.ok(find(id).html())
        .header(
            "Content-Security-Policy",
            "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'")
        .header("X-Frame-Options", "SAMEORIGIN")
        .build();
  }

  private Message find(String id) {
    return mailbox.get(id).orElseThrow(() -> new NotFoundException("no message '" + id + "'"));
  }
}
