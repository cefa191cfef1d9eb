package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.outbox.ShardOwnership;
import io.pharos.alerting.pipeline.Pipeline;
import io.pharos.alerting.silence.Silences;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// The pipeline, the routes and the groups of one configuration. Thread-safe.
final class RoutedGroups {
  /// Identifies a group by its route object: routes with equal settings have separate groups.
  private record Id(Route route, Labels labels) {}

  final AlertmanagerConfig config;
  final Pipeline pipeline;
  private final ShardOwnership ownership;
  private final Dispatcher dispatcher;
  private final Route root;
  private final Map<Id, AlertGroup> groups = new ConcurrentHashMap<>();
  private volatile boolean retired;

  RoutedGroups(
      AlertmanagerConfig config,
      Pipeline pipeline,
      ShardOwnership ownership,
      Dispatcher dispatcher) {
    this.config = config;
    this.pipeline = pipeline;
    this.ownership = ownership;
    this.dispatcher = dispatcher;
    this.root = Route.of(config.route());
  }

  Collection<AlertGroup> all() {
    return groups.values();
  }

  /// Adds alerts to their groups. All alerts of a post are added before any group is flushed, so
  /// that a group that is flushed at once reports all of them. Does nothing after [#retire].
  ///
  /// @param includeForeign whether to create groups even if another replica owns them
  void route(List<TrackedAlert> alerts, Instant now, boolean includeForeign) {
    var touched = new LinkedHashSet<AlertGroup>();
    for (TrackedAlert alert : alerts) {
      for (Route route : root.match(alert.labels())) {
        insert(route, alert, now, touched, includeForeign);
      }
    }
    touched.forEach(AlertGroup::arm);
  }

  private void insert(
      Route route,
      TrackedAlert alert,
      Instant now,
      Collection<AlertGroup> touched,
      boolean includeForeign) {
    var id = new Id(route, route.groupLabels(alert.labels()));
    while (!retired) {
      AlertGroup group =
          groups.computeIfAbsent(
              id,
              _ ->
                  includeForeign || isOurs(id)
                      ? new AlertGroup(dispatcher, pipeline, route, id.labels())
                      : null);
      if (group == null) {
        return;
      }
      if (group.insert(alert, now)) {
        touched.add(group);
        return;
      }
      groups.remove(id, group);
    }
  }

  private boolean isOurs(Id id) {
    return !ownership.isShared() || ownership.owns(id.route().groupKey(id.labels()));
  }

  /// Whether the end of an alert may still have to be reported: a group in this process contains
  /// the alert, or another replica owns one of the alert's groups.
  boolean mustReport(TrackedAlert alert) {
    return root.match(alert.labels()).stream()
        .map(route -> new Id(route, route.groupLabels(alert.labels())))
        .anyMatch(id -> mustReport(id, alert.fingerprint()));
  }

  private boolean mustReport(Id id, Fingerprint fingerprint) {
    AlertGroup group = groups.get(id);
    return group == null ? !isOurs(id) : group.contains(fingerprint);
  }

  /// Adds the fingerprints of alerts that must not be deleted: the alerts of all groups, and
  /// resolved alerts that still mute others.
  Set<Fingerprint> addNeeded(Set<Fingerprint> needed, Instant now) {
    groups.values().forEach(group -> group.addFingerprints(needed));
    needed.addAll(pipeline.inhibitor().endedSources(now));
    return needed;
  }

  /// Flushes the groups with a key at once.
  ///
  /// @return whether there is one
  boolean flush(String groupKey) {
    List<AlertGroup> found =
        groups.values().stream().filter(group -> group.key.equals(groupKey)).toList();
    found.forEach(AlertGroup::flushSoon);
    return !found.isEmpty();
  }

  /// Removes a group that has become empty.
  void remove(AlertGroup group) {
    groups.remove(new Id(group.route, group.labels), group);
  }

  /// Stops and removes the groups that fulfil a condition.
  void drop(Predicate<AlertGroup> condition) {
    groups.values().stream().filter(condition).forEach(AlertGroup::stop);
    groups.values().removeIf(condition);
  }

  /// Stops all groups. They are never flushed again, and no group is created any more.
  void retire() {
    retired = true;
    groups.values().forEach(AlertGroup::stop);
  }

  AlertOverview overview(Silences silences, Instant now) {
    return new AlertOverview(root, silences, pipeline.inhibitor(), pipeline.intervals(), now);
  }
}
