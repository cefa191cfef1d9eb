package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.expression.Expression;
import io.pharos.trouble.FailureOrigin;
import java.io.IOException;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs single probes, from files or from requests, in the calling thread, which may be virtual.
/// Thread-safe.
public final class Prober implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Prober.class);
  private static final int MAX_CONCURRENT = 256;
  private static final int MAX_RESOLVING = 32;
  private static final int MAX_PINGING = 64;
  private static final String USER_AGENT = "Pharos-probe/0.1";

  private final InstantSource clock;
  private final ScheduledExecutorService alarms;
  private final ExecutorService resolving;
  private final ExecutorService pinging;
  private final Semaphore slots = new Semaphore(MAX_CONCURRENT);
  private final IcmpProbe icmp;
  private final ProbeConnector connector;
  private final PostgresProbe postgres;
  private final WebSocketProbe webSocket;
  private final SuiteProbe suites = new SuiteProbe(this::run);

  public Prober(InstantSource clock) {
    this(clock, InetAddress::getAllByName);
  }

  Prober(InstantSource clock, ProbeConnector.NameResolver resolver) {
    this.clock = clock;
    var timer =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("probe-deadline").factory());
    timer.setRemoveOnCancelPolicy(true);
    alarms = Executors.unconfigurableScheduledExecutorService(timer);
    resolving = threads("probe-resolver-", MAX_RESOLVING);
    pinging = threads("probe-ping-", MAX_PINGING);
    connector = new ProbeConnector(resolving, resolver);
    icmp = new IcmpProbe(connector, pinging);
    postgres = new PostgresProbe(connector);
    webSocket = new WebSocketProbe(connector, USER_AGENT, new SecureRandom());
  }

  private static ExecutorService threads(String name, int maxThreads) {
    return new ThreadPoolExecutor(
        0,
        maxThreads,
        30,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        Thread.ofPlatform().daemon().name(name, 0).factory());
  }

  /// Runs a probe now: one attempt, and retries to confirm a failure. The timeout applies to each
  /// attempt.
  public ProbeResult probe(ProbeConfig config) {
    Instant began = clock.instant();
    if (!slots.tryAcquire()) {
      return new ProbeResult(
          config.name(),
          began,
          Duration.ZERO,
          new ProbeOutcome.Unknown(
              FailureOrigin.Kind.THREADS,
              "the prober is busy: " + MAX_CONCURRENT + " probes are running"),
          0,
          ProbeObservations.NONE);
    }
    try {
      ProbeResult result = attempt(config, began, 1);
      while (result.outcome() instanceof ProbeOutcome.Failure
          && result.attempts() <= config.confirm()) {
        result = attempt(config, began, result.attempts() + 1);
      }
      return result;
    } finally {
      slots.release();
    }
  }

  private ProbeResult attempt(ProbeConfig config, Instant began, int number) {
    SuiteProbe.CheckResult result =
        config.check() instanceof ProbeCheck.SuiteCheck suite
            ? suites.run(suite)
            : run(
                config.check(),
                config.expect(),
                config.timeout(),
                new HashSet<>(),
                ProbeFacts.record());
    return new ProbeResult(
        config.name(), began, result.took(), result.outcome(), number, result.seen());
  }

  private SuiteProbe.CheckResult run(
      ProbeCheck check,
      @Nullable Expression expect,
      Duration timeout,
      Set<String> secrets,
      JsonNode vars) {
    try (ProbeAttempt attempt = new ProbeAttempt(timeout, alarms, secrets)) {
      ProbeOutcome outcome = run(check, expect, vars, attempt).withReason(attempt::masked);
      return new SuiteProbe.CheckResult(
          outcome, attempt.took(), attempt.observations(), attempt.facts);
    } catch (ProbeException e) {
      return new SuiteProbe.CheckResult(e.outcome(), Duration.ZERO, ProbeObservations.NONE, null);
    }
  }

  private ProbeFacts facts(ProbeCheck anyCheck, Set<String> usedVariables, ProbeAttempt attempt)
      throws ProbeException, IOException, InterruptedException {
    return switch (anyCheck) {
      case ProbeCheck.HttpCheck check ->
          new HttpProbe(connector, USER_AGENT).run(check, usedVariables, attempt);
      case ProbeCheck.TcpCheck check -> new TcpProbe(connector).run(check, attempt);
      case ProbeCheck.UdpCheck check -> new UdpProbe(connector).run(check, attempt);
      case ProbeCheck.IcmpCheck check -> icmp.run(check, attempt);
      case ProbeCheck.DnsCheck check -> new DnsProbe(connector).run(check, usedVariables, attempt);
      case ProbeCheck.TlsCheck check -> {
        var _ = connector.connect(attempt, check.server(), check.ip(), check.tls());
        yield new ProbeFacts(); // the handshake is the check
      }
      case ProbeCheck.SshCheck check -> new SshProbe(connector).run(check, attempt);
      case ProbeCheck.PostgresCheck check -> postgres.run(check, attempt);
      case ProbeCheck.RedisCheck check ->
          new RedisProbe(connector).run(check, usedVariables.contains("info"), attempt);
      case ProbeCheck.GrpcCheck check ->
          new GrpcProbe(connector, USER_AGENT).run(check, usedVariables, attempt);
      case ProbeCheck.WebSocketCheck check -> webSocket.run(check, usedVariables, attempt);
      case ProbeCheck.PushCheck _ ->
          throw ProbeException.unknown(
              FailureOrigin.Kind.UNFORESEEN,
              "a push probe waits for reports of its job, so it can't be run");
      case ProbeCheck.SuiteCheck _ ->
          throw new IllegalStateException("a step of a suite is a suite");
    };
  }

  private ProbeOutcome run(
      ProbeCheck check, @Nullable Expression expect, JsonNode vars, ProbeAttempt attempt) {
    try {
      ProbeFacts facts = facts(check, expect == null ? Set.of() : expect.variables(), attempt);
      attempt.facts = facts;
      if (expect != null) {
        attempt.addCommonFacts(facts, clock.instant());
        Optional<String> failure = expect.failure(facts.put("vars", vars));
        if (failure.isPresent()) {
          throw ProbeException.assertion(failure.get());
        }
      }
      return new ProbeOutcome.Success();
    } catch (ProbeException e) {
      if (e.isAssertion()) {
        attempt.assertionFailed = true;
      }
      return e.outcome();
    } catch (IOException e) {
      if (attempt.isExpired()) {
        return new ProbeOutcome.Failure(ProbeConnector.timedOut(attempt));
      }
      return switch (FailureOrigin.of(e)) {
        case FailureOrigin.Own own ->
            new ProbeOutcome.Unknown(own.kind(), "own trouble of the prober: " + own.reason());
        case FailureOrigin.Remote _ ->
            new ProbeOutcome.Failure(attempt.phase.label() + ": " + e.getMessage());
      };
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return new ProbeOutcome.Unknown(FailureOrigin.Kind.UNFORESEEN, "the prober was interrupted");
    } catch (RuntimeException | Error e) {
      // a lack of memory or an internal error says nothing about the target
      FailureOrigin.Kind kind =
          FailureOrigin.of(e) instanceof FailureOrigin.Own own
              ? own.kind()
              : FailureOrigin.Kind.UNFORESEEN;
      LOG.error("a probe failed unexpectedly", e);
      return new ProbeOutcome.Unknown(kind, "own trouble of the prober: " + e);
    }
  }

  /// Ends running attempts with an unknown outcome, at the latest at their deadlines.
  @Override
  public void close() {
    alarms.shutdown();
    resolving.shutdownNow();
    pinging.shutdownNow();
  }
}
