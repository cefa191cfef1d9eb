package io.pharos.server.api.prometheus;

import static io.pharos.remote.write.WriteRequests.V1;
import static io.pharos.remote.write.WriteRequests.V2;
import static io.pharos.remote.write.WriteRequests.body;
import static io.pharos.remote.write.WriteRequests.sample;
import static io.pharos.remote.write.WriteRequests.seriesV1;
import static io.pharos.remote.write.WriteRequests.seriesV2;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.CorsOrigin;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.WorkPool;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.server.api.ApiSwitches;
import io.pharos.server.api.QueryWork;
import io.pharos.storage.Appendable;
import io.pharos.storage.InMemoryStorage;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RemoteWriteResourceTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long T = NOW.toEpochMilli();
  private static final String SAMPLES = "X-Prometheus-Remote-Write-Samples-Written";

  private static final byte[] GOOD = body(seriesV1(List.of("__name__", "up"), sample(T, 1)));

  private static RemoteWriteResource resource(Appendable store, boolean enabled) {
    var registry = new SimpleMeterRegistry();
    return new RemoteWriteResource(
        new WriteReceiver(
            store, new ReceivedMetadata(), () -> NOW, MemoryBounds.unbounded(), registry),
        new ApiSwitches(enabled, false, CorsOrigin.ANY),
        new WriteWork(new QueryWork(pool(10, registry), Duration.ofSeconds(30), System::nanoTime)));
  }

  private static WorkPool pool(int waiting, SimpleMeterRegistry registry) {
    return new WorkPool("writes", new WorkPool.Size(1, waiting), registry);
  }

  private final RemoteWriteResource resource = resource(new InMemoryStorage(), true);

  private static byte[] v2(long time) {
    return body(
        seriesV2(
            List.of("", "__name__", "up"),
            new long[] {1, 2},
            sample(T, 1).andThen(sample(time, 2))));
  }

  @Test
  void write_isDoneOnAThreadOfItsOwn() {
    var on = new AtomicReference<String>();
    var memory = new InMemoryStorage();
    Appendable store =
        () -> {
          on.set(Thread.currentThread().getName());
          return memory.appender();
        };

    assertThat(resource(store, true).write("ann", V1, "snappy", GOOD).getStatus()).isEqualTo(204);

    assertThat(on.get()).startsWith("writes-");
  }

  @Test
  void write_v1_isAnsweredWithoutBodyOrCounts() {
    Response response = resource.write("ann", V1, "snappy", GOOD);
    assertThat(response.getStatus()).isEqualTo(204);
    assertThat(response.hasEntity()).isFalse();
    assertThat(response.getHeaderString(SAMPLES)).isNull();
  }

  @Test
  void write_v2_tellsHowManyWereWritten() {
    Response whole = resource.write("ann", V2, "snappy", v2(T + 1));
    assertThat(whole.getStatus()).isEqualTo(204);
    assertThat(whole.getHeaderString(SAMPLES)).isEqualTo("2");
    Response partly = resource.write("ann", V2, "snappy", v2(T));
    assertThat(partly.getStatus()).isEqualTo(400);
    assertThat(partly.getHeaderString(SAMPLES)).isEqualTo("0");
    assertThat(partly.getHeaderString("X-Prometheus-Remote-Write-Histograms-Written"))
        .isEqualTo("0");
    assertThat(partly.getHeaderString("X-Prometheus-Remote-Write-Exemplars-Written"))
        .isEqualTo("0");
    assertThat((String) partly.getEntity()).contains("out of order sample");
  }

  @Test
  void write_badBodies_areRefusedByTheirKind() {
    assertThat(resource.write("ann", null, null, new byte[] {9}).getStatus()).isEqualTo(400);
    assertThat(resource.write("ann", "image/png", "snappy", GOOD).getStatus()).isEqualTo(415);
    assertThat(resource.write("ann", V1, "gzip", GOOD).getStatus()).isEqualTo(415);
    byte[] bomb = {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f};
    assertThat(resource.write("ann", V1, "snappy", bomb).getStatus()).isEqualTo(413);
  }
}
