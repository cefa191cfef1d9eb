package io.pharos.oncall.schedule;

import io.pharos.config.yaml.ConfigException.Problem;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Finds trouble in a valid plan: gaps in rotations, and levels that depend on one way.
///
/// @param channels the channels of each receiver of alertmanager.yml, such as `email`
public record PlanCheck(OnCallPlan plan, Map<String, Set<String>> channels) {
  /// How far ahead gaps are reported.
  public static final Duration AHEAD = Duration.ofDays(14);

  private static final int MAX_GAPS = 3;

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm");

  public PlanCheck {
    channels = Map.copyOf(channels);
  }

  /// Returns one problem for each rotation that has a gap within [#AHEAD] of an instant and must
  /// not have gaps.
  public List<Problem> gaps(Instant now) {
    Instant from = now.truncatedTo(ChronoUnit.MINUTES);
    var problems = new ArrayList<Problem>();
    for (Rotation rotation : plan.rotations()) {
      List<DutyShift> gaps =
          rotation.allowsGaps() ? List.of() : rotation.gaps(from, from.plus(AHEAD), List.of());
      if (!gaps.isEmpty()) {
        List<String> spans = gaps.stream().limit(MAX_GAPS).map(gap -> span(rotation, gap)).toList();
        problems.add(
            new Problem(
                plan.file(),
                rotation.line(),
                0,
                "rotation %s: nobody is on call %s%s in the next 14 days (%s); expected somebody at all times, or allow_gaps: true"
                    .formatted(
                        Quoted.of(rotation.name()),
                        String.join(", ", spans),
                        gaps.size() > MAX_GAPS
                            ? " and %d more times".formatted(gaps.size() - MAX_GAPS)
                            : "",
                        rotation.zone())));
      }
    }
    return problems;
  }

  private static String span(Rotation rotation, DutyShift gap) {
    return "from %s to %s".formatted(local(gap.from(), rotation), local(gap.until(), rotation));
  }

  private static String local(Instant at, Rotation rotation) {
    return TIME.format(ZonedDateTime.ofInstant(at, rotation.zone()));
  }

  /// Returns the policies that cannot be used, and those that may reach nobody.
  ///
  /// @param withFallback the receivers that have a fallback
  /// @param root receiver of the root route, which is the fallback of others unless it is a policy
  public List<WeakLevel> loosePolicies(Set<String> withFallback, String root) {
    var loose = new ArrayList<WeakLevel>();
    Set<String> named =
        plan.policies().stream()
            .flatMap(policy -> policy.levels().stream())
            .flatMap(level -> level.policy().stream())
            .collect(Collectors.toSet());
    for (EscalationPolicy policy : plan.policies()) {
      String name = policy.name();
      if (!channels.containsKey(name) && !named.contains(name)) {
        loose.add(
            new WeakLevel(
                policy.line(),
                "policy %s is not used: expected a receiver of alertmanager.yml with its name"
                    .formatted(Quoted.of(name))));
      } else if (channels.containsKey(name) && !withFallback.contains(name)) {
        loose.add(
            new WeakLevel(
                policy.line(),
                "policy %s has no fallback if nobody can be reached, so %s is told: expected fallback of the receiver in pharos.yml"
                    .formatted(
                        Quoted.of(name),
                        plan.policy(root).isEmpty()
                            ? "the root receiver " + Quoted.of(root)
                            : "nobody")));
      }
    }
    return loose;
  }

  /// A policy or level that one failure silences.
  public record WeakLevel(int line, String message) {}

  /// Returns the levels that do not have two independent ways: one of their people is reached by
  /// less than two channels.
  public List<WeakLevel> weakLevels() {
    var weak = new ArrayList<WeakLevel>();
    for (EscalationPolicy policy : plan.policies()) {
      int number = 0;
      for (EscalationPolicy.Level level : policy.levels()) {
        number++;
        List<String> lone = new ArrayList<>();
        for (String name : reached(level)) {
          if (channels(name).size() < 2) {
            lone.add(name);
          }
        }
        if (!lone.isEmpty()) {
          weak.add(
              new WeakLevel(
                  level.line(),
                  "level %d of policy %s has no two independent ways to reach %s: expected ways by two channels, such as email and slack"
                      .formatted(number, Quoted.of(policy.name()), String.join(", ", lone))));
        }
      }
    }
    return weak;
  }

  private Set<String> reached(EscalationPolicy.Level level) {
    var names = new LinkedHashSet<>(level.people());
    for (String rotation : level.rotations()) {
      plan.rotation(rotation).stream()
          .flatMap(it -> it.layers().stream())
          .forEach(layer -> names.addAll(layer.members()));
    }
    return names;
  }

  private Set<String> channels(String name) {
    Optional<OnCallPerson> person =
        plan.people().stream().filter(it -> it.name().equals(name)).findFirst();
    var found = new HashSet<String>();
    for (String way : person.map(OnCallPerson::ways).orElse(List.of())) {
      found.addAll(channels.getOrDefault(way, Set.of()));
    }
    return found;
  }
}
