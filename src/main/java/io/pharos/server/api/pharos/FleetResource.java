package io.pharos.server.api.pharos;

import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.ingest.fleet.AgentFleet;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.pharos.server.api.Routine;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/// Receives heartbeats of agents. Each agent sends its own, or the backend sends them for the
/// agents (docs/format/fleet.md).
@Path("/api/pharos/v1/fleet/heartbeats")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class FleetResource {
  private static final int MAX_HEARTBEATS = 500;

  private final AgentFleet fleet;
  private final InstantSource clock;

  FleetResource(AgentFleet fleet, InstantSource clock) {
    this.fleet = fleet;
    this.clock = clock;
  }

  /// Stores heartbeats, which may come from several hosts.
  @Operation(operationId = "pushHeartbeats", summary = "Receives heartbeats of agents")
  @Exchange({
    "204 The report is accepted.",
    "400 A field is invalid.",
    "404 fleet.yml does not permit pushes.",
    "429 There are too many hosts; only the heartbeats of known hosts were accepted."
  })
  @POST
  @Consumes(MediaType.WILDCARD)
  @Routine
  @Needs(Scope.HEARTBEAT_WRITE)
  public Response receive(@Exchange.Body("Heartbeats") @Nullable String text) {
    JsonBody body = JsonBody.parse(text);
    Instant sentAt = Objects.requireNonNullElse(body.time("sent_at"), clock.instant());
    List<JsonBody> items = body.objects("heartbeats", MAX_HEARTBEATS);
    body.finish();
    if (items.isEmpty()) {
      throw new InvalidFieldException("heartbeats", "", "at least one heartbeat");
    }
    List<AgentFleet.Beat> beats = items.stream().map(item -> heartbeat(item, sentAt)).toList();
    AgentFleet.Refusal refusal = fleet.accept(sentAt, beats).orElse(null);
    return switch (refusal) {
      case null -> Response.noContent().build();
      case NOT_CONFIGURED ->
          PharosError.answer(404, "heartbeats can't be pushed: add push: {} to fleet.yml");
      case BAD_HOST ->
          throw new InvalidFieldException(
              "heartbeats.host", "", "printable names of at most 128 characters");
      case TOO_MANY ->
          PharosError.answer(429, "there are more hosts than max_hosts in fleet.yml allows");
    };
  }

  private static AgentFleet.Beat heartbeat(JsonBody item, Instant sentAt) {
    String host = item.required("host");
    Instant at = Objects.requireNonNullElse(item.time("at"), sentAt);
    item.finish();
    return new AgentFleet.Beat(host, at);
  }
}
