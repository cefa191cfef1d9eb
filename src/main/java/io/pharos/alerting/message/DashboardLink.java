package io.pharos.alerting.message;

import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Links to the dashboard of an episode.
///
/// A rule names the dashboard by its path (`/d/pharos-service`), because only the deployment knows
/// Grafana's address. The link passes the alerts' `job` and `instance` as variables, which
/// dashboards without such variables ignore, and the time of the episode.
public final class DashboardLink {
  private static final List<String> VARIABLES = List.of("job", "instance");

  /* With more values a variable keeps the dashboard's default, which is all. */
  private static final int MAX_VALUES = 10;

  private DashboardLink() {}

  /// Returns the URL for alerts; empty if the annotation is a path and Grafana's address is not
  /// configured.
  ///
  /// @param annotation value of the rule's annotation; a complete URL stays unchanged
  /// @param grafana external base URL of Grafana, without a slash at the end; empty if not
  ///   configured
  /// @param since when the first alert began
  /// @param until when the last alert ended; null while one fires
  public static String of(
      String annotation,
      String grafana,
      List<Labels> alerts,
      Instant since,
      @Nullable Instant until,
      Instant now) {
    if (!annotation.startsWith("/") || annotation.startsWith("//")) {
      return annotation;
    }
    if (grafana.isEmpty()) {
      return "";
    }
    String path = annotation.replaceFirst("#.*", "");
    var parameters = new ArrayList<String>();
    for (String variable : VARIABLES) {
      if (!names(path, "var-" + variable)) {
        values(alerts, variable)
            .forEach(value -> parameters.add("var-" + variable + "=" + LinkAddress.encoded(value)));
      }
    }
    if (!names(path, "from") && !names(path, "to")) {
      parameters.add("from=" + GraphLink.begin(since, until == null ? now : until).toEpochMilli());
      parameters.add("to=" + (until == null ? "now" : GraphLink.end(until).toEpochMilli()));
    }
    if (parameters.isEmpty()) {
      return grafana + path;
    }
    return grafana + path + (path.contains("?") ? "&" : "?") + String.join("&", parameters);
  }

  private static boolean names(String path, String parameter) {
    return path.contains("?" + parameter + "=") || path.contains("&" + parameter + "=");
  }

  /// Returns the alerts' values of a label; none if an alert lacks it or there are too many.
  private static Iterable<String> values(List<Labels> alerts, String label) {
    var values = new TreeSet<String>();
    alerts.forEach(labels -> values.add(labels.get(label)));
    return values.contains("") || values.size() > MAX_VALUES ? List.of() : values;
  }
}
