package io.pharos.server.api.alertmanager;

import io.pharos.access.Scope;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.Needs;
import io.pharos.server.api.Routine;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Alertmanager's API v2 over HTTP. Two subclasses serve it at their paths.
abstract class AlertmanagerResource {
  /// Estimated memory in bytes of an alert in a list: its state, and its text twice.
  private static final long BYTES_PER_ALERT = 3_000;

  private final AlertmanagerApi api;
  private final LargeAnswers answers;

  AlertmanagerResource(AlertmanagerApi api, LargeAnswers answers) {
    this.api = api;
    this.answers = answers;
  }

  /// Returns version, uptime and configuration.
  @GET
  @Path("/status")
  public Response status() {
    return response(api.status());
  }

  /// Lists the names of the receivers.
  @GET
  @Path("/receivers")
  public Response receivers(@QueryParam("receiver_matchers") List<String> receiverMatchers) {
    return response(api.receivers(receiverMatchers));
  }

  /// Lists alerts.
  @GET
  @Path("/alerts")
  public Response alerts(
      @QueryParam("filter") List<String> filters,
      @QueryParam("receiver") @Nullable String receiver,
      @QueryParam("receiver_matchers") List<String> receiverMatchers,
      @QueryParam("active") @Nullable String active,
      @QueryParam("silenced") @Nullable String silenced,
      @QueryParam("inhibited") @Nullable String inhibited) {
    var query =
        new AlertmanagerApi.AlertQuery(
            filters, receiver, receiverMatchers, active, silenced, inhibited, null);
    return answers.list(api.size(), BYTES_PER_ALERT, () -> response(api.alerts(query)));
  }

  /// Receives alerts.
  @POST
  @Path("/alerts")
  @Routine
  @Needs(Scope.ALERT_WRITE)
  public Response postAlerts(
      byte[] body, @HeaderParam("Content-Type") @Nullable String contentType) {
    return response(api.postAlerts(body, contentType));
  }

  /// Lists alerts by group.
  @GET
  @Path("/alerts/groups")
  public Response groups(
      @QueryParam("filter") List<String> filters,
      @QueryParam("receiver") @Nullable String receiver,
      @QueryParam("receiver_matchers") List<String> receiverMatchers,
      @QueryParam("active") @Nullable String active,
      @QueryParam("silenced") @Nullable String silenced,
      @QueryParam("inhibited") @Nullable String inhibited,
      @QueryParam("muted") @Nullable String muted) {
    var query =
        new AlertmanagerApi.AlertQuery(
            filters, receiver, receiverMatchers, active, silenced, inhibited, muted);
    return answers.list(api.size(), BYTES_PER_ALERT, () -> response(api.groups(query)));
  }

  /// Lists silences.
  @GET
  @Path("/silences")
  public Response silences(
      @QueryParam("filter") List<String> filters,
      @QueryParam("active") @Nullable String active,
      @QueryParam("pending") @Nullable String pending,
      @QueryParam("expired") @Nullable String expired) {
    return response(
        api.silences(filters, new AlertmanagerApi.SilenceStates(active, pending, expired)));
  }

  /// Creates or replaces a silence.
  @POST
  @Path("/silences")
  @Needs(Scope.SILENCE_WRITE)
  public Response postSilence(
      byte[] body, @HeaderParam("Content-Type") @Nullable String contentType) {
    return response(api.postSilence(body, contentType));
  }

  /// Returns a silence.
  @GET
  @Path("/silence/{id}")
  public Response silence(@PathParam("id") String id) {
    return response(api.silence(id));
  }

  /// Expires a silence.
  @DELETE
  @Path("/silence/{id}")
  @Needs(Scope.SILENCE_WRITE)
  public Response expireSilence(@PathParam("id") String id) {
    return response(api.expireSilence(id));
  }

  private static Response response(AlertmanagerApi.Reply reply) {
    var response =
        Response.status(reply.status())
            .header("Cache-Control", "no-store")
            .header("Access-Control-Allow-Origin", "*");
    if (reply.status() == 429) {
      response.header("Retry-After", 60);
    }
    if (reply.json().length > 0) {
      response.type(MediaType.APPLICATION_JSON_TYPE).entity(reply.json());
    }
    return response.build();
  }
}
