package io.pharos.adopt.init;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/// Creates the Grafana dashboard of a service, with its requests, errors, durations, probe and
/// alerts. The dashboard has the classic JSON format, which Grafana reads from a provisioned file.
final class ServiceDashboard {
  private static final int WIDTH = 24;

  private static final Map<String, String> COLOURS =
      new TreeMap<>(
          Map.of(
              "^2(xx|..)?$",
              "green",
              "^3(xx|..)?$",
              "blue",
              "^4(xx|..)?$",
              "orange",
              "^5(xx|..)?$",
              "red"));

  private final NewService service;
  private final String job;
  private final RequestMetrics found;
  private final ArrayNode panels = JSON.createArrayNode();
  private int x;
  private int y;
  private int rowHeight;

  ServiceDashboard(NewService service, RequestMetrics found) {
    this.service = service;
    this.job = service.job();
    this.found = found;
  }

  /// Returns the dashboard as JSON text.
  String text() {
    panels();
    ObjectNode dashboard = JSON.createObjectNode();
    dashboard.putObject("annotations").set("list", annotations());
    dashboard.put("description", "What users of " + job + " see: rate, errors, duration.");
    dashboard.put("editable", true).put("fiscalYearStartMonth", 0).put("graphTooltip", 1);
    dashboard.putArray("links");
    dashboard.set("panels", panels);
    dashboard.put("refresh", "10s").put("schemaVersion", 39);
    dashboard.putArray("tags").add("pharos").add(job);
    dashboard.putObject("templating").putArray("list").add(dataSourceVariable());
    dashboard.putObject("time").put("from", "now-1h").put("to", "now");
    dashboard.putObject("timepicker");
    dashboard.put("timezone", "browser").put("title", job).put("uid", uid(job)).put("version", 1);
    dashboard.put("weekStart", "");
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(dashboard) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a dashboard can't be serialized", e);
    }
  }

  /// Returns the uid of a job's dashboard, at most 40 characters, as Grafana requires.
  static String uid(String job) {
    String uid = "service-" + job;
    return uid.length() <= 40 ? uid : uid.substring(0, 31) + Integer.toHexString(job.hashCode());
  }

  private void panels() {
    String up = "up{job=\"" + job + "\"}";
    steps(stat("Targets up", "sum(" + up + ")", "short", "no target"), "red", 1, "green");
    found.requests().ifPresent(this::requestStats);
    found
        .durations()
        .ifPresent(
            it ->
                steps(
                    stat("95th percentile", quantile("0.95", it), "s", "no requests"),
                    "green",
                    it.slowSeconds(),
                    "red"));
    if (service.probe().isPresent()) {
      String success = "min(probe_success{probe=\"" + job + "\"})";
      steps(stat("Probe", success, "short", "no result"), "red", 1, "green");
    }
    endRow();
    graphs();
  }

  private void requestStats(RequestMetrics.Requests requests) {
    String rate = "sum(rate(" + requests.all(job) + "[5m]))";
    stat("Requests per second", rate, "reqps", "no requests");
    requests
        .failed(job)
        .map(failed -> "(sum(rate(" + failed + "[5m])) or vector(0)) / " + rate)
        .ifPresent(
            ratio ->
                steps(
                    stat("Failed", ratio, "percentunit", "no requests"),
                    "green",
                    ServiceFiles.LIMIT,
                    "red"));
  }

  private void graphs() {
    found.requests().ifPresent(this::requestGraphs);
    found.durations().ifPresent(this::durationGraph);
    if (service.probe().isPresent()) {
      graph("Probe", "probe_duration_seconds{probe=\"" + job + "\"}", "{{instance}}", "s");
    }
    graph(
        "Alerts",
        "sum by (alertname, severity) (ALERTS{service=\"" + job + "\",alertstate=\"firing\"})",
        "{{alertname}}",
        "short");
    endRow();
  }

  private void requestGraphs(RequestMetrics.Requests requests) {
    String rate = "rate(" + requests.all(job) + "[$__rate_interval])";
    String by = requests.status().orElse("instance");
    String sum = "sum by (" + by + ") (" + rate + ")";
    classes(graph("Requests by " + by, sum, "{{" + by + "}}", "reqps"));
    requests
        .failed(job)
        .map(it -> "(sum(rate(%s[$__rate_interval])) or vector(0)) / sum(%s)".formatted(it, rate))
        .ifPresent(
            ratio ->
                line(graph("Failed requests", ratio, "failed", "percentunit"), ServiceFiles.LIMIT));
    requests.route().ifPresent(route -> busiest(route, rate));
  }

  private void busiest(String route, String rate) {
    String top = "topk(10, sum by (" + route + ") (" + rate + "))";
    graph("Busiest by " + route, top, "{{" + route + "}}", "reqps");
  }

  private void durationGraph(RequestMetrics.Durations durations) {
    String median = quantile("0.5", durations).replace("[5m]", "[$__rate_interval]");
    String percentile = quantile("0.95", durations).replace("[5m]", "[$__rate_interval]");
    ObjectNode panel = graph("Duration", median, "median", "s");
    line(panel, durations.slowSeconds());
    target(panel, "B", percentile, "95th percentile");
    panel.put("description", "From " + durations.buckets(job));
  }

  private String quantile(String q, RequestMetrics.Durations durations) {
    String text =
        "histogram_quantile(" + q + ", sum by (le) (rate(" + durations.buckets(job) + "[5m])))";
    return durations.unit().perSecond() == 1
        ? text
        : text + " / " + RequestMetrics.plain(durations.unit().perSecond());
  }

  /* Colours a panel by the threshold of an alert. */
  private static void steps(ObjectNode panel, String below, double threshold, String above) {
    ObjectNode thresholds = defaults(panel).putObject("thresholds").put("mode", "absolute");
    ArrayNode steps = thresholds.putArray("steps");
    steps.addObject().put("color", below).putNull("value");
    steps.addObject().put("color", above).put("value", threshold);
  }

  private static void line(ObjectNode panel, double threshold) {
    steps(panel, "transparent", threshold, "red");
    ((ObjectNode) defaults(panel).get("custom")).putObject("thresholdsStyle").put("mode", "dashed");
  }

  private static ObjectNode defaults(ObjectNode panel) {
    return (ObjectNode) panel.get("fieldConfig").get("defaults");
  }

  /* Gives each class of HTTP status a colour. */
  private static void classes(ObjectNode panel) {
    ArrayNode overrides = ((ObjectNode) panel.get("fieldConfig")).putArray("overrides");
    COLOURS.forEach(
        (status, colour) -> {
          ObjectNode override = overrides.addObject();
          override.putObject("matcher").put("id", "byRegexp").put("options", status);
          ObjectNode property = override.putArray("properties").addObject().put("id", "color");
          property.putObject("value").put("mode", "fixed").put("fixedColor", colour);
        });
  }

  private ObjectNode stat(String title, String expression, String unit, String noValue) {
    ObjectNode panel = panel("stat", title, 4, 4);
    ObjectNode defaults = panel.putObject("fieldConfig").putObject("defaults");
    defaults.put("unit", unit).put("noValue", noValue);
    defaults.putArray("mappings");
    ((ObjectNode) panel.get("fieldConfig")).putArray("overrides");
    ObjectNode options = panel.putObject("options");
    options.put("colorMode", "value").put("graphMode", "area").put("textMode", "auto");
    options.putObject("reduceOptions").put("values", false).putArray("calcs").add("lastNotNull");
    target(panel, "A", expression, "");
    return panel;
  }

  private ObjectNode graph(String title, String expression, String legend, String unit) {
    ObjectNode panel = panel("timeseries", title, 12, 8);
    ObjectNode defaults = panel.putObject("fieldConfig").putObject("defaults");
    defaults.put("unit", unit).put("noValue", "nothing");
    defaults.putObject("custom").put("fillOpacity", 10).put("showPoints", "never");
    ((ObjectNode) panel.get("fieldConfig")).putArray("overrides");
    ObjectNode options = panel.putObject("options");
    options.putObject("legend").put("displayMode", "list").put("placement", "bottom");
    options.putObject("tooltip").put("mode", "multi").put("sort", "desc");
    target(panel, "A", expression, legend);
    return panel;
  }

  private ObjectNode panel(String type, String title, int width, int height) {
    if (x + width > WIDTH) {
      endRow();
    }
    ObjectNode panel = panels.addObject();
    panel.put("id", panels.size()).put("type", type).put("title", title);
    panel.set("datasource", dataSource());
    panel.putObject("gridPos").put("h", height).put("w", width).put("x", x).put("y", y);
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return panel;
  }

  private void endRow() {
    x = 0;
    y += rowHeight;
    rowHeight = 0;
  }

  private static void target(ObjectNode panel, String id, String expression, String legend) {
    ObjectNode target =
        (panel.has("targets") ? (ArrayNode) panel.get("targets") : panel.putArray("targets"))
            .addObject();
    target.set("datasource", dataSource());
    target.put("editorMode", "code").put("expr", expression).put("legendFormat", legend);
    target.put("range", true).put("refId", id);
  }

  private static ObjectNode dataSource() {
    return JSON.createObjectNode().put("type", "prometheus").put("uid", "${prometheus_datasource}");
  }

  private static ObjectNode dataSourceVariable() {
    ObjectNode variable = JSON.createObjectNode();
    variable.put("type", "datasource").put("name", "prometheus_datasource");
    variable.put("label", "Prometheus data source").put("query", "prometheus");
    variable.putObject("current");
    variable.put("hide", 0).put("includeAll", false).put("multi", false);
    variable.putArray("options");
    variable.put("refresh", 1).put("regex", "").put("skipUrlSync", false);
    return variable;
  }

  private ArrayNode annotations() {
    ArrayNode list = JSON.createArrayNode();
    ObjectNode builtIn = list.addObject();
    builtIn.put("builtIn", 1).put("enable", true).put("hide", true);
    builtIn.put("iconColor", "rgba(0, 211, 255, 1)").put("name", "Annotations & Alerts");
    builtIn.put("type", "dashboard");
    builtIn.putObject("datasource").put("type", "grafana").put("uid", "-- Grafana --");
    ObjectNode alerts = list.addObject();
    alerts.set("datasource", dataSource());
    alerts.put("enable", true).put("iconColor", "red").put("name", "Alerts").put("step", "60s");
    alerts.put("expr", "ALERTS{alertstate=\"firing\",service=\"" + job + "\"}");
    alerts.put("titleFormat", "{{alertname}}").put("textFormat", "{{severity}} {{instance}}");
    alerts.put("tagKeys", "severity,alertname").put("useValueForTime", false);
    return list;
  }
}
