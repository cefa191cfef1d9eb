package io.pharos.alerting.message;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The address of a dashboard that shows an episode.
///
/// A rule names the dashboard by its path alone (`/d/pharos-service`), since where Grafana is only
/// the deployment knows. It gets the variables `job` and `instance` of the alerts, which a
/// dashboard that has no such variables passes over, and the time of the episode.
public final class DashboardLink {
  private static final List<String> VARIABLES = List.of("job", "instance");

  /* Above it a variable is left at what the dashboard shows by itself, which is all. */
  private static final int MAX_VALUES = 10;

  private DashboardLink() {}

  /// The address for alerts; empty where the annotation is a path and no Grafana is known.
  ///
  /// @param annotation what the rule says; a whole address stays as it is
  /// @param grafana where people reach Grafana, without a slash at the end; empty: not known
  /// @param alerts the labels of those that it is about
  /// @param since when the first of them began
  /// @param until when the last of them ended; null while one fires
  /// @param now when the link is made
  public static String of(
      String annotation,
      String grafana,
      List<Labels> alerts,
      Instant since,
      @Nullable Instant until,
      Instant now) {
    requireNonNull(annotation, "annotation is null");
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
            .forEach(value -> parameters.add("var-" + variable + "=" + encoded(value)));
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

  /// What the alerts have of a label; nothing where one of them has none, or they are many.
  private static Iterable<String> values(List<Labels> alerts, String label) {
    var values = new TreeSet<String>();
    alerts.forEach(labels -> values.add(labels.get(label)));
    return values.contains("") || values.size() > MAX_VALUES ? List.of() : values;
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
