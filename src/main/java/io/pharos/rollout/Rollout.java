package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import io.pharos.model.PromDuration;
import io.pharos.rollout.RolloutEvent.What;
import io.pharos.rollout.RolloutPolicy.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A rollout as it stands: a pure state machine. [#on] gives the next state, [#errand] what has to
/// be asked before it can go on, [#desired] what the agent has to bring about.
///
/// The candidate never has more than its share of [#approved] and that of the step that is judged:
/// only a pass that was used right before, or a person, leads to the next step, and only heartbeats
/// that show what is wanted let the time of a step count. From [RolloutPhase.Returning] nothing
/// leads back.
///
/// @param order what never changes
/// @param before what ran before; null until an agent has said it
/// @param approved what the last pass stands for; null with `before`
/// @param since when the phase began
/// @param approvals steps that a person let begin
/// @param trouble what the agent said last that keeps it from its work
/// @param told whether an agent may have been told to touch anything
/// @param seq how many events there were
/// @param why the last event's
/// @param news events that are not stored yet
public record Rollout(
    RolloutOrder order,
    @Nullable DesiredServers before,
    @Nullable DesiredServers approved,
    RolloutPhase phase,
    Instant since,
    PhaseProgress progress,
    Set<Integer> approvals,
    List<AgentTrouble> trouble,
    boolean told,
    long seq,
    String why,
    List<RolloutEvent> news) {
  /// After an inconclusive gate a held rollout is judged again so much later.
  private static final Duration JUDGED_AGAIN = Duration.ofMinutes(1);

  public Rollout {
    requireNonNull(order, "order is null");
    requireNonNull(phase, "phase is null");
    requireNonNull(since, "since is null");
    requireNonNull(progress, "progress is null");
    requireNonNull(why, "why is null");
    approvals = java.util.Collections.unmodifiableSet(new TreeSet<>(approvals));
    trouble = List.copyOf(trouble);
    news = List.copyOf(news);
  }

  /// A rollout that begins.
  ///
  /// @param before what runs; null if nobody knows
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
            "Version %s of %s is rolled out in %s by the policy %s."
                .formatted(order.version(), order.service(), order.env(), order.policy().id()));
  }

  public String id() {
    return order.id();
  }

  private RolloutPolicy policy() {
    return order.policy();
  }

  private TrafficPlan plan() {
    return new TrafficPlan(order, requireNonNull(before, "before is null"));
  }

  public boolean isEnded() {
    return phase instanceof RolloutPhase.End;
  }

  /// The phase that goes on, or would go on if it were not held or paused.
  private RolloutPhase.@Nullable Forward forward() {
    return switch (phase) {
      case RolloutPhase.Forward forward -> forward;
      case RolloutPhase.Held(RolloutPhase.Forward within, _) -> within;
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> within;
      case RolloutPhase.Returning _, RolloutPhase.Finishing _, RolloutPhase.End _ -> null;
    };
  }

  /// The step of the policy that it is at; -1 before the first, as many as there are after the
  /// last.
  public int step() {
    return switch (phase) {
      case RolloutPhase.Preparing _ -> -1;
      case RolloutPhase.Step(int index) -> index;
      case RolloutPhase.Held(RolloutPhase.Forward within, _) -> step(within);
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> step(within);
      case RolloutPhase.Watching _, RolloutPhase.Finishing _, RolloutPhase.Promoted _ ->
          policy().steps().size();
      case RolloutPhase.Returning _, RolloutPhase.Returned _, RolloutPhase.Aborted _ -> -1;
    };
  }

  private int step(RolloutPhase.Forward within) {
    return switch (within) {
      case RolloutPhase.Preparing _ -> -1;
      case RolloutPhase.Step(int index) -> index;
      case RolloutPhase.Watching _ -> policy().steps().size();
    };
  }

  /// The gate that judges it now; null for none.
  public @Nullable String gate() {
    return progress.gate();
  }

  /// Whether the agent saw last what is wanted.
  public boolean matches() {
    return progress.matched();
  }

  /// What the agent has to bring about; null while it is not known what runs.
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
      case RolloutPhase.Returned _, RolloutPhase.Aborted _ -> told ? plan().back() : before;
    };
  }

  private DesiredServers desired(RolloutPhase.Forward forward) {
    return switch (forward) {
      case RolloutPhase.Preparing _ ->
          progress.migrated() ? plan().placing(0) : requireNonNull(before, "before is null");
      case RolloutPhase.Step(int index) ->
          progress.placed() ? plan().at(index) : plan().placing(index);
      case RolloutPhase.Watching _ -> plan().full();
    };
  }

  /// What the agent has to run now; null for nothing.
  public @Nullable MigrationTask migrate() {
    if (progress.migrated() || before == null) {
      return null;
    }
    return switch (phase) {
      case RolloutPhase.Preparing _ ->
          new MigrationTask(order.version(), MigrationTask.Kind.EXPAND);
      case RolloutPhase.Finishing _ ->
          progress.matched()
              ? new MigrationTask(order.version(), MigrationTask.Kind.CONTRACT)
              : null;
      case RolloutPhase.Step _,
          RolloutPhase.Watching _,
          RolloutPhase.Held _,
          RolloutPhase.Paused _,
          RolloutPhase.Returning _,
          RolloutPhase.End _ ->
          null;
    };
  }

  /// Whether the gate of the phase must pass before it goes on.
  private boolean isJudged(RolloutPhase.Forward forward) {
    return switch (forward) {
      case RolloutPhase.Preparing _ -> false;
      case RolloutPhase.Step(int index) -> policy().steps().get(index).gate();
      case RolloutPhase.Watching _ -> true;
    };
  }

  /// Whether the servers are as the phase wants them, and were for long enough.
  private boolean isReady(Instant now) {
    return isAsWanted(now) && progress.soaked().compareTo(progress.least()) >= 0;
  }

  private boolean isAsWanted(Instant now) {
    return progress.placed() && progress.matched() && progress.isHeard(policy().lease(), now);
  }

  /// What has to be done for it now.
  RolloutAction errand(Instant now) {
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
            || !now.isBefore(progress.waitingSince().plus(JUDGED_AGAIN));
    return isAsWanted(now) && again
        ? new RolloutAction.OpenGate(
            progress.attempt(), "rollout:" + order.id() + ":" + progress.attempt())
        : new RolloutAction.None();
  }

  /// The state after something happened; this very one if it changes nothing, or is not allowed.
  Rollout on(RolloutInput happening, Instant now) {
    if (isEnded()) {
      return this;
    }
    return switch (happening) {
      case RolloutInput.Seen seen -> seen(seen, now);
      case RolloutInput.GateOpened opened -> opened(opened, now);
      case RolloutInput.GateRefused refused -> refused(refused, now);
      case RolloutInput.Judged judged -> judged(judged, now);
      case RolloutInput.DeploymentEnded(String status) ->
          forward() == null
              ? this
              : returning(
                  RolloutPhase.Cause.ABORTED,
                  RolloutEvent.PHAROS,
                  "The deployment was ended as " + status + ".",
                  now);
      case RolloutInput.Tick _ -> tick(now);
      case RolloutInput.Asked asked -> asked(asked, now);
    };
  }

  private Rollout seen(RolloutInput.Seen seen, Instant now) {
    Heartbeat heartbeat = seen.heartbeat();
    Rollout heard = with(heartbeat.trouble());
    if (seen.newLease()) {
      heard =
          heard.event(
              now, heartbeat.agent(), What.LEASE, "This agent holds the lease from now on.");
    }
    if (heard.before == null) {
      heard = heard.adopted(heartbeat, now);
      DesiredServers known = heard.before;
      if (known == null || heard.isEnded()) {
        return heard;
      }
    }
    DesiredServers desired = requireNonNull(heard.desired(), "desired is null");
    heard =
        heard
            .toldSo()
            .with(
                heard.progress.seen(
                    desired.matches(heartbeat.servers(), order.version()),
                    policy().lease(),
                    seen.newLease(),
                    now));
    Rollout arrived = heard.arrived(heartbeat, now);
    return arrived.seq() == heard.seq() && heard.isLate(now)
        ? heard.late(desired.differing(heartbeat.servers(), order.version()), now)
        : arrived;
  }

  /* Before the candidate runs, all is as it was, and the migration may hang. */
  private boolean isLate(Instant now) {
    boolean waits =
        switch (phase) {
          case RolloutPhase.Preparing _ -> !progress.migrated() || !progress.matched();
          case RolloutPhase.Step _, RolloutPhase.Watching _ -> !progress.matched();
          case RolloutPhase.Held _,
              RolloutPhase.Paused _,
              RolloutPhase.Returning _,
              RolloutPhase.Finishing _,
              RolloutPhase.End _ ->
              false;
        };
    return waits && now.isAfter(progress.waitingSince().plus(policy().startWithin()));
  }

  /// Returns for what the release does not do; what the others don't do is for a person to look at.
  private Rollout late(List<String> differing, Instant now) {
    String reason =
        "Not as it should be within "
            + PromDuration.format(policy().startWithin())
            + ": "
            + (differing.isEmpty() ? "the migration" : String.join(", ", differing))
            + troubles();
    RolloutPhase.Forward forward = requireNonNull(forward(), "no phase that goes on is late");
    DesiredServers fleet = requireNonNull(desired(), "desired is null");
    boolean own =
        forward instanceof RolloutPhase.Preparing
            || fleet.servers().entrySet().stream()
                .anyMatch(
                    server ->
                        differing.contains(server.getKey())
                            && order.version().equals(server.getValue().version()));
    return own
        ? returning(RolloutPhase.Cause.FAILED, RolloutEvent.PHAROS, reason, now)
        : stays(
            new RolloutPhase.Held(forward, RolloutPhase.Wants.DECISION),
            RolloutEvent.PHAROS,
            What.HELD,
            reason,
            now);
  }

  private Rollout adopted(Heartbeat heartbeat, Instant now) {
    return switch (TrafficPlan.adopt(policy(), heartbeat.servers())) {
      case TrafficPlan.Adoption.Unclear(String unclear) -> because(unclear);
      case TrafficPlan.Adoption.Refused(String refused) ->
          returning(RolloutPhase.Cause.FAILED, heartbeat.agent(), refused, now);
      case TrafficPlan.Adoption.Known(DesiredServers fleet) -> {
        Rollout known =
            with(fleet, fleet)
                .event(
                    now,
                    heartbeat.agent(),
                    What.ADOPTED,
                    "This runs, and is approved: " + fleet.servers());
        String refusal = known.plan().refusal();
        yield refusal.isEmpty()
            ? known
            : known.returning(RolloutPhase.Cause.FAILED, RolloutEvent.PHAROS, refusal, now);
      }
    };
  }

  /// Goes on where the servers are as they were wanted.
  private Rollout arrived(Heartbeat heartbeat, Instant now) {
    return switch (phase) {
      case RolloutPhase.Preparing _ -> prepared(heartbeat, now);
      case RolloutPhase.Step(int index) ->
          progress.placed() || !progress.matched()
              ? this
              : with(progress.withPlaced(now))
                  .event(
                      now,
                      RolloutEvent.PHAROS,
                      What.PLACED,
                      "The servers of step %d run %s.".formatted(index + 1, order.version()));
      case RolloutPhase.Finishing _ -> finished(heartbeat, now);
      case RolloutPhase.Returning(RolloutPhase.Cause cause) -> back(cause, heartbeat, now);
      case RolloutPhase.Watching _,
          RolloutPhase.Held _,
          RolloutPhase.Paused _,
          RolloutPhase.End _ ->
          this;
    };
  }

  private Rollout prepared(Heartbeat heartbeat, Instant now) {
    if (!progress.migrated()) {
      MigrationResult migrated = answer(heartbeat, MigrationTask.Kind.EXPAND);
      if (migrated == null) {
        return this;
      }
      return switch (migrated.outcome()) {
        case DONE ->
            with(progress.withMigrated(now))
                .event(now, heartbeat.agent(), What.MIGRATED, "Migrated: " + migrated.text());
        case FAILED ->
            returning(
                RolloutPhase.Cause.FAILED,
                heartbeat.agent(),
                "The migration failed: " + migrated.text(),
                now);
      };
    }
    return progress.matched()
        ? step(0, RolloutEvent.PHAROS, "The candidate is healthy.", now)
        : this;
  }

  private @Nullable MigrationResult answer(Heartbeat heartbeat, MigrationTask.Kind kind) {
    MigrationResult migrated = heartbeat.migrated();
    return migrated != null && migrated.answers(new MigrationTask(order.version(), kind))
        ? migrated
        : null;
  }

  private Rollout finished(Heartbeat heartbeat, Instant now) {
    MigrationResult migrated = answer(heartbeat, MigrationTask.Kind.CONTRACT);
    if (migrated == null || migrate() == null) {
      return this;
    }
    String text =
        switch (migrated.outcome()) {
          case DONE -> "";
          case FAILED -> " Its last migration failed, and has to be looked at: " + migrated.text();
        };
    return into(
        new RolloutPhase.Promoted(),
        heartbeat.agent(),
        What.ENDED,
        "Version " + order.version() + " is what runs." + text,
        now);
  }

  private Rollout back(RolloutPhase.Cause cause, Heartbeat heartbeat, Instant now) {
    Set<String> there = plan().there(progress.reach(), progress.there(), heartbeat.servers());
    if (!there.equals(progress.there())) {
      return with(progress.withWayBack(progress.reach(), there));
    }
    if (!progress.matched() || !Objects.equals(desired(), plan().back())) {
      return this;
    }
    return into(
        end(cause), RolloutEvent.PHAROS, What.ENDED, "What ran before runs again. " + why, now);
  }

  private static RolloutPhase.End end(RolloutPhase.Cause cause) {
    return switch (cause) {
      case FAILED -> new RolloutPhase.Returned();
      case ABORTED -> new RolloutPhase.Aborted();
    };
  }

  private Rollout opened(RolloutInput.GateOpened opened, Instant now) {
    RolloutPhase.Forward forward = forward();
    if (forward == null || progress.gate() != null || opened.attempt() != progress.attempt()) {
      return this;
    }
    Duration least = least(forward);
    return with(progress.withGate(
            opened.gate(), least.compareTo(opened.minSoak()) < 0 ? opened.minSoak() : least))
        .event(
            now,
            RolloutEvent.PHAROS,
            What.GATE,
            "The gate " + opened.gate() + " judges from now on.");
  }

  private Duration least(RolloutPhase.Forward forward) {
    return switch (forward) {
      case RolloutPhase.Preparing _ -> Duration.ZERO;
      case RolloutPhase.Step(int index) -> policy().steps().get(index).soak();
      case RolloutPhase.Watching _ -> policy().watch();
    };
  }

  private Rollout refused(RolloutInput.GateRefused refused, Instant now) {
    RolloutPhase.Forward forward = forward();
    if (forward == null || progress.gate() != null || refused.attempt() != progress.attempt()) {
      return this;
    }
    return inconclusive(forward, "No gate can be opened: " + refused.why(), now);
  }

  private Rollout judged(RolloutInput.Judged judged, Instant now) {
    RolloutPhase.Forward forward = forward();
    if (forward == null || !judged.gate().equals(progress.gate())) {
      return this;
    }
    return switch (judged.state()) {
      case RUNNING -> this;
      case FAIL ->
          returning(
              RolloutPhase.Cause.FAILED,
              RolloutEvent.PHAROS,
              "The gate " + judged.gate() + " failed it: " + judged.summary(),
              now);
      case INCONCLUSIVE ->
          inconclusive(
              forward, "The gate " + judged.gate() + " is inconclusive: " + judged.summary(), now);
      case PASS -> {
        if (judged.expired()) {
          yield with(progress.withoutGate(now))
              .event(
                  now,
                  RolloutEvent.PHAROS,
                  What.GATE,
                  "The pass of the gate " + judged.gate() + " is too old: it is judged anew.");
        }
        yield judged.used() && phase.equals(forward) && isReady(now)
            ? advance(
                forward,
                RolloutEvent.PHAROS,
                "The gate " + judged.gate() + " passed it: " + judged.summary(),
                now)
            : this;
      }
    };
  }

  private Rollout inconclusive(RolloutPhase.Forward forward, String reason, Instant now) {
    Rollout without = with(progress.withoutGate(now));
    if (phase instanceof RolloutPhase.Held(_, RolloutPhase.Wants wants)
        && wants == RolloutPhase.Wants.DECISION) {
      return without.because(reason); // it was, and is looked at again later
    }
    return switch (policy().onInconclusive()) {
      case HOLD ->
          without.stays(
              new RolloutPhase.Held(forward, RolloutPhase.Wants.DECISION),
              RolloutEvent.PHAROS,
              What.HELD,
              reason,
              now);
      case RETURN -> without.returning(RolloutPhase.Cause.FAILED, RolloutEvent.PHAROS, reason, now);
    };
  }

  private Rollout tick(Instant now) {
    if (phase instanceof RolloutPhase.Step(int index)
        && !isJudged(new RolloutPhase.Step(index))
        && isReady(now)) {
      return advance(
          new RolloutPhase.Step(index),
          RolloutEvent.PHAROS,
          "The step has no gate of its own.",
          now);
    }
    return this;
  }

  private String troubles() {
    return trouble.isEmpty()
        ? "."
        : trouble.stream()
            .map(it -> " " + it.server() + " " + it.what() + ": " + it.text() + ".")
            .reduce(".", String::concat);
  }

  private Rollout asked(RolloutInput.Asked asked, Instant now) {
    String said = asked.reason();
    return switch (asked.wish()) {
      case PAUSE ->
          phase instanceof RolloutPhase.Forward forward
              ? stays(new RolloutPhase.Paused(forward), asked.by(), What.PAUSED, said, now)
              : this;
      case RESUME ->
          switch (phase) {
            case RolloutPhase.Paused(RolloutPhase.Forward within) ->
                with(progress.waiting(now)).stays(within, asked.by(), What.RESUMED, said, now);
            case RolloutPhase.Held(RolloutPhase.Forward within, RolloutPhase.Wants wants)
                when wants == RolloutPhase.Wants.DECISION ->
                with(progress.waiting(now)).stays(within, asked.by(), What.RESUMED, said, now);
            case RolloutPhase.Held _,
                RolloutPhase.Forward _,
                RolloutPhase.Returning _,
                RolloutPhase.Finishing _,
                RolloutPhase.End _ ->
                this;
          };
      case APPROVE -> approved(asked, now);
      case ABORT ->
          forward() == null
              ? this
              : returning(RolloutPhase.Cause.ABORTED, asked.by(), "Aborted: " + said, now);
    };
  }

  private Rollout approved(RolloutInput.Asked asked, Instant now) {
    if (!(phase
        instanceof RolloutPhase.Held(RolloutPhase.Forward within, RolloutPhase.Wants wants))) {
      return this;
    }
    Rollout allowed =
        with(step(within) + 1)
            .stays(within, asked.by(), What.APPROVED, "Approved: " + asked.reason(), now);
    return switch (wants) {
      case APPROVAL -> allowed.with(progress.waiting(now));
      case DECISION -> allowed.advance(within, asked.by(), "Approved: " + asked.reason(), now);
    };
  }

  /// Leaves a phase whose weights are approved.
  private Rollout advance(RolloutPhase.Forward from, String by, String reason, Instant now) {
    boolean person = !by.equals(RolloutEvent.PHAROS);
    int next = step(from) + 1;
    boolean waits =
        from instanceof RolloutPhase.Step && next < policy().steps().size() && awaitsApproval(next);
    if (waits) {
      return held(from, next, now);
    }
    DesiredServers fleet = desired(from);
    Rollout passed = isJudged(from) || person ? with(before, fleet) : this;
    return switch (from) {
      case RolloutPhase.Preparing _ -> passed.step(0, by, reason, now);
      case RolloutPhase.Step _ -> passed.step(next, by, reason, now);
      case RolloutPhase.Watching _ ->
          passed.into(new RolloutPhase.Finishing(), by, What.MOVED, reason, now);
    };
  }

  private boolean awaitsApproval(int step) {
    return policy().approve().contains(policy().steps().get(step).weight())
        && !approvals.contains(step);
  }

  private Rollout held(RolloutPhase.Forward within, int next, Instant now) {
    return stays(
        new RolloutPhase.Held(within, RolloutPhase.Wants.APPROVAL),
        RolloutEvent.PHAROS,
        What.HELD,
        "A person must approve before %d %%.".formatted(policy().steps().get(next).weight()),
        now);
  }

  /// Begins a step, or the watch after the last.
  private Rollout step(int index, String by, String reason, Instant now) {
    if (index == policy().steps().size()) {
      return begins(new RolloutPhase.Watching(), policy().watch(), true, by, reason, now);
    }
    if (awaitsApproval(index)) {
      return held(
          index == 0 ? new RolloutPhase.Preparing() : new RolloutPhase.Step(index - 1), index, now);
    }
    Stage stage = policy().steps().get(index);
    boolean placed = index == 0 || policy().strategy() != RolloutPolicy.Kind.ROLLING;
    return begins(
        new RolloutPhase.Step(index),
        stage.soak(),
        placed,
        by,
        "To " + stage.weight() + " %. " + reason,
        now);
  }

  private Rollout begins(
      RolloutPhase.Forward next,
      Duration least,
      boolean placed,
      String by,
      String reason,
      Instant now) {
    return with(progress.next(now, least, placed)).stays(next, by, What.MOVED, reason, now);
  }

  private Rollout returning(RolloutPhase.Cause cause, String by, String reason, Instant now) {
    if (before == null || !told) {
      return into(end(cause), by, What.ENDED, "Nothing was touched. " + reason, now);
    }
    boolean untouched = step() < 0 && !progress.migrated();
    int reach = untouched ? 0 : plan().reach(phase);
    Rollout back = into(new RolloutPhase.Returning(cause), by, What.RETURNING, reason, now);
    return back.with(back.progress.withWayBack(reach, Set.of())).with(before, plan().back());
  }

  /// In a phase that begins.
  private Rollout into(RolloutPhase next, String by, What what, String reason, Instant now) {
    return with(progress.next(now, Duration.ZERO, true)).stays(next, by, what, reason, now);
  }

  /// In a phase in which what was observed goes on.
  private Rollout stays(RolloutPhase next, String by, What what, String reason, Instant now) {
    return new Rollout(
            order, before, approved, next, now, progress, approvals, trouble, told, seq, why, news)
        .event(now, by, what, reason);
  }

  private Rollout event(Instant now, String by, What what, String reason) {
    var more = new ArrayList<>(news);
    more.add(new RolloutEvent(order.id(), seq + 1, now, by, what, phase.word(), reason));
    return new Rollout(
        order, before, approved, phase, since, progress, approvals, trouble, told, seq + 1, reason,
        more);
  }

  private Rollout because(String reason) {
    return new Rollout(
        order, before, approved, phase, since, progress, approvals, trouble, told, seq, reason,
        news);
  }

  private Rollout with(PhaseProgress newProgress) {
    return new Rollout(
        order,
        before,
        approved,
        phase,
        since,
        newProgress,
        approvals,
        trouble,
        told,
        seq,
        why,
        news);
  }

  private Rollout with(@Nullable DesiredServers newBefore, @Nullable DesiredServers newApproved) {
    return new Rollout(
        order,
        newBefore,
        newApproved,
        phase,
        since,
        progress,
        approvals,
        trouble,
        told,
        seq,
        why,
        news);
  }

  private Rollout with(List<AgentTrouble> newTrouble) {
    return new Rollout(
        order,
        before,
        approved,
        phase,
        since,
        progress,
        approvals,
        newTrouble,
        told,
        seq,
        why,
        news);
  }

  private Rollout with(int approval) {
    var more = new TreeSet<>(approvals);
    more.add(approval);
    return new Rollout(
        order, before, approved, phase, since, progress, more, trouble, told, seq, why, news);
  }

  private Rollout toldSo() {
    return new Rollout(
        order, before, approved, phase, since, progress, approvals, trouble, true, seq, why, news);
  }

  /// Without events that are stored now.
  Rollout stored() {
    return new Rollout(
        order, before, approved, phase, since, progress, approvals, trouble, told, seq, why,
        List.of());
  }
}
