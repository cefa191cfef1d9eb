package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.schedule.JobScheduler;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The objects that every part of the service needs.
///
/// @param gaps the targets and probes that can't be observed now
/// @param closing closes the parts at shutdown, in reverse order of their creation
record Foundation(
    ServeOptions options,
    InstantSource clock,
    JobScheduler scheduler,
    LoopRegistry loops,
    MeterRegistry registry,
    Clients clients,
    SecureRandom random,
    MemoryBounds budgets,
    ObservationGaps gaps,
    TimeContinuity continuity,
    ShutdownStack closing) {

  static Foundation of(
      ServeOptions options,
      InstantSource clock,
      JobScheduler scheduler,
      LoopRegistry loops,
      MeterRegistry registry,
      ShutdownStack closing) {
    var gaps = new ObservationGaps();
    return new Foundation(
        options,
        clock,
        scheduler,
        loops,
        registry,
        closing.add(new Clients(clock)),
        new SecureRandom(),
        new MemoryBounds(options.limits(), clock, registry),
        gaps,
        new TimeContinuity(clock, System::nanoTime, gaps),
        closing);
  }

  /// Schedules a recurring job, which runs until shutdown.
  void every(String name, Duration interval, Consumer<Instant> task) {
    closing.add(scheduler.schedule(name, interval, Duration.ZERO, task));
  }

  /// Creates an executor of virtual threads. Shutdown interrupts the threads.
  ExecutorService virtualThreads() {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    AutoCloseable end = threads::shutdownNow;
    closing.add(end);
    return threads;
  }

  /// Creates an HTTP client. If there is a token file, the client sends its content as a bearer
  /// token.
  OutgoingClient client(Optional<Path> tokenFile) {
    return closing.add(clients.open(bearer(tokenFile)));
  }

  static HttpOptions bearer(Optional<Path> tokenFile) {
    return tokenFile
        .map(file -> HttpOptions.bearer(SecretSource.fromFile(file)))
        .orElse(HttpOptions.DEFAULT);
  }

  /// Returns the path of a file or folder in the storage folder.
  Path stored(String name) {
    return options.storagePath().resolve(name);
  }

  /// Closes parts at shutdown, in reverse order of their addition. If a part fails to close, the
  /// others are closed nevertheless.
  static final class ShutdownStack implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShutdownStack.class);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    synchronized <T extends AutoCloseable> T add(T part) {
      open.push(part);
      return part;
    }

    @Override
    public synchronized void close() {
      while (!open.isEmpty()) {
        AutoCloseable part = open.pop();
        try {
          part.close();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          LOG.warn("interrupted while closing {}", part.getClass().getSimpleName(), e);
        } catch (Exception e) {
          LOG.error("closing {} failed", part.getClass().getSimpleName(), e);
        }
      }
    }
  }
}
