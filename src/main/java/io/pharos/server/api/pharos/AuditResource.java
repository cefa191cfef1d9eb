package io.pharos.server.api.pharos;

import io.pharos.access.AuditEntry;
import io.pharos.access.AuditStore;
import io.pharos.access.AuditTrail;
import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Lists who changed what.
@Path("/api/pharos/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class AuditResource {
  private final AuditTrail audit;
  private final InstantSource clock;

  AuditResource(AuditTrail audit, InstantSource clock) {
    this.audit = audit;
    this.clock = clock;
  }

  /// Lists changes, newest first.
  @Operation(operationId = "listAudit", summary = "Lists who changed what, newest first")
  @Exchange({"200 [AuditList] The changes.", "400 A parameter is invalid."})
  @GET
  @Needs(Scope.ADMIN)
  public AuditList list(
      @Parameter(description = "Part of a name, address, action or subject, in any case.")
          @QueryParam("text")
          @Nullable String text,
      @Parameter(description = "A time in RFC 3339, or a duration before now.") @QueryParam("since")
          @Nullable String since,
      @Parameter(description = "Only entries with a smaller number.") @QueryParam("before")
          @Nullable String before,
      @Parameter(description = QueryNumber.LIMIT) @QueryParam("limit") @Nullable String limit) {
    return new AuditList(
        audit.find(search(text, since, before, QueryNumber.limit(limit), clock.instant())).stream()
            .map(AuditResource::view)
            .toList());
  }

  /// Parses a search.
  ///
  /// @throws io.pharos.gate.deployment.InvalidFieldException if a parameter is invalid
  public static AuditStore.Search search(
      @Nullable String text,
      @Nullable String since,
      @Nullable String before,
      int limit,
      Instant now) {
    return new AuditStore.Search(
        text == null ? "" : text.strip(),
        since(since, now),
        before == null || before.isEmpty()
            ? Optional.empty()
            : Optional.of(
                QueryNumber.of(
                    "before", before, 1, Long.MAX_VALUE, "the number of an entry, from 1")),
        limit);
  }

  /// Parses the parameter `since`; empty if it is absent.
  static Optional<Instant> since(@Nullable String text, Instant now) {
    try {
      return NotificationsResource.time("since", text, now);
    } catch (IllegalArgumentException _) { // reported below
      throw new InvalidFieldException(
          "since", String.valueOf(text), "a duration such as 6h or a time in RFC 3339");
    }
  }

  private static AuditView view(AuditEntry entry) {
    return new AuditView(
        entry.number(),
        entry.at().toString(),
        entry.actor(),
        entry.means().text(),
        entry.address(),
        entry.action(),
        entry.subject(),
        entry.status());
  }

  /// Changes, newest first.
  @Schema
  public record AuditList(List<AuditView> entries) {}

  /// A change that somebody made or tried to make.
  public record AuditView(
      @Schema(description = "Increases with each entry.") long number,
      @Schema(description = "RFC 3339.") String at,
      @Schema(description = "Name of the person or token; empty if unknown.") String actor,
      @Schema(
              enumeration = {"session", "token", "host", "link", "login", "signal", "file"},
              description = "What permitted it.")
          String means,
      @Schema(description = "The client's address; empty without one.") String address,
      @Schema(description = "Method and route.") String action,
      @Schema(description = "Parameters of the route, and where the answer leads.") String subject,
      @Schema(description = "HTTP status of the answer.") int status) {}
}
