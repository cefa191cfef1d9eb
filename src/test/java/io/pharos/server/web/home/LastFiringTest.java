package io.pharos.server.web.home;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastFiringTest {
  private static final Instant NOW = Instant.parse("2026-11-29T03:02:03.456Z");

  private final InMemoryStorage storage = new InMemoryStorage();
  private final Engine engine =
      new Engine(storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());

  /// Records three samples of an alert, ten seconds apart, and its end.
  private Instant alert(String name, String state, Duration ago) {
    Instant last = NOW.minus(ago);
    Labels labels =
        Labels.of("__name__", "ALERTS", "alertname", name, "alertstate", state, "job", "shop");
    try (Appender appender = storage.appender()) {
      for (int i = 2; i >= 0; i--) {
        appender.append(labels, last.minusSeconds(10 * i).toEpochMilli(), 1);
      }
      appender.commit();
    }
    return last;
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT5S", "PT40S", "PT4M59S", "PT5M1S", "PT2H", "P2D", "P6DT23H59M"})
  void alert_thatFiredForSeconds_isFound(Duration ago) {
    Instant last = alert("Slow", "firing", ago);
    Duration late = Duration.ofSeconds(5).plus(ago.dividedBy(30));
    assertThat(LastFiring.find(engine, NOW))
        .hasValueSatisfying(found -> assertThat(found).isBetween(last, last.plus(late)))
        .hasValueSatisfying(found -> assertThat(found).isBeforeOrEqualTo(NOW));
  }

  @Test
  void alerts_theLatestCounts() {
    alert("Slow", "firing", Duration.ofHours(3));
    Instant last = alert("Down", "firing", Duration.ofMinutes(90));
    assertThat(LastFiring.find(engine, NOW))
        .hasValueSatisfying(found -> assertThat(found).isBetween(last, last.plusSeconds(180)));
  }

  @Test
  void alerts_pendingOrAlwaysFiringOrOlderThanAWeek_areNotFound() {
    alert("Slow", "pending", Duration.ofHours(1));
    alert("Watchdog", "firing", Duration.ZERO);
    alert("Down", "firing", Duration.ofDays(8));
    assertThat(LastFiring.find(engine, NOW)).isEqualTo(Optional.empty());
  }
}
