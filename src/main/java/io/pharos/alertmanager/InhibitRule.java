package io.pharos.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.util.List;

/// Alerts that match the target are muted while an alert fires that matches the source and has
/// equal values of all `equal` labels.
///
/// @param name for people; may be empty and need not be unique
public record InhibitRule(
    String name,
    List<LabelMatcher> sourceMatchers,
    List<LabelMatcher> targetMatchers,
    List<String> equal) {
  public InhibitRule {
    requireNonNull(name, "name is null");
    sourceMatchers = List.copyOf(sourceMatchers);
    targetMatchers = List.copyOf(targetMatchers);
    equal = List.copyOf(equal);
  }
}
