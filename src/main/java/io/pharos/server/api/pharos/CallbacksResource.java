package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.callback.Callback;
import io.pharos.callback.Callbacks;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.server.api.Caller;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Lists callbacks: the reports of releases to other systems, sent or still to be sent.
@Path("/api/pharos/v1/callbacks")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class CallbacksResource {
  private final Callbacks callbacks;

  /// Creates the resource, which reads from the given store.
  public CallbacksResource(Callbacks callbacks) {
    this.callbacks = callbacks;
  }

  /// Lists the callbacks that the caller's token permits to read, newest first. If the callbacks of
  /// one deployment are requested, they include their ledgers.
  @Operation(
      operationId = "listCallbacks",
      summary = "Lists reports of releases to other systems, newest first")
  @Exchange({"200 [CallbackList] The callbacks.", "400 The status or the limit is invalid."})
  @GET
  @Needs(Scope.GATE_READ)
  public Response list(
      @Parameter(description = "Key of a deployment; its callbacks are listed with their ledgers.")
          @QueryParam("deployment")
          @Nullable String deployment,
      @Parameter(
              description = "Selects a status.",
              schema = @Schema(enumeration = {"waiting", "pending", "told", "dropped", "failed"}))
          @QueryParam("status")
          @Nullable String status,
      @Parameter(description = QueryNumber.LIMIT) @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    int maxCallbacks = QueryNumber.limit(limit);
    Callback.Status filter = status == null ? null : parse(status);
    List<Callback> found =
        deployment == null
            ? callbacks.newest(filter, maxCallbacks)
            : callbacks.ofDeployment(deployment).stream()
                .filter(it -> filter == null || it.status() == filter)
                .toList();
    return Response.ok(
            new CallbackList(
                found.stream()
                    .filter(it -> granted.covers(it.service(), it.env()))
                    .map(it -> view(it, deployment != null))
                    .toList()))
        .build();
  }

  private static Callback.Status parse(String status) {
    try {
      return Callback.Status.parse(status);
    } catch (IllegalArgumentException _) { // reported below
      throw new InvalidFieldException(
          "status", status, "one of waiting, pending, told, dropped, failed");
    }
  }

  private CallbackView view(Callback callback, boolean withLedger) {
    return new CallbackView(
        callback.id(),
        callback.target(),
        callback.kind().text(),
        callback.service(),
        callback.env(),
        callback.deploymentKey(),
        callback.message().gateId(),
        callback.message().word(),
        callback.status().text(),
        callback.attempts(),
        callback.decidedAt().toString(),
        callback.status() == Callback.Status.PENDING ? callback.nextAt().toString() : null,
        callback.told(),
        text(callback.toldAt()),
        callback.answer(),
        withLedger
            ? callbacks.ledger(callback.id()).stream()
                .map(
                    it ->
                        new LedgerRow(
                            it.word(),
                            it.status().text(),
                            it.attempts(),
                            it.decidedAt().toString(),
                            it.endedAt().toString(),
                            it.answer()))
                .toList()
            : null);
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }

  /// Callbacks, newest first.
  @Schema
  public record CallbackList(List<CallbackView> callbacks) {}

  /// A callback; times are RFC 3339.
  ///
  /// @param ledger the reports that ended, oldest first; null unless the callbacks of one
  ///   deployment are requested
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record CallbackView(
      String id,
      @Schema(description = "Name in callbacks.yml.") String target,
      @Schema(
              enumeration = {
                "grafana_annotation",
                "github_status",
                "github_protection",
                "gitlab_status"
              })
          String kind,
      String service,
      String env,
      @Schema(
              description =
                  "Key of the deployment; empty for a protection rule that has no deployment yet.")
          String deployment,
      String gate,
      @Schema(description = "The outcome that is reported.") String word,
      @Schema(enumeration = {"waiting", "pending", "told", "dropped", "failed"}) String status,
      int attempts,
      @JsonProperty("decided_at") String decidedAt,
      @JsonProperty("next_at") @Nullable String nextAt,
      @Schema(
              description =
                  "The outcome that the target accepted last; empty if the target accepted none.")
          String told,
      @JsonProperty("told_at") @Nullable String toldAt,
      @Schema(description = "The target's last answer.") String answer,
      @Nullable List<LedgerRow> ledger) {}

  /// One report that was delivered or given up.
  public record LedgerRow(
      String word,
      String status,
      int attempts,
      @JsonProperty("decided_at") String decidedAt,
      @JsonProperty("ended_at") String endedAt,
      String answer) {}
}
