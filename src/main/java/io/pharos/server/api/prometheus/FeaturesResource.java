package io.pharos.server.api.prometheus;

import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Function;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.server.api.ApiSwitches;
import io.pharos.server.api.JsonValue;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import java.util.TreeMap;

/// Prometheus' `features`: the features that this server supports. Without this route, clients
/// would have to guess them from the version.
@Path("/api/v1/features")
@RunOnVirtualThread
public class FeaturesResource {
  private final ApiSwitches switches;

  FeaturesResource(ApiSwitches switches) {
    this.switches = switches;
  }

  /// Returns all features by their categories.
  @GET
  public Response features() {
    return PrometheusJson.success(
        JsonValue.object(
            "api",
            JsonValue.object(
                "admin", false,
                "exclude_alerts", true,
                "label_values_match", true,
                "lifecycle", true,
                "otlp_write_receiver", switches.otlpReceiver(),
                "query_stats", true,
                "query_warnings", true,
                "remote_write_receiver", switches.remoteWriteReceiver(),
                "time_range_labels", true,
                "time_range_series", true),
            "promql_functions",
            functions(),
            "promql_operators",
            operators()));
  }

  private static boolean isOn(boolean experimental) {
    return !experimental || ParserOptions.defaults().experimentalFunctions();
  }

  private static Map<String, Boolean> functions() {
    var functions = new TreeMap<String, Boolean>();
    for (Function function : Function.values()) {
      functions.put(function.symbol(), isOn(function.isExperimental()));
    }
    return functions;
  }

  private static Map<String, Boolean> operators() {
    var operators = new TreeMap<String, Boolean>();
    for (BinaryOp operator : BinaryOp.values()) {
      operators.put(operator.symbol(), true);
    }
    for (AggregateOp operator : AggregateOp.values()) {
      operators.put(operator.symbol(), isOn(operator.isExperimental()));
    }
    return operators;
  }
}
