package io.pharos.server.web;

import io.pharos.access.AuditEntry;
import io.pharos.access.AuditTrail;
import io.pharos.access.Scope;
import io.pharos.server.api.Needs;
import io.pharos.server.api.pharos.AuditResource;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageTime;
import io.pharos.trouble.StoreUnavailableException;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The page of the audit: who changed what.
@Path("/settings/audit")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class AuditPages {
  private static final int PAGE = 50;

  /// A change as a row.
  ///
  /// @param who name, or why there is none
  /// @param result the word for the state, such as `done`
  record Row(
      PageTime at,
      String who,
      String means,
      String address,
      String action,
      String subject,
      String result,
      String look,
      int status) {
    static Row of(AuditEntry entry, Instant now) {
      return new Row(
          PageTime.of(entry.at(), now),
          entry.actor().isEmpty() ? "unknown" : entry.actor(),
          means(entry.means()),
          entry.address(),
          entry.action(),
          entry.subject(),
          entry.isDone() ? "done" : "refused",
          entry.isDone() ? "ok" : "failed",
          entry.status());
    }

    private static String means(AuditEntry.Means means) {
      return switch (means) {
        case SESSION -> "logged in";
        case TOKEN -> "token";
        case HOST -> "on the host of Pharos";
        case LINK -> "link in a message";
        case CHAT -> "button in a chat";
        case LOGIN -> "login";
        case SIGNAL -> "signal to the process";
        case FILE -> "people file";
      };
    }
  }

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance audit(
        String title, String text, String since, String problem, List<Row> rows, String older);
  }

  private final AuditTrail audit;
  private final InstantSource clock;

  AuditPages(AuditTrail audit, InstantSource clock) {
    this.audit = audit;
    this.clock = clock;
  }

  /// Shows the changes that a search finds, newest first.
  @GET
  @Needs(Scope.ADMIN)
  public Response audit(
      @RestQuery @Nullable String text,
      @RestQuery @Nullable String since,
      @RestQuery @Nullable String before) {
    String typed = Objects.requireNonNullElse(text, "").strip();
    String from = Objects.requireNonNullElse(since, "").strip();
    Instant now = clock.instant();
    try {
      List<AuditEntry> found = audit.find(AuditResource.search(typed, from, before, PAGE + 1, now));
      List<AuditEntry> shown = found.subList(0, Math.min(PAGE, found.size()));
      String older =
          found.size() > PAGE
              ? "/settings/audit?text=%s&since=%s&before=%d"
                  .formatted(
                      PageLinks.encoded(typed), PageLinks.encoded(from), shown.getLast().number())
              : "";
      return answer(
          200, typed, from, "", shown.stream().map(entry -> Row.of(entry, now)).toList(), older);
    } catch (IllegalArgumentException e) {
      return answer(400, typed, from, String.valueOf(e.getMessage()), List.of(), "");
    } catch (StoreUnavailableException e) {
      return answer(
          503, typed, from, "The audit can't be read now: " + e.getMessage(), List.of(), "");
    }
  }

  private static Response answer(
      int status, String text, String since, String problem, List<Row> rows, String older) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(Templates.audit("Audit", text, since, problem, rows, older).render())
        .build();
  }
}
