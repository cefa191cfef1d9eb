package io.pharos.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.InMemoryStorage;
import io.pharos.tsdb.HeadStats;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FederationResourceTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long T = NOW.toEpochMilli();

  private final InMemoryStorage store = new InMemoryStorage();
  private final FederationResource resource =
      new FederationResource(store, new FixedStatus(), () -> NOW);

  private record FixedStatus() implements ServiceStatus {
    @Override
    public String version() {
      return "1";
    }

    @Override
    public Instant startedAt() {
      return NOW;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public String externalUrl() {
      return "http://127.0.0.1:9095";
    }

    @Override
    public Map<String, String> flags() {
      return Map.of();
    }

    @Override
    public String configYaml() {
      return "";
    }

    @Override
    public boolean lastReloadSuccessful() {
      return true;
    }

    @Override
    public Instant lastReloadAt() {
      return NOW;
    }

    @Override
    public Labels externalLabels() {
      return Labels.of("cluster", "c\"1", "job", "external");
    }

    @Override
    public Duration lookback() {
      return Duration.ofMinutes(5);
    }

    @Override
    public List<String> alertmanagers() {
      return List.of();
    }

    @Override
    public HeadStats headStats() {
      return new HeadStats(List.of(), 0, Long.MAX_VALUE, Long.MIN_VALUE);
    }

    @Override
    public String retention() {
      return "15d";
    }

    @Override
    public void reload() {}
  }

  private void add(long time, double value, String... labels) {
    try (var appender = store.appender()) {
      appender.append(Labels.of(labels), time, value);
      appender.commit();
    }
  }

  private Response federate(@Nullable String accept, String... matches) {
    var map = new MultivaluedHashMap<String, String>();
    map.addAll("match[]", matches);
    return resource.federate(new Parameters(map), accept);
  }

  @Test
  void federate_lastSamples_haveExternalLabelsWhereTheyLackThem() {
    add(T - 60_000, 1, "__name__", "up", "job", "a");
    add(T - 30_000, 0.5, "__name__", "up", "job", "a");
    add(T, 1234567, "__name__", "up", "path", "a\\b\n\"", "instance", "i");
    add(T, 1, "__name__", "a_first", "z", "1");
    Response response = federate(null, "up", "{__name__=~\"a_.*\"}", "up");
    assertThat(response.getStatus()).isEqualTo(200);
    assertThat(response.getMediaType().toString()).contains("version=0.0.4");
    assertThat((String) response.getEntity())
        .isEqualTo(
            """
            # TYPE a_first untyped
            a_first{z="1",cluster="c\\"1",instance="",job="external"} 1 %d
            # TYPE up untyped
            up{instance="i",path="a\\\\b\\n\\"",cluster="c\\"1",job="external"} 1.234567e+06 %d
            up{job="a",cluster="c\\"1",instance=""} 0.5 %d
            """
                .formatted(T, T, T - 30_000));
  }

  @Test
  void federate_staleAndTooOldSeries_areLeftOut() {
    add(T - 300_001, 1, "__name__", "old");
    add(T - 300_000, 1, "__name__", "just");
    add(T - 1000, 1, "__name__", "stale");
    add(T, StaleMarker.VALUE, "__name__", "stale");
    assertThat((String) federate(null, "{__name__=~\".+\"}").getEntity())
        .contains("just{")
        .doesNotContain("old", "stale");
    assertThat((String) federate(null).getEntity()).isEmpty();
  }

  @Test
  void federate_unusualNames_areWrittenAsTheOtherSideReadsThem() {
    add(T, 1, "__name__", "http.requests", "a.b", "c");
    assertThat((String) federate(null, "{\"http.requests\"}").getEntity())
        .startsWith("# TYPE http_requests untyped\nhttp_requests{a_b=\"c\",");
    assertThat(
            (String) federate("text/plain;escaping=allow-utf-8", "{\"http.requests\"}").getEntity())
        .startsWith("# TYPE \"http.requests\" untyped\n{\"http.requests\",\"a.b\"=\"c\",");
  }

  @Test
  void federate_badSelector_isRefusedInPlainText() {
    Response response = federate(null, "up{");
    assertThat(response.getStatus()).isEqualTo(400);
    assertThat((String) response.getEntity()).contains("parse error");
  }
}
