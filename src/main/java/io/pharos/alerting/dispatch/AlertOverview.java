package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.alerting.silence.Inhibitor;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.InhibitRule;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Lists the alerts and groups at one instant, for the API and metrics. Each alert is listed with
/// its receivers and with the silences, inhibitions and time intervals that mute it.
public record AlertOverview(
    Route root,
    Silences silences,
    Inhibitor inhibitor,
    Pipeline.TimeIntervals intervals,
    Instant now) {
  /// Returns the unresolved alerts, ordered by fingerprint.
  ///
  /// @param receivers selects receivers; only alerts with a selected receiver are returned
  List<Status> alerts(Collection<TrackedAlert> all, Predicate<String> receivers) {
    return current(all, Comparator.comparing(TrackedAlert::fingerprint)).stream()
        .map(alert -> state(alert, List.of()))
        .filter(state -> state.receivers().stream().anyMatch(receivers))
        .toList();
  }

  private List<TrackedAlert> current(Collection<TrackedAlert> all, Comparator<TrackedAlert> order) {
    return all.stream().filter(alert -> !alert.isResolved(now)).sorted(order).toList();
  }

  private Status state(TrackedAlert alert, List<String> mutedBy) {
    return new Status(
        alert,
        root.match(alert.labels()).stream().map(Route::receiver).toList(),
        silences.mutedBy(alert.labels()),
        inhibitor.inhibitedBy(alert.labels(), now).stream().toList(),
        mutedBy);
  }

  /// Returns the groups with their unresolved alerts, ordered by labels and receiver.
  ///
  /// @param receivers selects receivers; other receivers' groups are omitted, and the alerts do not
  ///   list other receivers
  List<Group> groups(Collection<AlertGroup> groups, Predicate<String> receivers) {
    var all = new ArrayList<Group>();
    for (AlertGroup group : groups) {
      Route route = group.route;
      if (!receivers.test(route.receiver())) {
        continue;
      }
      List<String> mutedBy = intervals.muting(route.muteIntervals(), route.activeIntervals(), now);
      all.add(
          new Group(
              group.labels,
              route.receiver(),
              group.key,
              current(group.snapshot(), TrackedAlert.ORDER).stream()
                  .map(alert -> state(alert, mutedBy).within(receivers))
                  .toList()));
    }
    all.sort(Group.ORDER);
    return all;
  }

  /// Returns the routes of an alert, in file order.
  List<Routed> routes(Labels alert) {
    return root.match(alert).stream()
        .map(
            route -> {
              Labels group = route.groupLabels(alert);
              return new Routed(
                  route.key(),
                  route.receiver(),
                  group,
                  route.groupKey(group),
                  route.groupWait(),
                  route.groupInterval(),
                  route.repeatInterval(),
                  intervals.muting(route.muteIntervals(), route.activeIntervals(), now));
            })
        .toList();
  }

  /// Returns the routing tree with the unresolved alerts of each node.
  private RouteNode tree(Collection<TrackedAlert> all) {
    var counts = new HashMap<Route, Map<Labels, Integer>>();
    for (TrackedAlert alert : all) {
      if (!alert.isResolved(now)) {
        for (Route route : root.match(alert.labels())) {
          counts
              .computeIfAbsent(route, _ -> new HashMap<>())
              .merge(route.groupLabels(alert.labels()), 1, Integer::sum);
        }
      }
    }
    return node(root, counts);
  }

  private RouteNode node(Route route, Map<Route, Map<Labels, Integer>> counts) {
    return new RouteNode(
        route.key(),
        route.matchers(),
        route.continues(),
        route.receiver(),
        route.grouping(),
        route.groupWait(),
        route.groupInterval(),
        route.repeatInterval(),
        route.muteIntervals(),
        route.activeIntervals(),
        intervals.muting(route.muteIntervals(), route.activeIntervals(), now),
        counts.getOrDefault(route, Map.of()),
        route.children().items().stream().map(child -> node(child, counts)).toList());
  }

  /// Returns what would happen to an alert with these labels now.
  ///
  /// @param known all known alerts
  Outlook outlook(Labels alert, KnownAlerts known) {
    return new Outlook(
        RouteStep.of(tree(known.all()), alert),
        routes(alert),
        silences.mutedBy(alert),
        inhibitor.applicable(alert, now).stream()
            .map(
                one ->
                    new Inhibition(
                        one.rule(), one.source().flatMap(known::get).map(TrackedAlert::labels)))
            .toList());
  }

  DispatchMetrics.Counts count(Collection<TrackedAlert> all) {
    long active = 0;
    long suppressed = 0;
    for (TrackedAlert alert : all) {
      if (!alert.isResolved(now)) {
        boolean muted =
            !silences.mutedBy(alert.labels()).isEmpty()
                || inhibitor.inhibitedBy(alert.labels(), now).isPresent();
        if (muted) {
          suppressed++;
        } else {
          active++;
        }
      }
    }
    return new DispatchMetrics.Counts(active, suppressed, now);
  }

  /// A route of an alert, with the alert's group there.
  ///
  /// @param routeKey matchers from the root to the route, such as `{}/{severity="critical"}`
  /// @param groupKey identity of the group, as the ledger names it
  /// @param groupWait wait before the group's first notification
  /// @param groupInterval interval between notifications of changes
  /// @param repeatInterval interval at which an unchanged group is notified again
  /// @param mutedBy names of the time intervals that mute the route now
  public record Routed(
      String routeKey,
      String receiver,
      Labels groupLabels,
      String groupKey,
      Duration groupWait,
      Duration groupInterval,
      Duration repeatInterval,
      List<String> mutedBy) {
    public Routed {
      mutedBy = List.copyOf(mutedBy);
    }
  }

  /// What would happen to an alert.
  ///
  /// @param path the way through the routing tree; its first node is the whole tree
  /// @param routes the routes where the alert joins a group, in the order of the path
  /// @param silencedBy ids of the silences that match it now
  /// @param inhibitions the inhibition rules whose target matches it
  public record Outlook(
      RouteStep path, List<Routed> routes, List<String> silencedBy, List<Inhibition> inhibitions) {
    public Outlook {
      routes = List.copyOf(routes);
      silencedBy = List.copyOf(silencedBy);
      inhibitions = List.copyOf(inhibitions);
    }

    /// Whether a silence or an inhibition holds the alert back for all receivers now.
    public boolean isHeldBack() {
      return !silencedBy.isEmpty() || inhibitions.stream().anyMatch(it -> it.source().isPresent());
    }
  }

  /// An inhibition rule whose target matches an alert.
  ///
  /// @param source labels of the alert that inhibits it by this rule now; empty if there is none
  public record Inhibition(InhibitRule rule, Optional<Labels> source) {}

  /// A group with its unresolved alerts, as the API shows it.
  public record Group(Labels labels, String receiver, String key, List<Status> alerts) {
    /// Alertmanager's order: by labels, then by receiver.
    static final Comparator<Group> ORDER =
        Comparator.comparing(Group::labels, TrackedAlert::compareLabels)
            .thenComparing(Group::receiver)
            .thenComparing(Group::key);

    public Group {
      alerts = List.copyOf(alerts);
    }
  }

  /// An alert with the silences, inhibitions and time intervals that mute it, as the API shows it.
  ///
  /// @param receivers names of the receivers of the matching routes, in file order
  /// @param mutedBy names of the time intervals that mute the alert; empty for an alert that is not
  ///   listed in a group
  public record Status(
      TrackedAlert alert,
      List<String> receivers,
      List<String> silencedBy,
      List<Fingerprint> inhibitedBy,
      List<String> mutedBy) {
    public Status {
      receivers = List.copyOf(receivers);
      silencedBy = List.copyOf(silencedBy);
      inhibitedBy = List.copyOf(inhibitedBy);
      mutedBy = List.copyOf(mutedBy);
    }

    /// Returns a copy that lists only the selected receivers.
    Status within(Predicate<String> selected) {
      return new Status(
          alert,
          receivers.stream().filter(selected).sorted().toList(),
          silencedBy,
          inhibitedBy,
          mutedBy);
    }

    /// Whether a silence, an inhibition or a time interval mutes the alert.
    public boolean isSuppressed() {
      return !silencedBy.isEmpty() || !inhibitedBy.isEmpty() || !mutedBy.isEmpty();
    }
  }
}
