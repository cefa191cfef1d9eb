package io.pharos.oncall.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.outbox.Backoff;
import io.pharos.schedule.LoopRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ChatConnectorTest {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
  private final InstantSource clock = now::get;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /// A service that refuses its first connections.
  private static final class Source implements ClickSource {
    final AtomicInteger attempts = new AtomicInteger();
    final CountDownLatch end = new CountDownLatch(1);
    volatile boolean isThere;

    @Override
    public void listen(Listener listener) throws IOException, InterruptedException {
      attempts.incrementAndGet();
      if (!isThere) {
        throw new IOException("refused the token SECRET");
      }
      listener.heard();
      end.await();
      throw new IOException("closed");
    }

    @Override
    public Object identity() {
      return this;
    }

    @Override
    public boolean isExclusive() {
      return false;
    }
  }

  @Test
  void serviceThatIsAway_isTriedAgain_aTroubleWithoutSecrets_andForgottenOnceItIsBack() {
    var source = new Source();
    try (var connector =
        new ChatConnector(
            "test",
            source,
            text -> text.replace("SECRET", "***"),
            () -> true,
            _ -> "",
            clock,
            new Backoff(new Random(1)),
            new LoopRegistry(clock, System::nanoTime, registry),
            registry)) {
      ChatRig.until("it is tried again", () -> source.attempts.get() >= 2);
      assertThat(connector.trouble()).isEmpty();
      now.set(now.get().plus(Duration.ofSeconds(31)));
      assertThat(connector.trouble().orElseThrow().toString())
          .contains("clicks in test are not received: refused the token ***");
      source.isThere = true;
      ChatRig.until(
          "it is connected", () -> registry.get("pharos_chat_connected").gauge().value() == 1);
      assertThat(connector.trouble()).isEmpty();
      int before = source.attempts.get();
      source.end.countDown();
      ChatRig.until("it connects again", () -> source.attempts.get() > before);
    }
    assertThat(registry.find("pharos_chat_connected").gauge()).isNull();
  }
}
