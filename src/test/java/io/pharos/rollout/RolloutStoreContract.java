package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Deployments;
import io.pharos.gate.deployment.Strategy;
import io.pharos.rollout.RolloutEvent.What;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The contract of every store of rollouts.
public abstract class RolloutStoreContract {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123Z");

  /// Returns an open store, the same one within a test.
  protected abstract Rollouts rollouts();

  protected abstract Deployments deployments();

  /// Returns a closed store.
  protected abstract Rollouts closed();

  private final String service = "shop-" + UUID.randomUUID();

  private Rollout begun(Instant startedAt) {
    String key = "gh:" + UUID.randomUUID();
    deployments()
        .put(
            Deployment.begin(
                Announcements.change(
                    key, service, "prod", "1.1", "", Strategy.CANARY, "green", "", Map.of(), null),
                startedAt));
    RolloutPolicy policy =
        RolloutPolicy.FILES
            .parse(
                "shop",
                """
                version: "1"
                service: %s
                env: prod
                strategy: canary
                steps: [{weight: 5, soak: 90s}, {weight: 100, gate: true}]
                approve: [100]
                """
                    .formatted(service))
            .find(service, "prod")
            .orElseThrow();
    return Rollout.begin(
        new RolloutOrder(
            UUID.randomUUID().toString(),
            key,
            service,
            "prod",
            "1.1",
            "green",
            policy,
            "pipeline",
            startedAt),
        new DesiredServers(
            Map.of("blue", new ServerState("1.0", true, 100), "green", ServerState.STOPPED)));
  }

  private RolloutSite site() {
    return rollouts().site(service, "prod").orElseGet(() -> RolloutSite.unknown(service, "prod"));
  }

  private RolloutSite saved(RolloutSite site) {
    assertThat(rollouts().save(site)).isEqualTo(Rollouts.Saved.SAVED);
    return site.stored();
  }

  @Test
  void site_thatWasSaved_isReadTheSame() {
    assertThat(rollouts().site(service, "prod")).isEmpty();
    RolloutSite first = saved(RolloutSite.unknown(service, "prod"));
    assertThat(site()).isEqualTo(first);
    RolloutSite leased =
        saved(
            new RolloutSite(
                service,
                "prod",
                1,
                7,
                new Lease("host:1:a", 3, T, "agents"),
                new DesiredServers(Map.of("blue", new ServerState(null, true, 100))),
                null));
    assertThat(site()).isEqualTo(leased);
    RolloutSite begun = saved(leased.with(begun(T)));
    assertThat(site()).isEqualTo(begun);
    assertThat(rollouts().underWay()).contains(begun);
  }

  @Test
  void rollout_inEachPhase_isReadTheSame() {
    Rollout begun = begun(T);
    saved(site().with(begun));
    var step = new RolloutPhase.Step(1);
    for (RolloutPhase phase :
        List.of(
            new RolloutPhase.Preparing(),
            step,
            new RolloutPhase.Watching(),
            new RolloutPhase.Held(step, RolloutPhase.Wants.APPROVAL),
            new RolloutPhase.Held(new RolloutPhase.Watching(), RolloutPhase.Wants.DECISION),
            new RolloutPhase.Paused(new RolloutPhase.Preparing()),
            new RolloutPhase.Returning(RolloutPhase.Cause.FAILED),
            new RolloutPhase.Returning(RolloutPhase.Cause.ABORTED),
            new RolloutPhase.Finishing(),
            new RolloutPhase.Promoted(),
            new RolloutPhase.Returned(),
            new RolloutPhase.Aborted())) {
      long seq = site().rollout().seq() + 1;
      var rollout =
          new Rollout(
              begun.order(),
              begun.before(),
              null,
              phase,
              T.plusMillis(1),
              new PhaseProgress(
                  T,
                  T,
                  true,
                  Duration.ofMillis(1500),
                  Duration.ofMinutes(2),
                  false,
                  true,
                  "gate",
                  4,
                  2,
                  Set.of("web1", "web2"),
                  false),
              Set.of(0, 2),
              List.of(new AgentTrouble("green", "start", "exit 1 \"ü\"")),
              true,
              seq,
              "why",
              List.of(
                  new RolloutEvent(
                      begun.id(), seq, T, "ann", What.MOVED, phase.word(), "a\0b \"ü\" 😀")));
      RolloutSite after = saved(site().with(rollout));
      assertThat(site()).isEqualTo(after);
      assertThat(rollouts().find(begun.id())).contains(rollout.stored());
      assertThat(rollouts().ofDeployment(begun.order().deployment())).contains(rollout.stored());
      assertThat(rollouts().events(begun.id()).getLast())
          .isEqualTo(
              new RolloutEvent(
                  begun.id(), seq, T, "ann", What.MOVED, phase.word(), "a?b \"ü\" 😀"));
      assertThat(rollouts().underWay().contains(after)).isEqualTo(!rollout.isEnded());
    }
    assertThat(rollouts().events(begun.id()))
        .extracting(RolloutEvent::seq)
        .isEqualTo(IntStream.rangeClosed(1, 13).mapToObj(i -> (long) i).toList());
  }

  @Test
  void save_ofWhatSomebodyElseChanged_writesNothing() {
    RolloutSite first = saved(site());
    Rollout begun = begun(T);
    assertThat(rollouts().save(RolloutSite.unknown(service, "prod").with(begun)))
        .isEqualTo(Rollouts.Saved.OVERTAKEN);
    saved(first);
    assertThat(rollouts().save(first.with(begun))).isEqualTo(Rollouts.Saved.OVERTAKEN);
    assertThat(rollouts().find(begun.id())).isEmpty();
    assertThat(rollouts().events(begun.id())).isEmpty();
  }

  @Test
  void save_ofManyAtATime_letsOneThrough() throws Exception {
    RolloutSite first = saved(site());
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Rollouts.Saved>> results =
          IntStream.range(0, 8)
              .mapToObj(
                  _ -> {
                    Rollout begun = begun(T);
                    return executor.submit(() -> rollouts().save(first.with(begun)));
                  })
              .toList();
      int through = 0;
      for (Future<Rollouts.Saved> result : results) {
        through += result.get() == Rollouts.Saved.SAVED ? 1 : 0;
      }
      assertThat(through).isEqualTo(1);
    }
    assertThat(rollouts().newest(service, "prod", 10)).hasSize(1);
  }

  @Test
  void secondRollout_ofADeployment_isNotSaved() {
    Rollout begun = begun(T);
    saved(site().with(begun));
    var again =
        new RolloutOrder(
            UUID.randomUUID().toString(),
            begun.order().deployment(),
            service,
            "prod",
            "1.1",
            "green",
            begun.order().policy(),
            "pipeline",
            T);
    assertThat(rollouts().save(site().with(Rollout.begin(again, null))))
        .isEqualTo(Rollouts.Saved.OVERTAKEN);
  }

  @Test
  void newest_areFirst_andOfWhatWasAskedFor() {
    Rollout older = begun(T);
    saved(site().with(older));
    Rollout newer = begun(T.plusSeconds(1));
    saved(site().with(newer));
    assertThat(rollouts().newest(service, null, 10))
        .extracting(Rollout::id)
        .containsExactly(newer.id(), older.id());
    assertThat(rollouts().newest(service, "prod", 1))
        .extracting(Rollout::id)
        .containsExactly(newer.id());
    assertThat(rollouts().newest(service, "dev", 1)).isEmpty();
    assertThat(rollouts().newest(null, null, 1000)).extracting(Rollout::id).contains(newer.id());
  }

  @Test
  void closedStore_isUnavailableAndNotEmpty() {
    Rollouts store = closed();
    assertThatThrownBy(() -> store.site("s", "e")).isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(store::underWay).isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> store.events("r")).isInstanceOf(StoreUnavailableException.class);
    assertThatThrownBy(() -> store.save(RolloutSite.unknown("s", "e")))
        .isInstanceOf(StoreUnavailableException.class);
  }
}
