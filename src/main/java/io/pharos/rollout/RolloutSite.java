package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A service in an environment: its servers, its lease and its newest rollout.
///
/// @param version number of writes, for optimistic locking
/// @param revision number of changes of the desired servers
/// @param lease the last lease; null if there was none
/// @param fleet the servers after the last rollout; null while they are unknown
/// @param rollout the newest rollout; null if there was none
public record RolloutSite(
    String service,
    String env,
    long version,
    long revision,
    @Nullable Lease lease,
    @Nullable DesiredServers fleet,
    @Nullable Rollout rollout) {
  /// Duration of a lease unless the policy says otherwise: a restart of Pharos on a busy machine
  /// ends within 80 % of it, so that it moves no traffic.
  public static final Duration LEASE = Duration.ofSeconds(30);

  /// Drain time of a server while there is no rollout policy.
  static final Duration DRAIN = Duration.ofSeconds(10);

  /// Returns a site without known servers, lease and rollout.
  public static RolloutSite unknown(String service, String env) {
    return new RolloutSite(service, env, 0, 0, null, null, null);
  }

  /// The outcome of a heartbeat.
  sealed interface Beat {
    record Granted(RolloutSite site) implements Beat {}

    record Refused(LeaseRefusal refusal) implements Beat {}
  }

  /// Returns the running rollout; null if there is none.
  @Nullable Rollout underWay() {
    return rollout != null && !rollout.isEnded() ? rollout : null;
  }

  /// Returns whether an agent holds the lease.
  public boolean isHeld(Instant now) {
    return lease != null && lease.isHeld(now);
  }

  /// Returns the servers that the agent must bring about; null while the servers are unknown.
  public @Nullable DesiredServers desired() {
    Rollout running = underWay();
    return running == null ? fleet : running.desired();
  }

  /// Returns the servers that the agent restores when Pharos is unreachable; null while the servers
  /// are unknown.
  public @Nullable DesiredServers approved() {
    Rollout running = underWay();
    return running == null ? fleet : running.approved();
  }

  /// Handles a heartbeat. Grants or renews the lease unless another agent or token holds it.
  ///
  /// @param token name of the access token of the heartbeat
  /// @param length duration of a lease
  Beat beat(Heartbeat heartbeat, String token, Duration length, Instant now) {
    Lease lastLease = lease;
    boolean held = lastLease != null && lastLease.isHeld(now);
    if (lastLease != null && held) {
      Optional<String> refusal = refusal(lastLease, heartbeat, token);
      if (refusal.isPresent()) {
        return new Beat.Refused(
            new LeaseRefusal(refusal.get(), lastLease.holder(), lastLease.until().toString()));
      }
    }
    long granted = lastLease == null ? 1 : held ? lastLease.epoch() : lastLease.epoch() + 1;
    RolloutSite leased =
        new RolloutSite(
            service,
            env,
            version,
            revision,
            new Lease(heartbeat.agent(), granted, now.plus(length), token),
            fleet,
            rollout);
    return new Beat.Granted(
        leased
            .withoutMovedFleet(heartbeat)
            .on(new RolloutInput.HeartbeatReceived(heartbeat, !held), now));
  }

  /// Returns the site with unknown servers if, between rollouts, a person gave all traffic to
  /// another server. The agent then leaves it there, and the next rollout adopts it.
  private RolloutSite withoutMovedFleet(Heartbeat heartbeat) {
    if (underWay() != null || fleet == null) {
      return this;
    }
    boolean moved =
        heartbeat.servers().values().stream().anyMatch(ObservedServer::serves)
            && fleet.servers().entrySet().stream()
                .filter(entry -> entry.getValue().weight() > 0)
                .map(entry -> heartbeat.servers().get(entry.getKey()))
                .allMatch(server -> server != null && server.withdrawn() != null);
    return moved
        ? new RolloutSite(service, env, version, revision + 1, lease, null, rollout)
        : this;
  }

  /// Returns why a heartbeat may not renew a lease that is held; empty if it may.
  private Optional<String> refusal(Lease held, Heartbeat heartbeat, String token) {
    if (!held.holder().equals(heartbeat.agent())) {
      return Optional.of("another agent holds the lease of " + service + " in " + env);
    }
    String owner = held.token();
    if (owner != null && !owner.equals(token)) {
      return Optional.of(
          "the lease of %s in %s was taken with the token of %s, but the heartbeat was sent with the token of %s"
              .formatted(service, env, owner, token));
    }
    Long epoch = heartbeat.epoch();
    return epoch == null || epoch == held.epoch()
        ? Optional.empty()
        : Optional.of(
            "the lease has the epoch "
                + held.epoch()
                + ", but the heartbeat contains the epoch "
                + epoch);
  }

  /// Applies an input to the running rollout; changes nothing if no rollout runs.
  RolloutSite on(RolloutInput input, Instant now) {
    Rollout running = underWay();
    return running == null ? this : with(running.on(input, now));
  }

  /// Returns the site with a new or changed rollout.
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

  /// Returns the site after it was stored.
  RolloutSite stored() {
    Rollout newest = rollout;
    return new RolloutSite(
        service, env, version + 1, revision, lease, fleet, newest == null ? null : newest.stored());
  }

  HeartbeatAnswer answer(Duration length, Duration drain) {
    Rollout running = underWay();
    Lease held = requireNonNull(lease, "an agent that has no lease gets no answer");
    return new HeartbeatAnswer(
        held.epoch(),
        (int) length.toSeconds(),
        running == null ? null : running.id(),
        running == null ? null : running.order().deployment(),
        running == null ? HeartbeatAnswer.IDLE : running.phase().word(),
        revision,
        desired(),
        approved(),
        running == null ? null : running.migrate(),
        (int) Math.min(Integer.MAX_VALUE, drain.toSeconds()));
  }
}
