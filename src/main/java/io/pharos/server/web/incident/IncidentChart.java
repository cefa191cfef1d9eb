package io.pharos.server.web.incident;

import io.pharos.alerting.silence.Silence;
import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.server.api.QueryWork;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.query.GraphPanels;
import io.pharos.server.web.query.GraphRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The chart of an incident: the condition of its rule with the threshold, the start, and what
/// happened near it.
///
/// @param view null if there is no chart
/// @param moment time of the values below the chart
/// @param problem why the chart is unknown; empty if it is known or there is none
record IncidentChart(
    GraphPanels.@Nullable View view, PageTime moment, List<Mark> marks, String problem) {
  private static final Duration MIN_RANGE = Duration.ofHours(1);

  /// A person waits no longer for a page; the alerts matter more than their chart.
  static final Duration MAX_WAIT = Duration.ofSeconds(5);

  static final String TOO_LONG =
      "the query took longer than " + MAX_WAIT.toSeconds() + " s; reload the page to try again";

  private static final Duration MAX_RANGE = Duration.ofDays(2);

  /// A vertical line in the chart.
  ///
  /// @param second Unix time
  record Mark(long second, String word) {}

  IncidentChart {
    marks = List.copyOf(marks);
  }

  /// Draws the chart of an alert; an alert that others posted has none.
  static IncidentChart of(
      CurrentAlert alert,
      List<Mark> marks,
      Instant now,
      Evaluator evaluator,
      QueryWork work,
      GraphPanels.Screen screen) {
    PageTime moment = PageTime.of(now);
    if (alert.origin().isEmpty() || alert.origin().get().rule().isOfLines()) {
      return new IncidentChart(null, moment, List.of(), "");
    }
    String query = alert.origin().get().rule().query();
    var panel = GraphRequest.Panel.of(query, range(alert, now), alert.since());
    try {
      return new IncidentChart(
          work.call(
              Optional.of(MAX_WAIT), () -> new GraphPanels(evaluator).view(panel, now, screen)),
          moment,
          marks,
          "");
    } catch (BusyException e) {
      return new IncidentChart(null, moment, List.of(), e.text());
    } catch (CancelledException _) {
      return new IncidentChart(null, moment, List.of(), TOO_LONG);
    } catch (QueryException e) {
      return new IncidentChart(null, moment, List.of(), e.reason());
    }
  }

  /// Returns twice the time since the start, so that the time before it is as long.
  private static Duration range(CurrentAlert alert, Instant now) {
    Duration range = Duration.between(alert.since(), now).multipliedBy(2);
    return range.compareTo(MIN_RANGE) < 0
        ? MIN_RANGE
        : range.compareTo(MAX_RANGE) > 0 ? MAX_RANGE : range;
  }

  /// Returns the starts of the silences of an alert.
  static List<Mark> silences(CurrentAlert alert, Map<String, Silence> silences) {
    var marks = new ArrayList<Mark>();
    for (String id : alert.silencedBy()) {
      Silence silence = silences.get(id);
      if (silence != null) {
        marks.add(new Mark(silence.startsAt().getEpochSecond(), "silenced"));
      }
    }
    return marks;
  }
}
