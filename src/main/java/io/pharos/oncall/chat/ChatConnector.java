package io.pharos.oncall.chat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.outbox.Backoff;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives the clicks of one bot or app, again and again, on its own thread, while this process
/// may: if the service allows one receiver only, a single replica receives.
public final class ChatConnector implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ChatConnector.class);

  /// The longest time that [ClickSource#listen] may take without having heard from the service.
  private static final Duration INTERVAL = Duration.ofMinutes(1);

  /// How often a process that may not receive asks whether it may.
  private static final Duration TURN = Duration.ofSeconds(1);

  /// A service that fails for a shorter time is no trouble.
  private static final Duration TOLERATED = Duration.ofSeconds(30);

  private final String name;
  private final ClickSource source;
  private final UnaryOperator<String> mask;
  private final BooleanSupplier mayReceive;
  private final Function<ClickSource.Click, String> desk;
  private final InstantSource clock;
  private final Backoff backoff;
  private final MeterRegistry registry;
  private final LoopRegistry.Loop loop;
  private final Counter failures;
  private final List<Meter> gauges;
  private final Thread thread;

  /// Held while a click is stored: an interrupt would make H2 close its files.
  private final ReentrantLock acting = new ReentrantLock();

  private volatile boolean connected;
  private volatile boolean closed;
  private volatile Instant heardAt;
  private volatile @Nullable Trouble trouble;

  /// Starts a connector.
  ///
  /// @param name name in metrics and messages, such as `on-call/telegram[0]`
  /// @param mask removes secrets from a text
  /// @param mayReceive whether this process may receive now
  /// @param desk acts on clicks
  ChatConnector(
      String name,
      ClickSource source,
      UnaryOperator<String> mask,
      BooleanSupplier mayReceive,
      Function<ClickSource.Click, String> desk,
      InstantSource clock,
      Backoff backoff,
      LoopRegistry loops,
      MeterRegistry registry) {
    this.name = name;
    this.source = source;
    this.mask = mask;
    this.mayReceive = mayReceive;
    this.desk = desk;
    this.clock = clock;
    this.backoff = backoff;
    this.registry = registry;
    this.heardAt = clock.instant();
    this.loop = loops.begin("chat", name, INTERVAL);
    this.failures =
        Counter.builder("pharos_chat_connection_failures")
            .description("Attempts to receive clicks from a chat that failed; they are repeated.")
            .tag("connector", name)
            .register(registry);
    this.gauges =
        List.of(
            Gauge.builder("pharos_chat_connected", this, it -> it.connected ? 1 : 0)
                .description("1 while this replica receives clicks from a chat.")
                .tag("connector", name)
                .register(registry),
            Gauge.builder(
                    "pharos_chat_heard_timestamp_seconds",
                    this,
                    it -> it.heardAt.toEpochMilli() / 1e3)
                .description("When a chat's connection for clicks last answered.")
                .tag("connector", name)
                .register(registry));
    this.thread = Thread.ofVirtual().name("chat " + name).start(this::run);
  }

  private void run() {
    int failed = 0;
    try {
      while (!closed) {
        loop.ran();
        if (!mayReceive.getAsBoolean()) {
          connected = false;
          trouble = null;
          Thread.sleep(TURN);
          continue;
        }
        try {
          source.listen(listener());
          failed = 0;
        } catch (IOException | RuntimeException e) {
          if (!closed) {
            failed++;
            failed(e, failed);
            Thread.sleep(backoff.after(failed));
          }
        }
      }
    } catch (InterruptedException _) {
      // close() has interrupted the thread.
    } finally {
      connected = false;
    }
  }

  private void failed(Exception failure, int count) {
    connected = false;
    failures.increment();
    String text =
        "clicks in %s are not received: %s"
            .formatted(
                name,
                mask.apply(
                    failure instanceof IOException
                        ? String.valueOf(failure.getMessage())
                        : failure.toString()));
    Trouble known = trouble;
    trouble = new Trouble(Trouble.Kind.CHAT, text, known == null ? clock.instant() : known.since());
    if (count == 1) {
      LOG.warn("{}; retrying", text);
    }
  }

  private ClickSource.Listener listener() {
    return new ClickSource.Listener() {
      @Override
      public String clicked(ClickSource.Click click) {
        Counter.builder("pharos_chat_clicks")
            .description("Clicks on buttons in chats.")
            .tag("connector", name)
            .register(registry)
            .increment();
        acting.lock();
        try {
          return closed ? "" : desk.apply(click);
        } finally {
          acting.unlock();
        }
      }

      @Override
      public void heard() {
        loop.ran();
        if (!connected) {
          LOG.info("{}: clicks are received", name);
        }
        connected = true;
        trouble = null;
        heardAt = clock.instant();
      }
    };
  }

  /// Returns why clicks are not received, if that lasts.
  public Optional<Trouble> trouble() {
    return Optional.ofNullable(trouble)
        .filter(it -> !it.since().plus(TOLERATED).isAfter(clock.instant()));
  }

  /// Stops receiving; waits only for the end of a click.
  @Override
  public void close() {
    acting.lock();
    try {
      closed = true;
      thread.interrupt();
    } finally {
      acting.unlock();
    }
    loop.close();
    gauges.forEach(registry::remove);
  }
}
