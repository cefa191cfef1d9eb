package io.pharos.migration.ledger;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentStatus;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Orders releases: by Semantic Versioning if both have such versions, else by when each first
/// served.
record ReleaseOrder(List<Deployment> known) {
  /// Compares two releases; negative if `one` is older, empty if the order is unknown.
  OptionalInt compare(String one, String other) {
    if (one.equals(other)) {
      return OptionalInt.of(0);
    }
    Optional<Numbers> left = Numbers.of(one);
    Optional<Numbers> right = Numbers.of(other);
    if (left.isPresent() && right.isPresent()) {
      return OptionalInt.of(left.get().compareTo(right.get()));
    }
    Optional<Deployment> first = first(one);
    Optional<Deployment> second = first(other);
    if (first.isEmpty() || second.isEmpty()) {
      return OptionalInt.empty();
    }
    return OptionalInt.of(first.get().startedAt().compareTo(second.get().startedAt()));
  }

  private Optional<Deployment> first(String version) {
    return known.stream()
        .filter(it -> it.version().equals(version))
        .filter(it -> it.status() == DeploymentStatus.SUCCEEDED)
        .min(Comparator.comparing(Deployment::startedAt));
  }

  /// A version such as `v1.4.2-rc.1`: its numbers and its pre-release part.
  private record Numbers(List<Long> parts, String before) implements Comparable<Numbers> {
    static Optional<Numbers> of(String version) {
      String text = version.startsWith("v") ? version.substring(1) : version;
      int build = text.indexOf('+');
      text = build < 0 ? text : text.substring(0, build);
      int dash = text.indexOf('-');
      String before = dash < 0 ? "" : text.substring(dash + 1);
      List<String> words = List.of((dash < 0 ? text : text.substring(0, dash)).split("\\.", -1));
      // A single number may be the hash of a commit.
      return words.size() > 1 && words.stream().allMatch(Numbers::isNumber)
          ? Optional.of(new Numbers(words.stream().map(Long::valueOf).toList(), before))
          : Optional.empty();
    }

    private static boolean isNumber(String word) {
      return !word.isEmpty()
          && word.length() <= 18
          && word.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public int compareTo(Numbers other) {
      for (int i = 0; i < Math.max(parts.size(), other.parts.size()); i++) {
        int order = Long.compare(part(i), other.part(i));
        if (order != 0) {
          return order;
        }
      }
      if (before.isEmpty() || other.before.isEmpty()) {
        return Boolean.compare(before.isEmpty(), other.before.isEmpty());
      }
      return compareBefore(before.split("\\.", -1), other.before.split("\\.", -1));
    }

    private long part(int i) {
      return i < parts.size() ? parts.get(i) : 0;
    }

    private static int compareBefore(String[] one, String[] other) {
      for (int i = 0; i < Math.min(one.length, other.length); i++) {
        boolean left = isNumber(one[i]);
        boolean right = isNumber(other[i]);
        int order =
            left && right
                ? Long.compare(Long.parseLong(one[i]), Long.parseLong(other[i]))
                : left != right ? Boolean.compare(right, left) : one[i].compareTo(other[i]);
        if (order != 0) {
          return order;
        }
      }
      return Integer.compare(one.length, other.length);
    }
  }
}
