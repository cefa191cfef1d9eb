package io.pharos.alerting.message;

import io.pharos.model.Labels;
import io.pharos.model.LinkAddress;
import io.pharos.model.PromDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Links to the graph, the dashboard and the runbook of an episode.
///
/// A graph shows the episode and some time before and after it. Its link has the parameters of
/// Prometheus' graph page, so that alerts of a Prometheus server get a link too. Only Pharos uses
/// the parameters `g0.since` and `g0.until`; other servers ignore them.
///
/// A rule names the dashboard by its path (`/d/pharos-service`), because only the deployment knows
/// Grafana's address. The link passes the time of the episode, and the alerts' `job` and `instance`
/// as variables, which dashboards without such variables ignore.
///
/// The alert may be over when a runbook is opened, so the runbook's URL contains the alert's
/// labels. Only URLs of this Pharos contain labels, because other sites may misuse query
/// parameters.
public final class EpisodeLinks {
  private static final Duration MIN_BEFORE = Duration.ofMinutes(30);
  private static final Duration MAX_BEFORE = Duration.ofHours(6);

  /* If a reader opens the link of a firing alert later, the graph also shows the time after the
   * message. The page never shows the future. */
  private static final Duration AFTER = Duration.ofHours(1);
  private static final Duration AFTER_THE_END = Duration.ofMinutes(30);

  /* Only the end of longer episodes is shown, because samples are not kept for ever. */
  private static final Duration MAX_RANGE = Duration.ofDays(15);

  /// Returns the URL of the graph with the time of the episode, unless the URL has a time already
  /// or is not a graph page.
  ///
  /// @param since when the alert began
  /// @param until when the alert ended; null while it fires
  public static String graph(
      String generatorUrl, Instant since, @Nullable Instant until, Instant now) {
    if (!generatorUrl.matches("[^?#]*/(graph|query)\\?g0\\.expr=[^#]*")
        || generatorUrl.contains("&g0.range_input=")
        || generatorUrl.contains("&g0.end_input=")) {
      return generatorUrl;
    }
    Instant last = until == null ? now : until;
    Instant end = until == null ? ceilToMinute(now.plus(AFTER)) : end(until);
    Duration range = Duration.between(begin(since, last), end);
    if (range.compareTo(MAX_RANGE) > 0) {
      range = MAX_RANGE;
    }
    var url =
        new StringBuilder(generatorUrl)
            .append("&g0.range_input=")
            .append(PromDuration.format(range))
            .append("&g0.end_input=")
            .append(end)
            .append("&g0.since=")
            .append(since.getEpochSecond());
    if (until != null) {
      url.append("&g0.until=").append(until.getEpochSecond());
    }
    return url.toString();
  }

  /// Returns the start of the time range. The range includes as much time before the episode as the
  /// episode lasted, within limits.
  static Instant begin(Instant since, Instant last) {
    Duration before = Duration.between(since, last);
    if (before.compareTo(MIN_BEFORE) < 0) {
      before = MIN_BEFORE;
    } else if (before.compareTo(MAX_BEFORE) > 0) {
      before = MAX_BEFORE;
    }
    Instant begin = since.minus(before).truncatedTo(ChronoUnit.MINUTES);
    Instant earliest = last.minus(MAX_RANGE);
    return begin.isBefore(earliest) ? earliest : begin;
  }

  /// Returns the end of the time range of an ended episode.
  static Instant end(Instant until) {
    return ceilToMinute(until.plus(AFTER_THE_END));
  }

  private static Instant ceilToMinute(Instant time) {
    Instant minute = time.truncatedTo(ChronoUnit.MINUTES);
    return minute.equals(time) ? time : minute.plus(1, ChronoUnit.MINUTES);
  }

  private static final List<String> VARIABLES = List.of("job", "instance");

  /* If there are more values, the variable is omitted, and the dashboard's default selects all. */
  private static final int MAX_VALUES = 10;

  /// Returns the URL of the dashboard for alerts; empty if the annotation is a path and Grafana's
  /// address is not configured.
  ///
  /// @param annotation value of the rule's annotation; a complete URL stays unchanged
  /// @param grafana external base URL of Grafana, without a slash at the end; empty if not
  ///   configured
  /// @param since when the first alert began
  /// @param until when the last alert ended; null while any alert fires
  public static String dashboard(
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
      if (!hasParameter(path, "var-" + variable)) {
        values(alerts, variable)
            .forEach(value -> parameters.add("var-" + variable + "=" + LinkAddress.encoded(value)));
      }
    }
    if (!hasParameter(path, "from") && !hasParameter(path, "to")) {
      parameters.add("from=" + begin(since, until == null ? now : until).toEpochMilli());
      parameters.add("to=" + (until == null ? "now" : end(until).toEpochMilli()));
    }
    if (parameters.isEmpty()) {
      return grafana + path;
    }
    return grafana + path + (path.contains("?") ? "&" : "?") + String.join("&", parameters);
  }

  private static boolean hasParameter(String path, String parameter) {
    return path.contains("?" + parameter + "=") || path.contains("&" + parameter + "=");
  }

  /// Returns the different values that the alerts have for a label; no values if an alert lacks the
  /// label or there are too many values.
  private static Iterable<String> values(List<Labels> alerts, String label) {
    var values = new TreeSet<String>();
    alerts.forEach(labels -> values.add(labels.get(label)));
    return values.contains("") || values.size() > MAX_VALUES ? List.of() : values;
  }

  /// Labels that a runbook's page uses. They are passed to the page as query parameters.
  public static final List<String> RUNBOOK_LABELS =
      List.of(
          "instance",
          "host",
          "hostname",
          "Hostname",
          "node",
          "gpu",
          "device",
          "mountpoint",
          "xid",
          "probe",
          "job",
          "service",
          "exported_service",
          "integration",
          "receiver_name",
          "rule_group",
          "path");

  /// Maximum number of characters of a label's value; labels with longer values are omitted.
  public static final int MAX_LABEL = 200;

  /// Returns the URL of a runbook for an alert.
  ///
  /// @param url value of the annotation; stays unchanged if it is not a page of this Pharos
  /// @param externalUrl external base URL of Pharos, without a slash at the end
  public static String runbook(String url, String externalUrl, Labels labels) {
    if (!url.startsWith(externalUrl + "/runbooks/") || url.contains("?") || url.contains("#")) {
      return url;
    }
    var link = new StringBuilder(url);
    for (String name : RUNBOOK_LABELS) {
      String value = labels.get(name);
      if (!value.isEmpty() && value.length() <= MAX_LABEL) {
        link.append(link.length() == url.length() ? '?' : '&')
            .append(name)
            .append('=')
            .append(LinkAddress.encoded(value));
      }
    }
    return link.toString();
  }

  private EpisodeLinks() {}
}
