package io.pharos.server.web.release;

import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.Lease;
import io.pharos.rollout.ObservedServer;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutEvent;
import io.pharos.rollout.RolloutOrder;
import io.pharos.rollout.RolloutPhase;
import io.pharos.rollout.RolloutPolicy;
import io.pharos.rollout.RolloutService;
import io.pharos.rollout.RolloutSite;
import io.pharos.rollout.ServerState;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A rollout as its page shows it.
///
/// @param css class of the first sentence
/// @param why the reason of its last change
/// @param returned why it returned or returns; empty otherwise
/// @param lease who acts, as a sentence
/// @param leaseCss `up`, or `unknown` if nobody acts
/// @param seenAt when the servers were seen; null if they were not
/// @param share percent of the weights that the new version has; null if it is unknown
/// @param actions what a person may ask for now
record RolloutStory(
    String id,
    RolloutWord word,
    String css,
    String sentence,
    String why,
    String returned,
    RolloutNext next,
    String release,
    String deployment,
    String version,
    PageTime started,
    String by,
    PageTime since,
    String lease,
    String leaseCss,
    List<Step> steps,
    List<ServerRow> servers,
    @Nullable PageTime seenAt,
    @Nullable Integer share,
    List<String> troubles,
    List<Happened> events,
    List<Action> actions,
    String policyName) {
  /// What a person may ask for.
  ///
  /// @param key the last part of its page's address
  record Action(String key, String label) {}

  /// One step: planned, now, or reached.
  ///
  /// @param css `done`, `now`, `back` or `planned`
  /// @param began when it began; null if it did not
  record Step(
      String name, String css, String word, @Nullable PageTime began, List<StepGate> gates) {}

  /// A gate that judges or judged a step.
  record StepGate(String address, VerdictWord verdict) {}

  /// A server: what it should be, and what its agent sees.
  record ServerRow(String name, String wanted, String seen, boolean isNew, boolean matches) {}

  /// An event.
  record Happened(PageTime at, String what, String by, String why) {}

  /// What is stored about a rollout.
  ///
  /// @param gates the gates of its deployment, newest first
  /// @param site null if unknown
  /// @param seen the servers in the last heartbeat
  record Facts(
      Rollout rollout,
      @Nullable RolloutSite site,
      List<RolloutEvent> events,
      List<Release.Judged> gates,
      Optional<RolloutService.Seen> seen) {}

  static RolloutStory of(Facts facts, Instant now) {
    Rollout rollout = facts.rollout();
    RolloutOrder order = rollout.order();
    RolloutWord word = RolloutWord.of(rollout);
    RolloutSite site = facts.site();
    boolean isHeld = site != null && site.isHeld(now);
    return new RolloutStory(
        rollout.id(),
        word,
        css(rollout),
        headline(rollout),
        rollout.why(),
        word.css().equals("returned") ? returned(facts.events()) : "",
        RolloutNext.of(rollout, now),
        "%s %s in %s"
            .formatted(
                PageText.of(order.service()),
                PageText.of(order.version()),
                PageText.of(order.env())),
        PageLinks.deployment(order.deployment()),
        PageText.of(order.version()),
        PageTime.of(order.startedAt(), now),
        PageText.of(order.startedBy()),
        PageTime.of(rollout.since(), now),
        lease(site == null ? null : site.lease(), isHeld, rollout.isEnded(), now),
        isHeld || rollout.isEnded() ? "up" : "unknown",
        steps(facts, now),
        servers(facts),
        facts.seen().map(it -> PageTime.of(it.at(), now)).orElse(null),
        facts.seen().map(it -> share(order, it)).orElse(null),
        rollout.trouble().stream()
            .map(
                it -> PageText.of("%s %s: %s".formatted(it.server(), it.what(), it.text()).strip()))
            .toList(),
        facts.events().reversed().stream().map(it -> happened(it, now)).toList(),
        actions(rollout),
        "%s, version %s".formatted(order.policy().id(), PageText.of(order.policy().version())));
  }

  private static String css(Rollout rollout) {
    return switch (rollout.phase()) {
      case RolloutPhase.Forward _, RolloutPhase.Finishing _ -> "";
      case RolloutPhase.Held _, RolloutPhase.Paused _ -> "unknown";
      case RolloutPhase.Returning _, RolloutPhase.Returned _, RolloutPhase.Aborted _ -> "firing";
      case RolloutPhase.Promoted _ -> "ok";
    };
  }

  private static String headline(Rollout rollout) {
    String version = PageText.of(rollout.order().version());
    return switch (rollout.phase()) {
      case RolloutPhase.Preparing _ -> version + " is being prepared, and has no traffic yet.";
      case RolloutPhase.Step(int index) -> weight(rollout, index);
      case RolloutPhase.Watching _ ->
          version + " is watched; the previous release still runs beside it.";
      case RolloutPhase.Finishing _ -> version + " stays; the previous release is being stopped.";
      case RolloutPhase.Held(RolloutPhase.Forward within, _) -> kept(rollout, within);
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> kept(rollout, within);
      case RolloutPhase.Returning _ -> "All traffic returns to the previous release.";
      case RolloutPhase.Promoted _ -> version + " serves.";
      case RolloutPhase.Returned _, RolloutPhase.Aborted _ -> "The previous release serves again.";
    };
  }

  private static String kept(Rollout rollout, RolloutPhase.Forward within) {
    return within instanceof RolloutPhase.Step(int index)
        ? "The rollout stands still. " + weight(rollout, index)
        : "The rollout stands still.";
  }

  private static String weight(Rollout rollout, int index) {
    RolloutPolicy policy = rollout.order().policy();
    return "%s gets %d %% of the %s."
        .formatted(
            PageText.of(rollout.order().version()),
            policy.steps().get(index).weight(),
            policy.strategy() == RolloutPolicy.Kind.ROLLING ? "servers" : "traffic");
  }

  private static String returned(List<RolloutEvent> events) {
    return events.stream()
        .filter(it -> it.what() == RolloutEvent.What.RETURNING)
        .map(RolloutEvent::why)
        .reduce((_, last) -> last)
        .orElse("");
  }

  private static String lease(@Nullable Lease lease, boolean isHeld, boolean isEnded, Instant now) {
    if (lease == null) {
      return "No agent has ever reported, so nothing changes.";
    }
    String holder = PageText.of(lease.holder());
    String until = PageTime.of(lease.until(), now).ago();
    return isHeld
        ? "%s acts; its lease (%d) ends %s unless it reports again."
            .formatted(holder, lease.epoch(), until)
        : isEnded
            ? "The last agent was %s; its lease ended %s.".formatted(holder, until)
            : "Nobody acts: the lease of %s ended %s, so nothing changes until an agent reports."
                .formatted(holder, until);
  }

  private static List<Step> steps(Facts facts, Instant now) {
    Rollout rollout = facts.rollout();
    RolloutPolicy policy = rollout.order().policy();
    List<Instant> began = began(facts.events(), policy.steps().size());
    var steps = new ArrayList<Step>();
    for (int i = 0; i <= policy.steps().size(); i++) {
      boolean isWatch = i == policy.steps().size();
      Instant at = i < began.size() ? began.get(i) : null;
      String css = css(rollout, i, at != null);
      steps.add(
          new Step(
              isWatch ? "watch" : policy.steps().get(i).weight() + " %",
              css,
              word(css, rollout, isWatch || policy.steps().get(i).gate()),
              at == null ? null : PageTime.of(at, now),
              gates(facts, i, began)));
    }
    return steps;
  }

  private static String css(Rollout rollout, int index, boolean hasBegun) {
    boolean isBack = RolloutWord.of(rollout).css().equals("returned");
    if (isBack) {
      return hasBegun ? "back" : "planned";
    }
    int now = rollout.step();
    boolean isOver =
        rollout.phase() instanceof RolloutPhase.Finishing
            || rollout.phase() instanceof RolloutPhase.Promoted;
    return isOver || index < now ? "done" : index == now ? "now" : "planned";
  }

  private static String word(String css, Rollout rollout, boolean hasGate) {
    return switch (css) {
      case "done" -> "reached";
      case "now" -> rollout.matches() ? "now" : "being set";
      case "back" -> "returned";
      default -> hasGate ? "planned" : "planned, no gate";
    };
  }

  /// Returns when each step began, and the watch after the last.
  private static List<Instant> began(List<RolloutEvent> events, int steps) {
    var began = new ArrayList<Instant>();
    for (RolloutEvent event : events) {
      boolean moved = event.what() == RolloutEvent.What.MOVED;
      if (moved && event.phase().equals("STEP") && began.size() < steps) {
        began.add(event.at());
      } else if (moved && event.phase().equals("WATCHING") && began.size() == steps) {
        began.add(event.at());
      }
    }
    return began;
  }

  private static List<StepGate> gates(Facts facts, int index, List<Instant> began) {
    if (index >= began.size()) {
      return List.of();
    }
    Instant from = began.get(index);
    Instant to = index + 1 < began.size() ? began.get(index + 1) : Instant.MAX;
    return facts.gates().reversed().stream()
        .filter(it -> !it.run().openedAt().isBefore(from) && it.run().openedAt().isBefore(to))
        .map(it -> new StepGate(PageLinks.gate(it.run().id()), it.word()))
        .toList();
  }

  private static List<ServerRow> servers(Facts facts) {
    Rollout rollout = facts.rollout();
    DesiredServers desired = rollout.desired();
    var names = new TreeSet<>(rollout.order().policy().servers());
    if (desired != null) {
      names.addAll(desired.servers().keySet());
    }
    return names.stream()
        .map(
            name -> {
              Optional<ServerState> wanted =
                  Optional.ofNullable(desired).flatMap(it -> it.server(name));
              Optional<ObservedServer> seen = facts.seen().map(it -> it.servers().get(name));
              String version = rollout.order().version();
              return new ServerRow(
                  PageText.of(name),
                  wanted.map(RolloutStory::text).orElse("not changed"),
                  seen.map(RolloutStory::text).orElse("unknown"),
                  version.equals(
                      seen.map(ObservedServer::version)
                          .or(() -> wanted.map(ServerState::version))
                          .orElse("")),
                  wanted.isEmpty()
                      || seen.isEmpty()
                      || wanted.get().matches(seen.get(), version.equals(wanted.get().version())));
            })
        .toList();
  }

  private static String text(ServerState wanted) {
    String version = wanted.version();
    return !wanted.running()
        ? "stopped"
        : "%s, weight %d %%"
            .formatted(version == null ? "any version" : PageText.of(version), wanted.weight());
  }

  private static String text(ObservedServer seen) {
    if (!seen.running()) {
      return "stopped";
    }
    String version = seen.version();
    Integer weight = seen.weight();
    return "%s, %s, %s%s"
        .formatted(
            version == null ? "unknown version" : PageText.of(version),
            weight == null ? "unknown weight" : "weight " + weight + " %",
            seen.healthy() ? "healthy" : "not healthy",
            seen.withdrawn() == null ? "" : ", out of service");
  }

  private static @Nullable Integer share(RolloutOrder order, RolloutService.Seen seen) {
    int all = 0;
    int ofNew = 0;
    for (String name : order.policy().servers()) {
      ObservedServer server = seen.servers().get(name);
      Integer weight = server == null ? null : server.weight();
      if (server == null || weight == null) {
        return null;
      }
      all += server.running() ? weight : 0;
      ofNew += server.running() && order.version().equals(server.version()) ? weight : 0;
    }
    return all == 0 ? null : Math.round(100f * ofNew / all);
  }

  private static Happened happened(RolloutEvent event, Instant now) {
    return new Happened(
        PageTime.of(event.at(), now),
        event.what().name().toLowerCase(Locale.ROOT),
        PageText.of(event.by()),
        event.why());
  }

  private static List<Action> actions(Rollout rollout) {
    var pause = new Action("pause", "Pause");
    var resume = new Action("resume", "Resume");
    var approve = new Action("approve", "Approve");
    var abort = new Action("abort", "Abort");
    return switch (rollout.phase()) {
      case RolloutPhase.Forward _ -> List.of(pause, abort);
      case RolloutPhase.Held(_, RolloutPhase.Wants wants) ->
          switch (wants) {
            case APPROVAL -> List.of(approve, abort);
            case DECISION -> List.of(resume, approve, abort);
          };
      case RolloutPhase.Paused _ -> List.of(resume, abort);
      case RolloutPhase.Returning _, RolloutPhase.Finishing _, RolloutPhase.End _ -> List.of();
    };
  }
}
