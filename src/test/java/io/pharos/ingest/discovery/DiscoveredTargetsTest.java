package io.pharos.ingest.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.prometheus.PolledSdConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.model.Labels;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiscoveredTargetsTest {
  private static final List<StaticConfig> ONE =
      List.of(new StaticConfig(List.of("a:1"), Labels.empty()));

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Deque<Object> answers = new ArrayDeque<>();
  private final List<Runnable> begun = new ArrayList<>();
  private long now = 1_000_000;
  private int queries;
  private int changes;

  private final DiscoveredTargets targets =
      new DiscoveredTargets(
          new PolledSdConfig.OverHttp("http://sd/", HttpOptions.DEFAULT, Duration.ofSeconds(60)),
          new DiscoveredTargets.Source() {
            @Override
            public List<StaticConfig> query() throws IOException {
              queries++;
              return switch (answers.remove()) {
                case IOException e -> throw e;
                case RuntimeException e -> throw e;
                default -> ONE;
              };
            }

            @Override
            public String toString() {
              return "http://sd/";
            }
          },
          () -> Instant.ofEpochMilli(now),
          begun::add,
          new TargetDiscovery.Metrics(registry),
          () -> changes++);

  private void query() {
    targets.queryIfDue();
    List<Runnable> runs = List.copyOf(begun);
    begun.clear();
    runs.forEach(Runnable::run);
  }

  @Test
  void queryIfDue_firstTime_queriesAtOnceAndThenOncePerInterval() {
    answers.addAll(List.of(ONE, ONE, ONE));
    query();
    assertThat(targets.groups()).isEqualTo(ONE);
    assertThat(changes).isEqualTo(1);

    now += 59_999;
    query();
    assertThat(queries).isEqualTo(1);
    now += 1;
    query();
    assertThat(queries).isEqualTo(2);
    assertThat(changes).isEqualTo(1);

    now -= 1_000_000; // the clock was set back
    query();
    assertThat(queries).isEqualTo(3);
  }

  @Test
  void queryIfDue_failures_keepTheTargetsAndTellOfTheProblemUntilItIsGone() {
    answers.addAll(
        List.of(ONE, new IOException("no way"), new IllegalStateException("a bug"), ONE));
    query();
    now += 60_000;
    query();
    assertThat(targets.groups()).isEqualTo(ONE);
    assertThat(targets.problem()).isEqualTo("http://sd/: no way");
    now += 60_000;
    query();
    assertThat(targets.problem()).contains("a bug");
    assertThat(registry.get("prometheus_sd_http_failures").counter().count()).isEqualTo(2);
    now += 60_000;
    query();
    assertThat(targets.problem()).isEmpty();
    assertThat(changes).isEqualTo(4);
  }

  @Test
  void queryIfDue_slowAnswer_isNotQueriedTwice() {
    answers.add(ONE);
    targets.queryIfDue();
    now += 600_000;
    targets.queryIfDue();
    assertThat(begun).hasSize(1);
  }

  @Test
  void stop_answerOnItsWay_isNotHeard() {
    answers.add(ONE);
    targets.queryIfDue();
    targets.stop();
    begun.getFirst().run();
    assertThat(targets.groups()).isEmpty();
    assertThat(changes).isZero();
  }
}
