package io.pharos.server.web;

import io.pharos.alerting.Channels;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.Mailbox;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.design.PageTime;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The pages of the local mailbox. The mailbox stores messages that can't be sent, because their
/// channel is not configured.
@Path("/mailbox")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class MailboxPages {
  record Row(String id, PageTime when, String channel, String to, String subject) {}

  /// The HTTP request that would send a message to its channel, with a preview of the message.
  ///
  /// @param body the request's JSON, indented
  record Call(
      String method,
      String url,
      Map<String, String> headers,
      String body,
      String color,
      List<ChatPreview.Part> parts) {
    static Call of(String channel, Mailbox.Message.Request request) {
      ChatPreview preview = Channels.preview(channel, request.body());
      return new Call(
          request.method(),
          request.url(),
          request.headers(),
          preview.prettyBody(),
          preview.color(),
          preview.parts());
    }
  }

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(String title, List<Row> messages);

    static native TemplateInstance message(
        String title, Mailbox.Message message, PageTime when, @Nullable Call call);
  }

  private final Mailbox mailbox;

  MailboxPages(Mailbox mailbox) {
    this.mailbox = mailbox;
  }

  /// Lists the messages.
  @GET
  public TemplateInstance list() {
    return Templates.list(
        "Mailbox",
        mailbox.newestFirst().stream()
            .map(
                message ->
                    new Row(
                        message.id(),
                        PageTime.of(message.time()),
                        message.channel(),
                        message.to(),
                        message.subject()))
            .toList());
  }

  /// Shows a message.
  @GET
  @Path("/{id}")
  public TemplateInstance message(@PathParam("id") String id) {
    Mailbox.Message message = find(id);
    Mailbox.Message.Request request = message.request();
    return Templates.message(
        message.subject(),
        message,
        PageTime.of(message.time()),
        request == null ? null : Call.of(message.channel(), request));
  }

  /// Returns the HTML part of a message, sandboxed without scripts.
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

  private Mailbox.Message find(String id) {
    return mailbox
        .get(id)
        .orElseThrow(() -> new NothingFoundException("There is no message '" + id + "'"));
  }
}
