package io.pharos.server.api.prometheus;

import static io.pharos.remote.write.WriteRequests.V1;
import static io.pharos.remote.write.WriteRequests.body;
import static io.pharos.remote.write.WriteRequests.sample;
import static io.pharos.remote.write.WriteRequests.seriesV1;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.CorsOrigin;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.Cancellation;
import io.pharos.limits.work.WorkPool;
import io.pharos.remote.otlp.OtlpReceiver;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.server.api.ApiSwitches;
import io.pharos.server.api.QueryWork;
import io.pharos.storage.Appendable;
import io.pharos.storage.InMemoryStorage;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Errors that do not depend on the request are the same for all protocols.
class SampleReceiverResourceTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  /// Each protocol with a body that can be stored.
  enum Protocol {
    REMOTE_WRITE("remote-write") {
      @Override
      Response write(Appendable store, boolean isOn, WriteWork work) {
        return new RemoteWriteResource(
                new WriteReceiver(
                    store,
                    new ReceivedMetadata(),
                    () -> NOW,
                    MemoryBounds.unbounded(),
                    new SimpleMeterRegistry()),
                new ApiSwitches(isOn, false, CorsOrigin.ANY),
                work)
            .write(
                "ann",
                V1,
                "snappy",
                body(seriesV1(List.of("__name__", "up"), sample(NOW.toEpochMilli(), 1))));
      }
    },
    OTLP("otlp") {
      @Override
      Response write(Appendable store, boolean isOn, WriteWork work) {
        return new OtlpResource(
                new OtlpReceiver(
                    store,
                    new ReceivedMetadata(),
                    () -> new OtlpReceiver.Settings(List.of(), true, false),
                    () -> NOW,
                    MemoryBounds.unbounded(),
                    new SimpleMeterRegistry()),
                new ApiSwitches(false, isOn, CorsOrigin.ANY),
                work)
            .write("ann", "application/x-protobuf", null, OtlpResourceTest.request(NOW));
      }
    };

    private final String flag;

    Protocol(String flag) {
      this.flag = flag;
    }

    abstract Response write(Appendable store, boolean isOn, WriteWork work);
  }

  private static WorkPool pool(int waiting) {
    return new WorkPool("writes", new WorkPool.Size(1, waiting), new SimpleMeterRegistry());
  }

  private static WriteWork work(WorkPool pool, Duration timeout) {
    return new WriteWork(new QueryWork(pool, timeout, System::nanoTime));
  }

  private static void assertLater(Response response, String why) {
    assertThat(response.getStatus()).isEqualTo(503);
    assertThat(response.getHeaderString("Retry-After")).isEqualTo("2");
    assertThat(text(response)).contains(why);
  }

  private static String text(Response response) {
    return response.getEntity() instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : String.valueOf(response.getEntity());
  }

  @ParameterizedTest
  @EnumSource
  void store_thatDoesNotWork_isAskedAgainLater(Protocol protocol) {
    Appendable broken =
        () -> {
          throw new UncheckedIOException(new IOException("disk full"));
        };
    try (WorkPool pool = pool(10)) {
      assertLater(
          protocol.write(broken, true, work(pool, Duration.ofSeconds(30))),
          "the samples can't be stored now");
      assertThat(
              protocol
                  .write(new InMemoryStorage(), true, work(pool, Duration.ofSeconds(30)))
                  .getStatus())
          .isBetween(200, 204);
    }
  }

  @ParameterizedTest
  @EnumSource
  void write_whoseTurnDoesNotCome_isTriedAgainLater(Protocol protocol) throws Exception {
    var done = new CountDownLatch(1);
    try (WorkPool pool = pool(1)) {
      for (int i = 0; i < 2; i++) {
        Thread.startVirtualThread(
            () ->
                pool.call(
                    Cancellation.NEVER,
                    Duration.ofMinutes(1),
                    () -> {
                      try {
                        return done.await(1, TimeUnit.MINUTES);
                      } catch (InterruptedException e) {
                        throw new AssertionError(e);
                      }
                    }));
      }
      while (pool.pending() < 2) {
        Thread.sleep(1);
      }
      assertLater(
          protocol.write(new InMemoryStorage(), true, work(pool, Duration.ofMillis(20))),
          "too many writes are waiting");
      done.countDown();
    }
  }

  @ParameterizedTest
  @EnumSource
  void receiver_thatIsNotSwitchedOn_saysByWhichFlag(Protocol protocol) {
    try (WorkPool pool = pool(10)) {
      Response off =
          protocol.write(new InMemoryStorage(), false, work(pool, Duration.ofSeconds(30)));
      assertThat(off.getStatus()).isEqualTo(404);
      assertThat(text(off))
          .contains("needs to be enabled with --web.enable-" + protocol.flag + "-receiver");
    }
  }
}
