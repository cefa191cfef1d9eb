package io.pharos.oncall.schedule;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The content of `notifications/oncall.yml`. Immutable.
///
/// @param file name of the file in messages
public record OnCallPlan(
    String file,
    List<OnCallPerson> people,
    List<Rotation> rotations,
    List<EscalationPolicy> policies,
    List<MaintenanceWindow> windows) {
  /// The plan if there is no file.
  public static final OnCallPlan NONE =
      new OnCallPlan("", List.of(), List.of(), List.of(), List.of());

  /// Maximum number of levels of a policy, with those of other policies and all repeats: with the
  /// plain limits of the file, 20 levels ten times again are 220.
  public static final int MAX_STEPS = 1_000;

  public OnCallPlan {
    people = List.copyOf(people);
    rotations = List.copyOf(rotations);
    policies = List.copyOf(policies);
    windows = List.copyOf(windows);
  }

  /// Returns the rotation with a name.
  public Optional<Rotation> rotation(String name) {
    return rotations.stream().filter(rotation -> rotation.name().equals(name)).findFirst();
  }

  /// Returns the policy with a name.
  public Optional<EscalationPolicy> policy(String name) {
    return policies.stream().filter(policy -> policy.name().equals(name)).findFirst();
  }

  /// Returns the person with a name.
  public Optional<OnCallPerson> person(String name) {
    return people.stream().filter(person -> person.name().equals(name)).findFirst();
  }

  /// Returns the number of levels of a policy, with those of other policies and all repeats; about
  /// [#MAX_STEPS] if there are more.
  long levelCount(EscalationPolicy policy) {
    return levelCount(policy, new HashMap<>());
  }

  private long levelCount(EscalationPolicy policy, Map<String, Long> known) {
    Long earlier = known.get(policy.name());
    if (earlier != null) {
      return earlier;
    }
    long count = 0;
    for (EscalationPolicy.Level level : policy.levels()) {
      count += level.policy().flatMap(this::policy).map(it -> levelCount(it, known)).orElse(1L);
    }
    long all = Math.min(count * (policy.repeats() + 1), MAX_STEPS + 1L);
    known.put(policy.name(), all);
    return all;
  }

  /// Returns whether there is a person with a name.
  public boolean hasPerson(String name) {
    return people.stream().anyMatch(person -> person.name().equals(name));
  }
}
