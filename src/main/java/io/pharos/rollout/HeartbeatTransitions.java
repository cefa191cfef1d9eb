package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import io.pharos.migration.MigrationPhase;
import io.pharos.migration.MigrationResult;
import io.pharos.migration.MigrationTask;
import io.pharos.model.PromDuration;
import io.pharos.rollout.RolloutEvent.What;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The transitions that an agent's heartbeat causes: the servers reach the desired state, a
/// migration ends, or the candidate does not start in time.
final class HeartbeatTransitions {
  private HeartbeatTransitions() {}

  static Rollout received(Rollout rollout, RolloutInput.HeartbeatReceived input, Instant now) {
    Heartbeat heartbeat = input.heartbeat();
    Rollout updated = rollout.withReport(heartbeat.trouble());
    if (input.newLease()) {
      updated =
          updated.event(now, heartbeat.agent(), What.LEASE, "This agent now holds the lease.");
    }
    if (updated.before() == null) {
      updated = adopt(updated, heartbeat, now);
      if (updated.before() == null || updated.isEnded()) {
        return updated;
      }
    }
    Rollout withdrawn = withdraw(updated, heartbeat, now);
    if (!withdrawn.equals(updated)) {
      return withdrawn;
    }
    DesiredServers desired = requireNonNull(updated.desired(), "desired is null");
    updated =
        updated
            .withInstructed()
            .with(
                updated
                    .progress()
                    .seen(
                        desired.matches(heartbeat.servers(), updated.order().version()),
                        updated.policy().lease(),
                        input.newLease(),
                        now));
    if (heartbeat.trouble().stream().anyMatch(AgentTrouble::ofAgent)) {
      updated = updated.with(updated.progress().waiting(now)); // no server is late meanwhile
    }
    Rollout continued = continueIfMatched(updated, heartbeat, now);
    return continued.seq() == updated.seq() && isLate(updated, now)
        ? handleLate(
            updated, desired.differing(heartbeat.servers(), updated.order().version()), now)
        : continued;
  }

  /// Records the running servers as the state before the rollout, which counts as approved.
  private static Rollout adopt(Rollout rollout, Heartbeat heartbeat, Instant now) {
    return switch (TrafficPlan.adopt(rollout.policy(), heartbeat.servers())) {
      case TrafficPlan.Adoption.Unclear(String unclear) -> rollout.withReason(unclear);
      case TrafficPlan.Adoption.Refused(String refused) ->
          StepTransitions.returning(
              rollout, RolloutPhase.Cause.FAILED, heartbeat.agent(), refused, now);
      case TrafficPlan.Adoption.Known(DesiredServers fleet) -> {
        Rollout adopted =
            rollout
                .with(fleet, fleet)
                .event(
                    now,
                    heartbeat.agent(),
                    What.ADOPTED,
                    "Adopted the running servers as approved: " + fleet.text() + ".");
        String refusal = adopted.plan().refusal();
        yield refusal.isEmpty() ? adopted : StepTransitions.failed(adopted, refusal, now);
      }
    };
  }

  /// Returns to the previous release if a server with the new release was taken out of service at
  /// the load balancer: by a person, or by the agent because it was down with all the traffic.
  /// After the last step, another server must already serve.
  private static Rollout withdraw(Rollout rollout, Heartbeat heartbeat, Instant now) {
    boolean finishing = rollout.phase() instanceof RolloutPhase.Finishing;
    if (rollout.forward() == null && !finishing) {
      return rollout;
    }
    for (var entry : heartbeat.servers().entrySet()) {
      ObservedServer server = entry.getValue();
      if (server.withdrawn() == null
          || !rollout.order().version().equals(server.version())
          || !rollout.policy().servers().contains(entry.getKey())
          || (finishing
              && heartbeat.servers().values().stream().noneMatch(ObservedServer::serves))) {
        continue;
      }
      return switch (server.withdrawn()) {
        case BY_HAND ->
            StepTransitions.returning(
                rollout,
                RolloutPhase.Cause.ABORTED,
                heartbeat.agent(),
                entry.getKey() + " was taken out of service by hand at the load balancer.",
                now);
        case DOWN ->
            StepTransitions.returning(
                rollout,
                RolloutPhase.Cause.FAILED,
                heartbeat.agent(),
                entry.getKey()
                    + " had all the traffic and was down at the load balancer, so the previous"
                    + " release serves.",
                now);
      };
    }
    return rollout;
  }

  /// Continues the rollout if the servers are in the desired state.
  private static Rollout continueIfMatched(Rollout rollout, Heartbeat heartbeat, Instant now) {
    PhaseProgress progress = rollout.progress();
    return switch (rollout.phase()) {
      case RolloutPhase.Preparing _ -> prepare(rollout, heartbeat, now);
      case RolloutPhase.Step(int index) ->
          progress.placed() || !progress.matched()
              ? rollout
              : rollout
                  .with(progress.withPlaced(now))
                  .event(
                      now,
                      RolloutEvent.PHAROS,
                      What.PLACED,
                      "The servers of step %d run the version %s."
                          .formatted(index + 1, rollout.order().version()));
      case RolloutPhase.Finishing _ -> finish(rollout, heartbeat, now);
      case RolloutPhase.Returning(RolloutPhase.Cause cause) ->
          goBack(rollout, cause, heartbeat, now);
      case RolloutPhase.Watching _,
          RolloutPhase.Held _,
          RolloutPhase.Paused _,
          RolloutPhase.End _ ->
          rollout;
    };
  }

  private static Rollout prepare(Rollout rollout, Heartbeat heartbeat, Instant now) {
    if (rollout.progress().migrated()) {
      return rollout.progress().matched()
          ? StepTransitions.begin(rollout, 0, RolloutEvent.PHAROS, "The candidate is healthy.", now)
          : rollout;
    }
    MigrationResult migrated = result(rollout, heartbeat, MigrationPhase.EXPAND);
    if (migrated == null) {
      return rollout;
    }
    return switch (migrated.outcome()) {
      case DONE ->
          rollout
              .with(rollout.progress().withMigrated(now))
              .event(now, heartbeat.agent(), What.MIGRATED, "Migrated: " + migrated.text());
      case FAILED ->
          StepTransitions.returning(
              rollout,
              RolloutPhase.Cause.FAILED,
              heartbeat.agent(),
              "The migration failed: " + migrated.text(),
              now);
    };
  }

  private static @Nullable MigrationResult result(
      Rollout rollout, Heartbeat heartbeat, MigrationPhase kind) {
    MigrationResult migrated = heartbeat.migrated();
    return migrated != null && migrated.answers(new MigrationTask(rollout.order().version(), kind))
        ? migrated
        : null;
  }

  private static Rollout finish(Rollout rollout, Heartbeat heartbeat, Instant now) {
    MigrationResult migrated = result(rollout, heartbeat, MigrationPhase.CONTRACT);
    if (migrated == null || rollout.migrate() == null) {
      return rollout;
    }
    String text =
        switch (migrated.outcome()) {
          case DONE -> "";
          case FAILED ->
              " Its last migration failed, and a person must repeat it: " + migrated.text();
        };
    return rollout.enter(
        new RolloutPhase.Promoted(),
        heartbeat.agent(),
        What.ENDED,
        "Version " + rollout.order().version() + " is promoted." + text,
        now);
  }

  private static Rollout goBack(
      Rollout rollout, RolloutPhase.Cause cause, Heartbeat heartbeat, Instant now) {
    PhaseProgress progress = rollout.progress();
    Set<String> returned =
        rollout.plan().returned(progress.reach(), progress.there(), heartbeat.servers());
    if (!returned.equals(progress.there())) {
      return rollout.with(progress.withWayBack(progress.reach(), returned));
    }
    if (!progress.matched() || !Objects.equals(rollout.desired(), rollout.plan().back())) {
      return rollout;
    }
    return rollout.enter(
        StepTransitions.end(cause),
        RolloutEvent.PHAROS,
        What.ENDED,
        "The previous release runs again. " + rollout.why(),
        now);
  }

  /* While the rollout is prepared, the servers may be in the desired state although the migration
   * hangs. */
  private static boolean isLate(Rollout rollout, Instant now) {
    PhaseProgress progress = rollout.progress();
    boolean waits =
        rollout.phase() instanceof RolloutPhase.Forward
            && (!progress.matched()
                || (rollout.phase() instanceof RolloutPhase.Preparing && !progress.migrated()));
    return waits && now.isAfter(progress.waitingSince().plus(rollout.policy().startWithin()));
  }

  /// Handles servers that do not reach the desired state in time. If servers of the candidate are
  /// among them, returns to the previous release; otherwise holds the rollout until a person
  /// decides.
  private static Rollout handleLate(Rollout rollout, List<String> differing, Instant now) {
    String reason =
        "The desired state was not reached within "
            + PromDuration.format(rollout.policy().startWithin())
            + ": "
            + (differing.isEmpty() ? "the migration" : String.join(", ", differing))
            + troubles(rollout);
    RolloutPhase.Forward forward =
        requireNonNull(rollout.forward(), "only a forward phase can be late");
    DesiredServers desired = requireNonNull(rollout.desired(), "desired is null");
    String version = rollout.order().version();
    boolean isCandidateLate =
        forward instanceof RolloutPhase.Preparing
            || desired.servers().entrySet().stream()
                .anyMatch(
                    server ->
                        differing.contains(server.getKey())
                            && version.equals(server.getValue().version()));
    return isCandidateLate
        ? StepTransitions.failed(rollout, reason, now)
        : StepTransitions.held(rollout, forward, RolloutPhase.Wants.DECISION, reason, now);
  }

  private static String troubles(Rollout rollout) {
    var text = new StringBuilder(".");
    for (AgentTrouble trouble : rollout.trouble()) {
      text.append(" %s %s: %s.".formatted(trouble.server(), trouble.what(), trouble.text()));
    }
    return text.toString();
  }
}
