package io.pharos.probe.protocol;

import io.pharos.probe.ProbeCheck;
import io.pharos.probe.RequestPhase;
import io.pharos.trouble.FailureOrigin;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/// Runs a [ProbeCheck.IcmpCheck].
final class IcmpProbe {
  private final ProbeConnector connector;
  /* Uses platform threads, because native calls block their thread. */
  private final ExecutorService blocking;
  private final AtomicInteger ids = new AtomicInteger();

  IcmpProbe(ProbeConnector connector, ExecutorService blocking) {
    this.connector = connector;
    this.blocking = blocking;
  }

  /// Returns the facts after the reply has arrived.
  ProbeFacts run(ProbeCheck.IcmpCheck check, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    if (!IcmpSocket.isSupported()) {
      throw ProbeException.unknown(FailureOrigin.Kind.NETWORK, "ICMP is sent on Linux only");
    }
    attempt.enter(RequestPhase.RESOLVE);
    InetAddress address = connector.resolve(attempt, check.host(), check.ip()).getFirst();
    attempt.enter(RequestPhase.PROCESSING);
    Future<Long> answer;
    try {
      answer = blocking.submit(() -> ping(address, attempt.remaining()));
    } catch (RejectedExecutionException _) {
      throw ProbeException.unknown(
          FailureOrigin.Kind.THREADS, "the prober pings too many hosts at once");
    }
    long nanos = await(answer, attempt);
    attempt.leave();
    if (nanos < 0) {
      throw ProbeException.failure(ProbeConnector.timedOut(attempt));
    }
    double seconds = nanos / 1e9;
    attempt.recordValue("probe_icmp_rtt_seconds", seconds);
    return new ProbeFacts().put("rtt", seconds).put("address", address.getHostAddress());
  }

  private long ping(InetAddress address, Duration timeout) throws ProbeException, IOException {
    int id = ids.incrementAndGet() & 0xffff;
    try (var socket = new IcmpSocket(address)) {
      long began = System.nanoTime();
      return socket.ping(id, began ^ ((long) id << 48), timeout) ? System.nanoTime() - began : -1;
    }
  }

  /* Waits a little longer than the timeout, because the ping itself reports when it times out. */
  private static long await(Future<Long> answer, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    try {
      return answer.get(attempt.remaining().plusMillis(200).toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      return -1;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case ProbeException cause -> throw cause;
        case IOException cause -> throw cause;
        case Error cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
