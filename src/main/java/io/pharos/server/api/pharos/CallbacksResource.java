package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.callback.Callback;
import io.pharos.callback.CallbackStatus;
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
import org.jspecify.annotations.Nullable;

/// What other systems are told of releases: what is to be told, and the ledger of what was.
@Path("/api/pharos/v1/callbacks")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class CallbacksResource {
  private final Callbacks callbacks;

  public CallbacksResource(Callbacks callbacks) {
    this.callbacks = callbacks;
  }

  /// The callbacks, those first that were decided last; of one deployment with their ledgers.
  @GET
  @Needs(Scope.GATE_READ)
  public Response list(
      @QueryParam("deployment") @Nullable String deployment,
      @QueryParam("status") @Nullable String status,
      @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    int most = ListLimit.of(limit);
    CallbackStatus wanted = status == null ? null : parse(status);
    List<Callback> found =
        deployment == null
            ? callbacks.newest(wanted, most)
            : callbacks.ofDeployment(deployment).stream()
                .filter(it -> wanted == null || it.status() == wanted)
                .toList();
    return Response.ok(
            new CallbackList(
                found.stream()
                    .filter(it -> granted.covers(it.service(), it.env()))
                    .map(it -> view(it, deployment != null))
                    .toList()))
        .build();
  }

  private static CallbackStatus parse(String status) {
    try {
      return CallbackStatus.parse(status);
    } catch (IllegalArgumentException _) { // the message below says more
      throw new InvalidFieldException(
          "status", status, "one of waiting, pending, told, dropped, failed");
    }
  }

  private CallbackView view(Callback callback, boolean whole) {
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
        callback.status() == CallbackStatus.PENDING ? callback.nextAt().toString() : null,
        callback.told(),
        text(callback.toldAt()),
        callback.answer(),
        whole
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
  public record CallbackList(List<CallbackView> callbacks) {}

  /// A callback as the API shows it; times are RFC 3339.
  ///
  /// @param word what is to be told, or was
  /// @param told what the target took last; empty for nothing
  /// @param answer what came back last
  /// @param ledger what was told so far, oldest first; null in lists of several deployments
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record CallbackView(
      String id,
      String target,
      String kind,
      String service,
      String env,
      String deployment,
      String gate,
      String word,
      String status,
      int attempts,
      @JsonProperty("decided_at") String decidedAt,
      @JsonProperty("next_at") @Nullable String nextAt,
      String told,
      @JsonProperty("told_at") @Nullable String toldAt,
      String answer,
      @Nullable List<LedgerRow> ledger) {}

  /// One message that was told or given up.
  public record LedgerRow(
      String word,
      String status,
      int attempts,
      @JsonProperty("decided_at") String decidedAt,
      @JsonProperty("ended_at") String endedAt,
      String answer) {}
}
