package io.pharos.simulation;

import io.pharos.model.Labels;
import io.pharos.simulation.SimulatedPharos.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/// Compares the messages of a disturbed Pharos with those of undisturbed ones, which scrape at
/// different times. A page is false if none of them sent it; a page is lost and an all-clear false
/// if all of them say so. What only samples from before the end of a disturbance show, as one that
/// starts then does not know it, may be lost.
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

  /// Compares Pharos' clock with a time that the backend tells. If they differ, Pharos can't know
  /// which of them is wrong.
  private static final String BY_CLOCK = "NoBackup";

  private final List<String> wrong = new ArrayList<>();

  /// @param late the messages of an undisturbed Pharos that starts at a time after the start
  /// @param end of the run in seconds since the start
  Comparison(
      List<List<Told>> oracles,
      Function<Duration, List<Told>> late,
      List<Told> disturbed,
      List<Disturbance> disturbances,
      double end) {
    List<Map<Labels, List<Firing>>> truths =
        oracles.stream().map(oracle -> firings(judged(oracle, disturbances), end)).toList();
    Map<Labels, List<Firing>> told = firings(disturbed, end);
    for (Told message : judged(disturbed, disturbances)) {
      double at = message.at();
      double blindSince = blindSince(disturbances, at);
      if (message.firing()
          && truths.stream()
              .flatMap(truth -> truth.getOrDefault(message.alert(), List.of()).stream())
              .noneMatch(it -> it.overlaps(blindSince - SLACK, at + SLACK))) {
        wrong.add("false page: " + message);
      }
      if (!message.firing()
          && truths.stream()
              .map(truth -> truth.getOrDefault(message.alert(), List.of()))
              .allMatch(
                  real ->
                      real.stream().anyMatch(it -> it.contains(blindSince - SLACK, at + SLACK)))) {
        wrong.add("false all-clear: " + message);
      }
    }
    for (Map.Entry<Labels, List<Firing>> alert : truths.getFirst().entrySet()) {
      for (Firing real : alert.getValue()) {
        double since = knownSince(disturbances, real.from());
        boolean isSure =
            truths.stream()
                .allMatch(
                    truth ->
                        truth.getOrDefault(alert.getKey(), List.of()).stream()
                            .anyMatch(
                                it ->
                                    it.overlaps(since, since + SLACK)
                                        && it.to() - Math.max(since, it.from()) >= SLACK));
        double first =
            told.getOrDefault(alert.getKey(), List.of()).stream()
                .filter(it -> it.overlaps(real.from() - SLACK, real.to()))
                .mapToDouble(Firing::from)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
        if (isSure
            && since <= real.to()
            && first - since > SLACK
            && (since == real.from() || isSeen(late, since, alert.getKey(), end))) {
          wrong.add(
              "lost page: %s from %.0f to %.0f".formatted(alert.getKey(), real.from(), real.to()));
        }
      }
    }
  }

  /* Whether samples of the time that a rule reads suffice for an alert. */
  private static boolean isSeen(
      Function<Duration, List<Told>> late, double at, Labels alert, double end) {
    List<Told> told = late.apply(Duration.ofMillis((long) ((at - WINDOW) * 1000)));
    return firings(told, end).getOrDefault(alert, List.of()).stream()
        .anyMatch(it -> it.overlaps(at, at + SLACK));
  }

  private static List<Told> judged(List<Told> messages, List<Disturbance> disturbances) {
    return disturbances.stream().anyMatch(Disturbance.ClockStep.class::isInstance)
        ? messages.stream().filter(it -> !it.alert().get("alertname").equals(BY_CLOCK)).toList()
        : messages;
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

  /* Start of the disturbance that ended shortly before a time; the time itself without one. What
   * was seen while the disk was full is not in the store. */
  private static double blindSince(List<Disturbance> disturbances, double at) {
    double since = start(disturbances.stream().filter(it -> seconds(it.end()) >= at - SLACK), at);
    return start(
        disturbances.stream()
            .filter(it -> it instanceof Disturbance.OfStores(StoreFault.FullDisk _))
            .filter(it -> seconds(it.end()) >= since),
        since);
  }

  /* Start of the first of these that began before a time; the time itself without one. */
  private static double start(Stream<Disturbance> disturbances, double at) {
    return disturbances
        .filter(it -> seconds(it.at()) <= at)
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
