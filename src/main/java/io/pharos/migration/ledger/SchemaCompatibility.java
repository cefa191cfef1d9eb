package io.pharos.migration.ledger;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.migration.ledger.SchemaAnswer.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/// Stores reports of migrations, and decides from them and from deployments what fits the schema.
/// Safe for many threads.
public final class SchemaCompatibility {
  /// Number of a service's newest deployments that are considered; older ones are unknown.
  private static final int NEWEST = 1000;

  private final MigrationLedger ledger;
  private final DeploymentRegister deployments;
  private final Predicate<Deployment> watched;
  private final InstantSource clock;

  /// Creates it.
  ///
  /// @param watched whether a deployment in progress was watched to its end, so that only its last
  ///   migrations remain
  public SchemaCompatibility(
      MigrationLedger ledger,
      DeploymentRegister deployments,
      Predicate<Deployment> watched,
      InstantSource clock) {
    this.ledger = requireNonNull(ledger, "ledger is null");
    this.deployments = requireNonNull(deployments, "deployments is null");
    this.watched = requireNonNull(watched, "watched is null");
    this.clock = requireNonNull(clock, "clock is null");
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

  /// Returns whether a release that served before can run on the current schema.
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
          to
              + " has never served "
              + env
              + " according to Pharos, so nothing is known about its schema");
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
            "none of the "
                + known.size()
                + " reported migrations prevents "
                + to
                + " from running"));
  }

  private static void judge(
      MigrationRecord record, String to, OptionalInt order, List<String> no, List<String> unknown) {
    String what = record.file() + " (" + record.phase() + ")";
    if (order.isEmpty()) {
      unknown.add(
          what
              + " is safe from "
              + record.safeFrom()
              + " on, and it is unknown whether "
              + to
              + " is older");
    } else if (order.getAsInt() < 0) {
      switch (record.state()) {
        case APPLIED ->
            no.add(
                what
                    + " was applied"
                    + (record.release().isEmpty() ? "" : " with " + record.release())
                    + " and reported at "
                    + record.at()
                    + ": releases before "
                    + record.safeFrom()
                    + " cannot run any more");
        case BEGUN, UNCLEAR ->
            unknown.add(
                what
                    + (record.state() == RecordedState.BEGUN
                        ? " began at " + record.at() + " and its outcome is unknown"
                        : " failed at " + record.at() + " and may have left something")
                    + "; releases before "
                    + record.safeFrom()
                    + " cannot run with it");
        case ROLLED_BACK -> {} // it left nothing
      }
    }
  }

  /// Returns whether the schema that only releases before `safeFrom` need may be removed now.
  ///
  /// @param soak how long the serving release must have served
  public SchemaAnswer canContract(String service, String env, String safeFrom, Duration soak) {
    List<Deployment> history = history(service, env);
    Optional<Deployment> newest =
        history.stream()
            .filter(it -> served(it) || it.status() == DeploymentStatus.IN_PROGRESS)
            .findFirst();
    if (newest.filter(it -> !served(it)).isPresent()) {
      Deployment it = newest.get();
      return watched.test(it)
          ? wayBack(it, safeFrom, history)
          : answer(
              Verdict.NO,
              it.version()
                  + " has been rolling out or watched since "
                  + it.startedAt()
                  + " ("
                  + it.key()
                  + "): the previous release may be needed again");
    }
    Optional<Deployment> serving = newest;
    if (serving.isEmpty()) {
      return answer(
          Verdict.UNKNOWN,
          "the release that serves "
              + service
              + " in "
              + env
              + " is unknown: no deployment has succeeded");
    }
    Deployment now = serving.get();
    Instant since = requireNonNull(now.finishedAt(), "a final status has a time");
    if (since.plus(soak).isAfter(clock.instant())) {
      return answer(
          Verdict.NO,
          now.version()
              + " has served since "
              + since
              + ", it must serve until "
              + since.plus(soak));
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
          "it is unknown whether "
              + (serves.isEmpty() ? now.version() : back)
              + " is older than "
              + safeFrom);
    }
    if (returns.getAsInt() < 0) {
      return answer(
          Verdict.LATER,
          back
              + " is the release to roll back to from "
              + now.version()
              + " and is older than "
              + safeFrom);
    }
    return answer(
        Verdict.YES,
        now.version()
            + " serves, the release to roll back to is "
            + back
            + ", and neither is older than "
            + safeFrom);
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
}
