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

/// Takes reports of migrations, and answers from them and from deployments what fits the schema.
/// Safe for many threads.
public final class SchemaCompatibility {
  /// How many deployments of the service are looked at; what is older is not known.
  private static final int LOOKED_AT = 1000;

  private final MigrationLedger ledger;
  private final DeploymentRegister deployments;
  private final Predicate<Deployment> watched;
  private final InstantSource clock;

  /// @param watched whether a deployment that is in progress was watched to its end, so that
  ///   nothing but its last migrations is left to do
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

  /// The time of a report that comes now.
  public Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  /// Stores what was reported.
  public void report(MigrationRecord record) {
    ledger.put(record);
  }

  /// What is known of a service in an environment, by the names of the files.
  public List<MigrationRecord> known(String service, String env) {
    return ledger.of(service, env);
  }

  /// Whether a release that served before can run on the schema as it stands.
  public SchemaAnswer canRollBack(String service, String env, String to) {
    List<MigrationRecord> known = known(service, env);
    var no = new ArrayList<String>();
    var unknown = new ArrayList<String>();
    if (known.isEmpty()) {
      unknown.add("no migration of " + service + " in " + env + " was ever reported to Pharos");
    }
    List<Deployment> history = history(service, env);
    if (history.stream().noneMatch(it -> it.version().equals(to) && served(it))) {
      unknown.add(
          to + " never served " + env + " as far as Pharos knows, so its needs were never met");
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
                + " migrations that were reported keeps "
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
              + " on, and nobody can tell whether "
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
                    + " can't run any more");
        case BEGUN, UNCLEAR ->
            unknown.add(
                what
                    + (record.state() == RecordedState.BEGUN
                        ? " was begun at " + record.at() + " and its end is not known"
                        : " failed at " + record.at() + " and may have left something")
                    + "; releases before "
                    + record.safeFrom()
                    + " can't run with it");
        case ROLLED_BACK -> {} // nothing of it is there
      }
    }
  }

  /// Whether what only releases before `safeFrom` need may be taken away now.
  ///
  /// @param soak for how long what serves must have served
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
                  + " is rolled out or watched since "
                  + it.startedAt()
                  + " ("
                  + it.key()
                  + "): what it replaces may be needed again");
    }
    Optional<Deployment> serving = newest;
    if (serving.isEmpty()) {
      return answer(
          Verdict.UNKNOWN,
          "which release serves "
              + service
              + " in "
              + env
              + " is not known: no deployment of it has succeeded");
    }
    Deployment now = serving.get();
    Instant since = requireNonNull(now.finishedAt(), "a final status has a time");
    if (since.plus(soak).isAfter(clock.instant())) {
      return answer(
          Verdict.NO,
          now.version()
              + " serves since "
              + since
              + ", it is to prove itself until "
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
          Verdict.UNKNOWN, "which release is the way back from " + now.version() + " is not known");
    }
    String back = before.get().version();
    OptionalInt returns = order.compare(back, safeFrom);
    if (serves.isEmpty() || returns.isEmpty()) {
      return answer(
          Verdict.UNKNOWN,
          "nobody can tell whether "
              + (serves.isEmpty() ? now.version() : back)
              + " is older than "
              + safeFrom);
    }
    if (returns.getAsInt() < 0) {
      return answer(
          Verdict.LATER,
          back + " is the way back from " + now.version() + " and older than " + safeFrom);
    }
    return answer(
        Verdict.YES,
        now.version()
            + " serves, the way back is "
            + back
            + ", and neither is older than "
            + safeFrom);
  }

  private List<Deployment> history(String service, String env) {
    return deployments.newest(service, env, LOOKED_AT);
  }

  private static boolean served(Deployment deployment) {
    return deployment.status() == DeploymentStatus.SUCCEEDED;
  }

  private static SchemaAnswer answer(Verdict verdict, String reason) {
    return new SchemaAnswer(verdict, List.of(reason));
  }
}
