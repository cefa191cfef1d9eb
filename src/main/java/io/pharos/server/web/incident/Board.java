package io.pharos.server.web.incident;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;
import static java.util.stream.Collectors.toMap;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// All current alerts at one instant, as incidents and their consequences.
///
/// @param incidents the incidents without a cause among the others, the most urgent first
/// @param heartbeats the alerts that fire always, so that their absence shows that alerting failed
public record Board(Instant at, List<Incident> incidents, List<CurrentAlert> heartbeats) {
  /// Names of alerts that fire always, in lower case.
  private static final Set<String> HEARTBEATS = Set.of("watchdog", "deadmansswitch");

  public Board {
    incidents = incidents.stream().sorted(Incident.ORDER).toList();
    heartbeats = List.copyOf(heartbeats);
  }

  /// Groups alerts to incidents, and puts those that are only consequences below their causes.
  public static Board of(Instant at, List<CurrentAlert> alerts) {
    Map<Boolean, List<CurrentAlert>> parts =
        alerts.stream().collect(groupingBy(alert -> isHeartbeat(alert.name())));
    Map<Labels, List<CurrentAlert>> groups =
        parts.getOrDefault(false, List.of()).stream()
            .collect(groupingBy(CurrentAlert::groupLabels, LinkedHashMap::new, toList()));
    Map<Labels, Labels> causes = causes(groups);
    Map<Labels, List<Labels>> consequences = new HashMap<>();
    causes.forEach(
        (group, cause) -> consequences.computeIfAbsent(cause, _ -> new ArrayList<>()).add(group));
    return new Board(
        at,
        groups.keySet().stream()
            .filter(group -> !causes.containsKey(group))
            .map(group -> incident(group, groups, consequences))
            .toList(),
        parts.getOrDefault(true, List.of()));
  }

  /// Returns a regular expression that matches the names of alerts that fire always, and no others.
  public static String heartbeatNames() {
    return "(?i:" + String.join("|", new TreeSet<>(HEARTBEATS)) + ")";
  }

  /// Whether alerts of this name fire always.
  public static boolean isHeartbeat(String alertname) {
    return HEARTBEATS.contains(alertname.toLowerCase(Locale.ROOT));
  }

  private static Incident incident(
      Labels group,
      Map<Labels, List<CurrentAlert>> groups,
      Map<Labels, List<Labels>> consequences) {
    return new Incident(
        group,
        groups.getOrDefault(group, List.of()),
        consequences.getOrDefault(group, List.of()).stream()
            .map(one -> incident(one, groups, consequences))
            .toList());
  }

  /// Returns the group that causes a group, for each group whose alerts are all inhibited.
  private static Map<Labels, Labels> causes(Map<Labels, List<CurrentAlert>> groups) {
    Map<Fingerprint, Labels> groupOf =
        groups.values().stream()
            .flatMap(List::stream)
            .collect(toMap(CurrentAlert::fingerprint, CurrentAlert::groupLabels, (one, _) -> one));
    var causes = new LinkedHashMap<Labels, Labels>();
    groups.forEach(
        (group, alerts) -> {
          if (alerts.stream().allMatch(alert -> alert.standing() == Standing.INHIBITED)) {
            alerts.stream()
                .flatMap(alert -> alert.inhibitedBy().stream())
                .flatMap(source -> Stream.ofNullable(groupOf.get(source)))
                .filter(cause -> !endsAt(cause, group, causes))
                .findFirst()
                .ifPresent(cause -> causes.put(group, cause));
          }
        });
    return causes;
  }

  /// Whether the causes of a group lead to another group; it must not become that group's cause.
  private static boolean endsAt(Labels from, Labels group, Map<Labels, Labels> causes) {
    var visited = new HashSet<Labels>();
    for (Labels at = from; at != null && visited.add(at); at = causes.get(at)) {
      if (at.equals(group)) {
        return true;
      }
    }
    return false;
  }

  /// Returns all incidents, each before its consequences.
  public Stream<Incident> all() {
    return incidents.stream().flatMap(Board::withConsequences);
  }

  private static Stream<Incident> withConsequences(Incident incident) {
    return Stream.concat(
        Stream.of(incident), incident.consequences().stream().flatMap(Board::withConsequences));
  }

  /// Returns the incident with an id. A heartbeat has a page too, although it is no incident.
  public Optional<Incident> find(Fingerprint id) {
    return Stream.concat(
            all(),
            heartbeats.stream()
                .map(alert -> new Incident(alert.groupLabels(), List.of(alert), List.of())))
        .filter(incident -> incident.id().equals(id))
        .findFirst();
  }

  /// Returns the incident of an alert.
  public Optional<Incident> ofAlert(Fingerprint alert) {
    return all()
        .filter(
            incident -> incident.alerts().stream().anyMatch(it -> it.fingerprint().equals(alert)))
        .findFirst();
  }

  /// Returns the number of incidents with a standing, consequences included.
  public long count(Standing standing) {
    return all().filter(incident -> incident.standing() == standing).count();
  }
}
