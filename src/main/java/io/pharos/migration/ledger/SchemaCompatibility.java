package io.pharos.migration.ledger;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.migration.ledger.SchemaCompatibility.SchemaAnswer.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Stores reports of migrations. Decides from them and from the deployments which releases can run
/// on the current schema, and when contract migrations may run. Safe for many threads.
public final class SchemaCompatibility {
  /// Number of a service's newest deployments that are read. Older ones are ignored.
  private static final int MAX_DEPLOYMENTS = 1000;

  private final MigrationLedger ledger;
  private final DeploymentRegister deployments;
  private final Predicate<Deployment> watched;
  private final InstantSource clock;

  /// Creates an instance.
  ///
  /// @param watched whether a deployment in progress has passed its watch, so that only its
  ///   contract migrations have yet to run
  public SchemaCompatibility(
      MigrationLedger ledger,
      DeploymentRegister deployments,
      Predicate<Deployment> watched,
      InstantSource clock) {
    this.ledger = ledger;
    this.deployments = deployments;
    this.watched = watched;
    this.clock = clock;
  }

  /// Returns the time for a report that arrives now.
  public Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /// Stores a report.
  public void report(MigrationRecord record) {
    ledger.put(record);
  }

  /// Returns the records of a service in an environment, ordered by file name.
  public List<MigrationRecord> known(String service, String env) {
    return ledger.of(service, env);
  }

  /// Returns whether a service can be rolled back: whether the release `to`, which served before,
  /// can run on the current schema.
  public SchemaAnswer canRollBack(String service, String env, String to) {
    List<MigrationRecord> known = known(service, env);
    var obstacles = new ArrayList<String>();
    var unknown = new ArrayList<String>();
    if (known.isEmpty()) {
      unknown.add("no migration of " + service + " in " + env + " has been reported to Pharos");
    }
    List<Deployment> history = history(service, env);
    if (history.stream()
        .noneMatch(deployment -> deployment.version().equals(to) && served(deployment))) {
      unknown.add(
          "Pharos has no record that %s ever served %s, so the schema that %s needs is unknown"
              .formatted(to, env, to));
    }
    var order = new ReleaseOrder(history);
    for (MigrationRecord record : known) {
      if (!record.safeFrom().isEmpty() && record.state() != RecordedState.ROLLED_BACK) {
        judge(record, to, order.compare(to, record.safeFrom()), obstacles, unknown);
      }
    }
    if (!obstacles.isEmpty()) {
      return new SchemaAnswer(Verdict.NO, obstacles);
    }
    if (!unknown.isEmpty()) {
      return new SchemaAnswer(Verdict.UNKNOWN, unknown);
    }
    return new SchemaAnswer(
        Verdict.YES,
        List.of(
            "none of the %s reported migrations prevents %s from running"
                .formatted(known.size(), to)));
  }

  private static void judge(
      MigrationRecord record,
      String to,
      OptionalInt order,
      List<String> obstacles,
      List<String> unknown) {
    String migration = record.file() + " (" + record.phase() + ")";
    if (order.isEmpty()) {
      unknown.add(
          "%s is safe from %s on, and it is unknown whether %s is older"
              .formatted(migration, record.safeFrom(), to));
    } else if (order.getAsInt() < 0) {
      switch (record.state()) {
        case APPLIED ->
            obstacles.add(
                "%s was applied%s and reported at %s: releases before %s cannot run any more"
                    .formatted(
                        migration,
                        record.release().isEmpty() ? "" : " with " + record.release(),
                        record.at(),
                        record.safeFrom()));
        case BEGUN, UNCLEAR ->
            unknown.add(
                migration
                    + (record.state() == RecordedState.BEGUN
                        ? " began at " + record.at() + " and its outcome is unknown"
                        : " failed at " + record.at() + " and a part of its changes may remain")
                    + "; releases before "
                    + record.safeFrom()
                    + " cannot run with it");
        case ROLLED_BACK -> {} // the failed file changed nothing
      }
    }
  }

  /// Returns whether the parts of the schema that only releases before `safeFrom` need may be
  /// removed now.
  ///
  /// @param soak how long the current release must have served
  public SchemaAnswer canContract(String service, String env, String safeFrom, Duration soak) {
    List<Deployment> history = history(service, env);
    Optional<Deployment> newest =
        history.stream()
            .filter(
                deployment ->
                    served(deployment) || deployment.status() == DeploymentStatus.IN_PROGRESS)
            .findFirst();
    if (newest.isEmpty()) {
      return answer(
          Verdict.UNKNOWN,
          "the release that serves %s in %s is unknown: no deployment has succeeded"
              .formatted(service, env));
    }
    Deployment current = newest.get();
    if (!served(current)) {
      return watched.test(current)
          ? judgeBoth(current, safeFrom, history)
          : answer(
              Verdict.NO,
              "the rollout of %s, which began at %s (%s), is not finished: the previous release may be needed again"
                  .formatted(current.version(), current.startedAt(), current.key()));
    }
    Instant since = requireNonNull(current.finishedAt(), "a final status has a time");
    if (since.plus(soak).isAfter(clock.instant())) {
      return answer(
          Verdict.NO,
          "%s has served since %s, and must serve until %s before contract migrations may run"
              .formatted(current.version(), since, since.plus(soak)));
    }
    return judgeBoth(current, safeFrom, history);
  }

  /// Answers whether neither the current release nor the release to roll back to is older than
  /// `safeFrom`.
  private static SchemaAnswer judgeBoth(
      Deployment current, String safeFrom, List<Deployment> history) {
    var order = new ReleaseOrder(history);
    OptionalInt currentOrder = order.compare(current.version(), safeFrom);
    Optional<Deployment> previous =
        history.stream()
            .filter(
                deployment -> served(deployment) && !deployment.version().equals(current.version()))
            .findFirst();
    if (currentOrder.isPresent() && currentOrder.getAsInt() < 0) {
      return answer(Verdict.LATER, current.version() + " serves and is older than " + safeFrom);
    }
    if (previous.isEmpty()) {
      return answer(
          Verdict.UNKNOWN, "the release to roll back to from " + current.version() + " is unknown");
    }
    String previousVersion = previous.get().version();
    OptionalInt previousOrder = order.compare(previousVersion, safeFrom);
    if (currentOrder.isEmpty() || previousOrder.isEmpty()) {
      return answer(
          Verdict.UNKNOWN,
          "it is unknown whether %s is older than %s"
              .formatted(currentOrder.isEmpty() ? current.version() : previousVersion, safeFrom));
    }
    if (previousOrder.getAsInt() < 0) {
      return answer(
          Verdict.LATER,
          "%s is the release to roll back to from %s and is older than %s"
              .formatted(previousVersion, current.version(), safeFrom));
    }
    return answer(
        Verdict.YES,
        "%s serves, the release to roll back to is %s, and neither is older than %s"
            .formatted(current.version(), previousVersion, safeFrom));
  }

  private List<Deployment> history(String service, String env) {
    return deployments.newest(service, env, MAX_DEPLOYMENTS);
  }

  private static boolean served(Deployment deployment) {
    return deployment.status() == DeploymentStatus.SUCCEEDED;
  }

  private static SchemaAnswer answer(Verdict verdict, String reason) {
    return new SchemaAnswer(verdict, List.of(reason));
  }

  /// Tells whether a release can run on the schema or whether a migration may run, with the
  /// reasons. The verdict is YES only if this is certain.
  public record SchemaAnswer(Verdict verdict, List<String> reasons) {
    /// The verdict.
    public enum Verdict {
      YES,
      NO,
      /// Not yet, but nothing is wrong: the answer will be YES when a later release serves.
      LATER,
      UNKNOWN;

      /// Returns the name that the API uses.
      public String text() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    public SchemaAnswer {
      reasons = List.copyOf(reasons);
      if (reasons.isEmpty()) {
        throw new IllegalArgumentException("an answer without a reason");
      }
    }
  }

  /// Orders releases: by Semantic Versioning if both versions follow it, otherwise by the first
  /// successful deployment of each.
  record ReleaseOrder(List<Deployment> deployments) {
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
      return deployments.stream()
          .filter(deployment -> deployment.version().equals(version))
          .filter(deployment -> deployment.status() == DeploymentStatus.SUCCEEDED)
          .min(Comparator.comparing(Deployment::startedAt));
    }

    /// A version such as `v1.4.2-rc.1`: its numbers, and its part after the dash.
    private record Numbers(List<Long> parts, String preRelease) implements Comparable<Numbers> {
      static Optional<Numbers> of(String version) {
        String text = version.startsWith("v") ? version.substring(1) : version;
        int build = text.indexOf('+');
        text = build < 0 ? text : text.substring(0, build);
        int dash = text.indexOf('-');
        String preRelease = dash < 0 ? "" : text.substring(dash + 1);
        List<String> words = List.of((dash < 0 ? text : text.substring(0, dash)).split("\\.", -1));
        // A single number is not accepted, since it may be the hash of a commit.
        return words.size() > 1 && words.stream().allMatch(Numbers::isNumber)
            ? Optional.of(new Numbers(words.stream().map(Long::valueOf).toList(), preRelease))
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
        if (preRelease.isEmpty() || other.preRelease.isEmpty()) {
          return Boolean.compare(preRelease.isEmpty(), other.preRelease.isEmpty());
        }
        return comparePreRelease(preRelease.split("\\.", -1), other.preRelease.split("\\.", -1));
      }

      private long part(int i) {
        return i < parts.size() ? parts.get(i) : 0;
      }

      private static int comparePreRelease(String[] one, String[] other) {
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
}
