package io.pharos.server.api.prometheus;

import io.pharos.server.api.ApiException;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.ServiceStatus;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.InstantSource;
import java.util.Map;
import java.util.TreeMap;

/// Prometheus' status endpoints that Grafana and other clients use.
@Path("/api/v1/status")
@RunOnVirtualThread
public class StatusResource {
  private static final int MAX_CARDINALITIES = 10_000;

  private final ServiceStatus status;
  private final InstantSource clock;
  private final QueryWork work;

  StatusResource(ServiceStatus status, InstantSource clock, QueryWork work) {
    this.status = status;
    this.clock = clock;
    this.work = work;
  }

  /// Answers for Alertmanager's removed API v1, which had this path.
  @GET
  @Exempt(Exemption.GONE)
  public Response alertmanagers() {
    return AlertmanagerV1.gone();
  }

  /// Returns versions: `version` is that of the compatible Prometheus, on which clients depend;
  /// Pharos' own version is the `revision`. There is no `features`, which Grafana would interpret
  /// as Mimir.
  @GET
  @Path("/buildinfo")
  public Response buildInfo() {
    return object(
        Map.of(
            "version", "3.5.0",
            "revision", "pharos-" + status.version(),
            "branch", "",
            "buildUser", "",
            "buildDate", "",
            "goVersion", ""));
  }

  /// Returns the flags with their values.
  @GET
  @Path("/flags")
  public Response flags() {
    return object(status.flags());
  }

  /// Returns the loaded configuration file with masked secrets.
  @GET
  @Path("/config")
  public Response config() {
    return object(Map.of("yaml", status.configYaml()));
  }

  /// Returns the state of the process; fields about Go's runtime have the JVM's counterpart or are
  /// empty.
  @GET
  @Path("/runtimeinfo")
  public Response runtimeInfo() {
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          json.writeStringField("startTime", status.startedAt().toString());
          json.writeStringField("CWD", System.getProperty("user.dir", ""));
          json.writeStringField("serverTime", clock.instant().toString());
          json.writeBooleanField("reloadConfigSuccess", status.lastReloadSuccessful());
          json.writeStringField("lastConfigTime", status.lastReloadAt().toString());
          json.writeNumberField("corruptionCount", 0);
          json.writeNumberField("goroutineCount", Thread.activeCount());
          json.writeNumberField("GOMAXPROCS", Runtime.getRuntime().availableProcessors());
          json.writeNumberField("GOMEMLIMIT", Runtime.getRuntime().maxMemory());
          json.writeStringField("GOGC", "");
          json.writeStringField("GODEBUG", "");
          json.writeStringField("storageRetention", status.retention());
          json.writeEndObject();
        });
  }

  /// Returns the replay's progress, which is always complete, because the log is read before the
  /// start.
  @GET
  @Path("/walreplay")
  public Response walReplay() {
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          json.writeNumberField("min", 0);
          json.writeNumberField("max", 0);
          json.writeNumberField("current", 0);
          json.writeEndObject();
        });
  }

  /// Returns statistics of the series in memory.
  @GET
  @Path("/tsdb")
  public Response tsdb(@Context UriInfo uri) {
    return tsdb(new Parameters(uri.getQueryParameters()));
  }

  Response tsdb(Parameters parameters) {
    int limit = parameters.get("limit").map(StatusResource::number).orElse(10);
    if (limit < 1) {
      throw ApiException.badData("limit must be a positive number");
    }
    if (limit > MAX_CARDINALITIES) {
      throw ApiException.badData("limit must not exceed " + MAX_CARDINALITIES);
    }
    Cardinality cardinality = work.call(() -> Cardinality.of(status.headStats(), limit));
    return PrometheusJson.success(cardinality::write);
  }

  /* Text other than a number is rejected like a number below 1. */
  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException _) {
      return 0;
    }
  }

  private static Response object(Map<String, String> fields) {
    return PrometheusJson.success(
        json -> {
          json.writeStartObject();
          for (var field : new TreeMap<>(fields).entrySet()) {
            json.writeStringField(field.getKey(), field.getValue());
          }
          json.writeEndObject();
        });
  }
}
