package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A service in an environment as rollouts see it: what runs, who acts, and what is under way.
///
/// @param version how often it was stored; whoever stores it must have seen the last time
/// @param revision how often what is desired changed
/// @param lease the last one; null before any
/// @param fleet what was promoted or returned to last; null while nobody knows
/// @param rollout the newest; null before any
public record RolloutSite(
    String service,
    String env,
    long version,
    long revision,
    @Nullable Lease lease,
    @Nullable DesiredServers fleet,
    @Nullable Rollout rollout) {
  /// Where neither a rollout nor a policy says how long a lease is.
  static final Duration LEASE = Duration.ofSeconds(10);

  /// The same for how long a server without weight goes on before it is stopped.
  static final Duration DRAIN = Duration.ofSeconds(10);

  public RolloutSite {
    requireNonNull(service, "service is null");
    requireNonNull(env, "env is null");
  }

  public static RolloutSite unknown(String service, String env) {
    return new RolloutSite(service, env, 0, 0, null, null, null);
  }

  /// What became of a heartbeat.
  sealed interface Beat {
    record Granted(RolloutSite site) implements Beat {}

    record Refused(LeaseRefusal refusal) implements Beat {}
  }

  /// The rollout that has not ended; null if there is none.
  @Nullable Rollout underWay() {
    return rollout != null && !rollout.isEnded() ? rollout : null;
  }

  public boolean isHeld(Instant now) {
    return lease != null && lease.isHeld(now);
  }

  /// What the agent has to bring about; null while nothing is known.
  public @Nullable DesiredServers desired() {
    Rollout under = underWay();
    return under == null ? fleet : under.desired();
  }

  /// What the agent returns to when it can't ask; null while nothing is known.
  public @Nullable DesiredServers approved() {
    Rollout under = underWay();
    return under == null ? fleet : under.approved();
  }

  /// Takes a heartbeat.
  ///
  /// @param length how long a lease is
  Beat beat(Heartbeat heartbeat, Duration length, Instant now) {
    Lease last = lease;
    boolean held = last != null && last.isHeld(now);
    if (last != null && held && !last.holder().equals(heartbeat.agent())) {
      return new Beat.Refused(
          new LeaseRefusal(
              "another agent acts for " + service + " in " + env,
              last.holder(),
              last.until().toString()));
    }
    Long epoch = heartbeat.epoch();
    if (last != null && held && epoch != null && epoch != last.epoch()) {
      return new Beat.Refused(
          new LeaseRefusal(
              "the lease has the epoch " + last.epoch() + ", not " + epoch,
              last.holder(),
              last.until().toString()));
    }
    long granted = last == null ? 1 : held ? last.epoch() : last.epoch() + 1;
    RolloutSite leased =
        new RolloutSite(
            service,
            env,
            version,
            revision,
            new Lease(heartbeat.agent(), granted, now.plus(length)),
            fleet,
            rollout);
    return new Beat.Granted(leased.on(new RolloutInput.Seen(heartbeat, !held), now));
  }

  /// After something happened to the rollout that is under way.
  RolloutSite on(RolloutInput happening, Instant now) {
    Rollout under = underWay();
    return under == null ? this : with(under.on(happening, now));
  }

  /// With a rollout that begins or has gone on.
  RolloutSite with(Rollout changed) {
    var after =
        new RolloutSite(
            service,
            env,
            version,
            revision,
            lease,
            changed.isEnded() ? changed.desired() : fleet,
            changed);
    return Objects.equals(desired(), after.desired())
        ? after
        : new RolloutSite(
            service, env, version, revision + 1, lease, after.fleet(), after.rollout());
  }

  /// As it is when it was stored.
  RolloutSite stored() {
    Rollout known = rollout;
    return new RolloutSite(
        service, env, version + 1, revision, lease, fleet, known == null ? null : known.stored());
  }

  HeartbeatAnswer answer(Duration length, Duration drain) {
    Rollout under = underWay();
    Lease held = requireNonNull(lease, "an agent that has no lease gets no answer");
    return new HeartbeatAnswer(
        held.epoch(),
        (int) length.toSeconds(),
        under == null ? null : under.id(),
        under == null ? null : under.order().deployment(),
        under == null ? HeartbeatAnswer.IDLE : under.phase().word(),
        revision,
        desired(),
        approved(),
        under == null ? null : under.migrate(),
        (int) Math.min(Integer.MAX_VALUE, drain.toSeconds()));
  }
}
