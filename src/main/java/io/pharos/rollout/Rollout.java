package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import io.pharos.migration.MigrationPhase;
import io.pharos.migration.MigrationTask;
import io.pharos.rollout.RolloutEvent.What;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The state of a rollout, as a pure state machine. [#on] returns the next state, [#nextAction] the
/// action that Pharos must take next, and [#desired] the servers that the agent must bring about.
///
/// The transitions are in [HeartbeatTransitions], [DecisionTransitions] and [StepTransitions].
///
/// The candidate never has more traffic than in [#approved] or in the step that is being judged. A
/// step that requires a gate is followed by the next step only after a pass that was just
/// confirmed, or after a person's approval. Only heartbeats that show the desired servers count
/// towards the time of a step. A rollout that returns to the previous release never goes forward
/// again.
///
/// @param order the fixed data of the rollout
/// @param before the servers before the rollout; null until an agent has reported them
/// @param approved the servers of the last approved step; null if `before` is null
/// @param since when the phase began
/// @param approvals steps that a person approved in advance
/// @param trouble the problems that the agent reported last
/// @param instructed whether an agent may have received an instruction to change a server
/// @param seq number of events so far
/// @param why the reason of the last event
/// @param newEvents events that are not stored yet
public record Rollout(
    RolloutOrder order,
    @Nullable DesiredServers before,
    @Nullable DesiredServers approved,
    RolloutPhase phase,
    Instant since,
    PhaseProgress progress,
    Set<Integer> approvals,
    List<AgentTrouble> trouble,
    boolean instructed,
    long seq,
    String why,
    List<RolloutEvent> newEvents) {
  /// Time between an inconclusive gate and the next gate of a held rollout.
  private static final Duration NEXT_GATE_AFTER = Duration.ofMinutes(1);

  public Rollout {
    requireNonNull(order, "order is null");
    requireNonNull(phase, "phase is null");
    requireNonNull(since, "since is null");
    requireNonNull(progress, "progress is null");
    requireNonNull(why, "why is null");
    approvals = Collections.unmodifiableSet(new TreeSet<>(approvals));
    trouble = List.copyOf(trouble);
    newEvents = List.copyOf(newEvents);
  }

  /// Begins a rollout.
  ///
  /// @param before the running servers; null if they are unknown
  static Rollout begin(RolloutOrder order, @Nullable DesiredServers before) {
    Instant now = order.startedAt();
    return new Rollout(
            order,
            before,
            before,
            new RolloutPhase.Preparing(),
            now,
            PhaseProgress.begin(now),
            Set.of(),
            List.of(),
            false,
            0,
            "",
            List.of())
        .event(
            now,
            order.startedBy(),
            What.STARTED,
            "Began to roll out version %s of %s in %s by the policy %s."
                .formatted(order.version(), order.service(), order.env(), order.policy().id()));
  }

  /// Returns the id of the rollout.
  public String id() {
    return order.id();
  }

  RolloutPolicy policy() {
    return order.policy();
  }

  TrafficPlan plan() {
    return new TrafficPlan(order, requireNonNull(before, "before is null"));
  }

  /// Returns whether the rollout has ended.
  public boolean isEnded() {
    return phase instanceof RolloutPhase.End;
  }

  /// Returns the forward phase in which the rollout is, was held or was paused; null if the rollout
  /// returns, finishes or has ended.
  RolloutPhase.@Nullable Forward forward() {
    return switch (phase) {
      case RolloutPhase.Forward forward -> forward;
      case RolloutPhase.Held(RolloutPhase.Forward within, _) -> within;
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> within;
      case RolloutPhase.Returning _, RolloutPhase.Finishing _, RolloutPhase.End _ -> null;
    };
  }

  /// Returns the index of the current step in the policy: -1 before the first step and after a
  /// return, the number of steps after the last step.
  public int step() {
    RolloutPhase.Forward forward = forward();
    if (forward != null) {
      return step(forward);
    }
    boolean succeeded =
        phase instanceof RolloutPhase.Finishing || phase instanceof RolloutPhase.Promoted;
    return succeeded ? policy().steps().size() : -1;
  }

  int step(RolloutPhase.Forward within) {
    return switch (within) {
      case RolloutPhase.Preparing _ -> -1;
      case RolloutPhase.Step(int index) -> index;
      case RolloutPhase.Watching _ -> policy().steps().size();
    };
  }

  /// Returns the id of the gate that judges the rollout now; null for none.
  public @Nullable String gate() {
    return progress.gate();
  }

  /// Returns whether the last heartbeat showed the desired servers.
  public boolean matches() {
    return progress.matched();
  }

  /// Returns how long the servers have been in the desired state of the phase.
  public Duration soaked() {
    return progress.soaked();
  }

  /// Returns how long the servers must be in the desired state before the phase may end.
  public Duration least() {
    return progress.least();
  }

  /// Returns since when the rollout waits for its servers or for the next gate.
  public Instant waitingSince() {
    return progress.waitingSince();
  }

  /// Returns whether a gate must pass before the forward phase ends; false in all other phases.
  public boolean isJudged() {
    RolloutPhase.Forward forward = forward();
    return forward != null && isJudged(forward);
  }

  /// Returns the servers that the agent must bring about; null while the running servers are
  /// unknown.
  public @Nullable DesiredServers desired() {
    if (before == null) {
      return null;
    }
    return switch (phase) {
      case RolloutPhase.Forward forward -> desired(forward);
      case RolloutPhase.Held(RolloutPhase.Forward within, _) -> desired(within);
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> desired(within);
      case RolloutPhase.Returning _ -> plan().returning(progress.reach(), progress.there());
      case RolloutPhase.Finishing _, RolloutPhase.Promoted _ -> plan().finished();
      case RolloutPhase.Returned _, RolloutPhase.Aborted _ -> instructed ? plan().back() : before;
    };
  }

  DesiredServers desired(RolloutPhase.Forward forward) {
    return switch (forward) {
      case RolloutPhase.Preparing _ ->
          progress.migrated() ? plan().placing(0) : requireNonNull(before, "before is null");
      case RolloutPhase.Step(int index) ->
          progress.placed() ? plan().weighted(index) : plan().placing(index);
      case RolloutPhase.Watching _ -> plan().full();
    };
  }

  /// Returns the migration that the agent must run now; null for none.
  public @Nullable MigrationTask migrate() {
    if (progress.migrated() || before == null) {
      return null;
    }
    if (phase instanceof RolloutPhase.Preparing) {
      return new MigrationTask(order.version(), MigrationPhase.EXPAND);
    }
    return phase instanceof RolloutPhase.Finishing && progress.matched()
        ? new MigrationTask(order.version(), MigrationPhase.CONTRACT)
        : null;
  }

  /// Returns whether a gate must pass before a phase ends.
  boolean isJudged(RolloutPhase.Forward forward) {
    return switch (forward) {
      case RolloutPhase.Preparing _ -> false;
      case RolloutPhase.Step(int index) -> policy().steps().get(index).gate();
      case RolloutPhase.Watching _ -> true;
    };
  }

  /// Returns whether the servers have been in the desired state for long enough.
  boolean isReady(Instant now) {
    return isAsDesired(now) && progress.soaked().compareTo(progress.least()) >= 0;
  }

  private boolean isAsDesired(Instant now) {
    return progress.placed() && progress.matched() && progress.isHeard(policy().lease(), now);
  }

  /// Returns the action that the rollout needs next.
  RolloutAction nextAction(Instant now) {
    RolloutPhase.Forward forward = forward();
    if (forward == null || !isJudged(forward)) {
      return new RolloutAction.None();
    }
    String gate = progress.gate();
    if (gate != null) {
      return phase.equals(forward) && isReady(now)
          ? new RolloutAction.Use(gate)
          : new RolloutAction.Watch(gate);
    }
    boolean again =
        !(phase instanceof RolloutPhase.Held(_, RolloutPhase.Wants wants))
            || wants == RolloutPhase.Wants.APPROVAL
            || !now.isBefore(progress.waitingSince().plus(NEXT_GATE_AFTER));
    return isAsDesired(now) && again
        ? new RolloutAction.OpenGate(
            progress.attempt(), "rollout:" + order.id() + ":" + progress.attempt())
        : new RolloutAction.None();
  }

  /// Applies an input.
  ///
  /// @return the next state; this state if the input changes nothing or is not allowed
  Rollout on(RolloutInput input, Instant now) {
    if (isEnded()) {
      return this;
    }
    return switch (input) {
      case RolloutInput.HeartbeatReceived received ->
          HeartbeatTransitions.received(this, received, now);
      case RolloutInput.GateOpened opened -> DecisionTransitions.opened(this, opened, now);
      case RolloutInput.GateRefused refused -> DecisionTransitions.refused(this, refused, now);
      case RolloutInput.Judged judged -> DecisionTransitions.judged(this, judged, now);
      case RolloutInput.DeploymentEnded(String status) ->
          forward() == null
              ? this
              : StepTransitions.returning(
                  this,
                  RolloutPhase.Cause.ABORTED,
                  RolloutEvent.PHAROS,
                  "The deployment ended as " + status + ".",
                  now);
      case RolloutInput.Resumed _ -> with(progress.withInterruption());
      case RolloutInput.Tick _ -> StepTransitions.tick(this, now);
      case RolloutInput.Requested requested -> DecisionTransitions.requested(this, requested, now);
    };
  }

  /// Enters a phase with new progress.
  Rollout enter(RolloutPhase next, String by, What what, String reason, Instant now) {
    return with(progress.next(now, Duration.ZERO, true)).switchTo(next, by, what, reason, now);
  }

  /// Switches to a phase and keeps the progress.
  Rollout switchTo(RolloutPhase next, String by, What what, String reason, Instant now) {
    return with(copy -> {
          copy.phase = next;
          copy.since = now;
        })
        .event(now, by, what, reason);
  }

  Rollout event(Instant now, String by, What what, String reason) {
    return with(
        copy -> {
          copy.seq = seq + 1;
          copy.why = reason;
          copy.newEvents = new ArrayList<>(newEvents);
          copy.newEvents.add(
              new RolloutEvent(order.id(), seq + 1, now, by, what, phase.word(), reason));
        });
  }

  Rollout withReason(String reason) {
    return with(copy -> copy.why = reason);
  }

  /// Returns the rollout after its new events were stored.
  Rollout stored() {
    return with(copy -> copy.newEvents = List.of());
  }

  Rollout with(PhaseProgress newProgress) {
    return with(copy -> copy.progress = newProgress);
  }

  Rollout with(@Nullable DesiredServers newBefore, @Nullable DesiredServers newApproved) {
    return with(
        copy -> {
          copy.before = newBefore;
          copy.approved = newApproved;
        });
  }

  Rollout withReport(List<AgentTrouble> newTrouble) {
    return with(copy -> copy.trouble = newTrouble);
  }

  Rollout withApproval(int step) {
    return with(
        copy -> {
          copy.approvals = new TreeSet<>(approvals);
          copy.approvals.add(step);
        });
  }

  Rollout withInstructed() {
    return with(copy -> copy.instructed = true);
  }

  private Rollout with(Consumer<Draft> change) {
    var draft = new Draft();
    change.accept(draft);
    return new Rollout(
        order,
        draft.before,
        draft.approved,
        draft.phase,
        draft.since,
        draft.progress,
        draft.approvals,
        draft.trouble,
        draft.instructed,
        draft.seq,
        draft.why,
        draft.newEvents);
  }

  /// A mutable copy of the fields that can change.
  private final class Draft {
    private @Nullable DesiredServers before = Rollout.this.before;
    private @Nullable DesiredServers approved = Rollout.this.approved;
    private RolloutPhase phase = Rollout.this.phase;
    private Instant since = Rollout.this.since;
    private PhaseProgress progress = Rollout.this.progress;
    private Set<Integer> approvals = Rollout.this.approvals;
    private List<AgentTrouble> trouble = Rollout.this.trouble;
    private boolean instructed = Rollout.this.instructed;
    private long seq = Rollout.this.seq;
    private String why = Rollout.this.why;
    private List<RolloutEvent> newEvents = Rollout.this.newEvents;
  }
}
