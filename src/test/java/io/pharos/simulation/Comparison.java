package io.pharos.simulation;

import io.pharos.model.Labels;
import io.pharos.simulation.SimulatedPharos.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Compares the messages of a disturbed Pharos with those of an undisturbed one.
final class Comparison {
  /// Differences in time that do not count: a minute, two intervals of the rules, and the waits of
  /// the notifier.
  private static final double SLACK = 95;

  /// The longest time before an evaluation that a rule reads: offset, window and lookback.
  private static final double WINDOW = 2400;

  /// A time for which an alert was firing, in seconds since the start.
  private record Firing(double from, double to) {
    boolean overlaps(double start, double end) {
      return from <= end && to >= start;
    }

    boolean contains(double start, double end) {
      return from <= start && to >= end;
    }
  }

  private final List<String> wrong = new ArrayList<>();

  /// @param end of the run in seconds since the start
  Comparison(List<Told> oracle, List<Told> disturbed, List<Disturbance> disturbances, double end) {
    Map<Labels, List<Firing>> truth = firings(oracle, end);
    Map<Labels, List<Firing>> told = firings(disturbed, end);
    for (Told message : disturbed) {
      List<Firing> real = truth.getOrDefault(message.alert(), List.of());
      double at = message.at();
      double blindSince = blindSince(disturbances, at);
      if (message.firing()
          && real.stream().noneMatch(it -> it.overlaps(blindSince - SLACK, at + SLACK))) {
        wrong.add("false page: " + message);
      }
      if (!message.firing()
          && real.stream().anyMatch(it -> it.contains(blindSince - SLACK, at + SLACK))) {
        wrong.add("false all-clear: " + message);
      }
    }
    for (Map.Entry<Labels, List<Firing>> alert : truth.entrySet()) {
      for (Firing real : alert.getValue()) {
        double since = knownSince(disturbances, real.from());
        if (real.to() - since < SLACK) {
          continue;
        }
        double first =
            told.getOrDefault(alert.getKey(), List.of()).stream()
                .filter(it -> it.overlaps(real.from() - SLACK, real.to()))
                .mapToDouble(Firing::from)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
        if (first - since > SLACK) {
          wrong.add(
              "lost page: %s from %.0f to %.0f".formatted(alert.getKey(), real.from(), real.to()));
        }
      }
    }
  }

  /* The time from which windows that end after a fault's start contain no disturbance. */
  private static double knownSince(List<Disturbance> disturbances, double from) {
    double known = from;
    for (Disturbance disturbance : disturbances) {
      if (seconds(disturbance.at()) <= known + SLACK
          && seconds(disturbance.end()) + WINDOW > known) {
        known = seconds(disturbance.end()) + WINDOW;
      }
    }
    return known;
  }

  /* Start of the disturbance that ended shortly before a time; the time itself without one. */
  private static double blindSince(List<Disturbance> disturbances, double at) {
    return disturbances.stream()
        .filter(it -> seconds(it.end()) >= at - SLACK && seconds(it.at()) <= at)
        .mapToDouble(it -> seconds(it.at()))
        .min()
        .orElse(at);
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }

  private static Map<Labels, List<Firing>> firings(List<Told> messages, double end) {
    var open = new LinkedHashMap<Labels, Double>();
    var all = new LinkedHashMap<Labels, List<Firing>>();
    for (Told message : messages) {
      if (message.firing()) {
        open.putIfAbsent(message.alert(), message.at());
      } else {
        Double since = open.remove(message.alert());
        if (since != null) {
          all.computeIfAbsent(message.alert(), _ -> new ArrayList<>())
              .add(new Firing(since, message.at()));
        }
      }
    }
    open.forEach(
        (alert, since) ->
            all.computeIfAbsent(alert, _ -> new ArrayList<>()).add(new Firing(since, end)));
    return all;
  }

  /// Returns the messages that the undisturbed Pharos did not send, and those that are missing.
  List<String> wrong() {
    return wrong;
  }
}
