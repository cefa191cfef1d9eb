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
  /// Number of a service's newest deployments that are read; older ones are ignored.
  private static final int NEWEST = 1000;

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
    var no = new ArrayList<String>();
    var unknown = new ArrayList<String>();
    if (known.isEmpty()) {
      unknown.add("no migration of " + service + " in " + env + " has been reported to Pharos");
    }
    List<Deployment> history = history(service, env);
    if (history.stream().noneMatch(it -> it.version().equals(to) && served(it))) {
      unknown.add(
          "Pharos has no record that %s ever served %s, so it is unknown which schema it needs"
              .formatted(to, env));
    }
    var order = new ReleaseOrder(history);
    for (MigrationRecord record : known) {
      if (!record.safeFrom().isEmpty() && record.state() != RecordedState.ROLLED_BACK) {
        judge(record, to, order.compare(to, record.safeFrom()), no, unknown);
      }
    }
    if (!no.isEmpty()) {
      return new SchemaAnswer(Verdict.NO, no);
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
      MigrationRecord record, String to, OptionalInt order, List<String> no, List<String> unknown) {
    String what = record.file() + " (" + record.phase() + ")";
    if (order.isEmpty()) {
      unknown.add(
          "%s is safe from %s on, and it is unknown whether %s is older"
              .formatted(what, record.safeFrom(), to));
    } else if (order.getAsInt() < 0) {
      switch (record.state()) {
        case APPLIED ->
            no.add(
                "%s was applied%s and reported at %s: releases before %s cannot run any more"
                    .formatted(
                        what,
                        record.release().isEmpty() ? "" : " with " + record.release(),
                        record.at(),
                        record.safeFrom()));
        case BEGUN, UNCLEAR ->
            unknown.add(
                what
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

  /// Returns whether those parts of the schema may be removed now that only releases before
  /// `safeFrom` need.
  ///
  /// @param soak how long the current release must have served
  public SchemaAnswer canContract(String service, String env, String safeFrom, Duration soak) {
    List<Deployment> history = history(service, env);
    Optional<Deployment> newest =
        history.stream()
            .filter(it -> served(it) || it.status() == DeploymentStatus.IN_PROGRESS)
            .findFirst();
    if (newest.isEmpty()) {
      return answer(
          Verdict.UNKNOWN,
          "the release that serves %s in %s is unknown: no deployment has succeeded"
              .formatted(service, env));
    }
    Deployment now = newest.get();
    if (!served(now)) {
      return watched.test(now)
          ? wayBack(now, safeFrom, history)
          : answer(
              Verdict.NO,
              "the rollout of %s, which began at %s (%s), is not finished: the previous release may be needed again"
                  .formatted(now.version(), now.startedAt(), now.key()));
    }
    Instant since = requireNonNull(now.finishedAt(), "a final status has a time");
    if (since.plus(soak).isAfter(clock.instant())) {
      return answer(
          Verdict.NO,
          "%s has served since %s, but must serve until %s before that"
              .formatted(now.version(), since, since.plus(soak)));
    }
    return wayBack(now, safeFrom, history);
  }

  private static SchemaAnswer wayBack(Deployment now, String safeFrom, List<Deployment> history) {
    var order = new ReleaseOrder(history);
    OptionalInt serves = order.compare(now.version(), safeFrom);
    Optional<Deployment> before =
        history.stream()
            .filter(it -> served(it) && !it.version().equals(now.version()))
            .findFirst();
    if (serves.isPresent() && serves.getAsInt() < 0) {
      return answer(Verdict.LATER, now.version() + " serves and is older than " + safeFrom);
    }
    if (before.isEmpty()) {
      return answer(
          Verdict.UNKNOWN, "the release to roll back to from " + now.version() + " is unknown");
    }
    String back = before.get().version();
    OptionalInt returns = order.compare(back, safeFrom);
    if (serves.isEmpty() || returns.isEmpty()) {
      return answer(
          Verdict.UNKNOWN,
          "it is unknown whether %s is older than %s"
              .formatted(serves.isEmpty() ? now.version() : back, safeFrom));
    }
    if (returns.getAsInt() < 0) {
      return answer(
          Verdict.LATER,
          "%s is the release to roll back to from %s and is older than %s"
              .formatted(back, now.version(), safeFrom));
    }
    return answer(
        Verdict.YES,
        "%s serves, the release to roll back to is %s, and neither is older than %s"
            .formatted(now.version(), back, safeFrom));
  }

  private List<Deployment> history(String service, String env) {
    return deployments.newest(service, env, NEWEST);
  }

  private static boolean served(Deployment deployment) {
    return deployment.status() == DeploymentStatus.SUCCEEDED;
  }

  private static SchemaAnswer answer(Verdict verdict, String reason) {
    return new SchemaAnswer(verdict, List.of(reason));
  }

  /// Whether a release can run on the schema or a migration may run, with the reasons. If that is
  /// unknown, the verdict is never YES.
  public record SchemaAnswer(Verdict verdict, List<String> reasons) {
    /// The verdict.
    public enum Verdict {
      YES,
      NO,
      /// Not yet, but nothing is wrong: it will be possible when a later release serves.
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

    /// A version such as `v1.4.2-rc.1`: its numbers, and its pre-release part without the dash.
    private record Numbers(List<Long> parts, String before) implements Comparable<Numbers> {
      static Optional<Numbers> of(String version) {
        String text = version.startsWith("v") ? version.substring(1) : version;
        int build = text.indexOf('+');
        text = build < 0 ? text : text.substring(0, build);
        int dash = text.indexOf('-');
        String before = dash < 0 ? "" : text.substring(dash + 1);
        List<String> words = List.of((dash < 0 ? text : text.substring(0, dash)).split("\\.", -1));
        // A single number is not accepted, since it may be the hash of a commit.
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
}
