package io.pharos.oncall.schedule;

import java.util.List;
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

  /// Returns whether there is a person with a name.
  public boolean hasPerson(String name) {
    return people.stream().anyMatch(person -> person.name().equals(name));
  }
}
