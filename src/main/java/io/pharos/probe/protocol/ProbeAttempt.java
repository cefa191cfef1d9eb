package io.pharos.probe.protocol;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.config.http.SecretSource;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.RequestPhase;
import io.pharos.trouble.FailureOrigin;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/// One running attempt of a probe: its deadline and its measurements. At the deadline, its open
/// resource is closed, which ends any read or write.
final class ProbeAttempt implements AutoCloseable {
  final Duration timeout;
  private final long startNanos = System.nanoTime();
  private final @Nullable Future<?> deadlineTask;
  private final Map<RequestPhase, Duration> phases = new EnumMap<>(RequestPhase.class);
  private @Nullable Closeable openResource;
  private boolean expired;
  RequestPhase phase = RequestPhase.RESOLVE;
  private long phaseStartNanos = startNanos;
  private boolean inPhase;
  int status;

  /// Whether the last connection used TLS.
  boolean tls;

  private @Nullable Instant earliestExpiry;
  private @Nullable X509Certificate leaf;
  private int chainLength;
  @Nullable SSLSession session;
  private final Map<String, Double> values = new LinkedHashMap<>();
  private final Map<String, String> info = new LinkedHashMap<>();
  private final Set<String> secrets;

  /// The facts that expressions can read; null until the target has returned them.
  @Nullable ProbeFacts facts;

  boolean assertionFailed;

  ProbeAttempt(Duration timeout, ScheduledExecutorService timer) throws ProbeException {
    this(timeout, timer, new HashSet<>());
  }

  /// @param secrets secrets to mask; secrets that the attempt reads are added
  ProbeAttempt(Duration timeout, ScheduledExecutorService timer, Set<String> secrets)
      throws ProbeException {
    this.timeout = timeout;
    this.secrets = secrets;
    try {
      deadlineTask = timer.schedule(this::expire, timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException _) {
      throw ProbeException.unknown(FailureOrigin.Kind.UNFORESEEN, "the prober is closed");
    }
  }

  private synchronized void expire() {
    expired = true;
    closeQuietly();
  }

  private void closeQuietly() {
    if (openResource != null) {
      try {
        openResource.close();
      } catch (IOException _) {
        // a failure to close has no effect on the result
      }
      openResource = null;
    }
  }

  /// Returns whether the deadline has passed.
  synchronized boolean isExpired() {
    return expired;
  }

  /// Registers a resource, which is closed at the deadline or at the end. Closes the previous
  /// resource now.
  synchronized void register(Closeable resource) throws IOException {
    closeQuietly();
    openResource = resource;
    if (expired) {
      closeQuietly();
      throw new IOException("timed out");
    }
  }

  Duration remaining() {
    return timeout.minusNanos(System.nanoTime() - startNanos);
  }

  Duration took() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /// Ends the current phase and starts another.
  void enter(RequestPhase next) {
    leave();
    phase = next;
    phaseStartNanos = System.nanoTime();
    inPhase = true;
  }

  /// Ends the current phase, if there is one.
  void leave() {
    if (inPhase) {
      phases.merge(phase, Duration.ofNanos(System.nanoTime() - phaseStartNanos), Duration::plus);
      inPhase = false;
    }
  }

  void recordChain(X509Certificate[] chain) {
    leaf = chain[0];
    chainLength = chain.length;
    for (X509Certificate certificate : chain) {
      Instant expiry = certificate.getNotAfter().toInstant();
      if (earliestExpiry == null || expiry.isBefore(earliestExpiry)) {
        earliestExpiry = expiry;
      }
    }
  }

  /// Records the value of a metric that only this probe type has.
  void recordValue(String name, double value) {
    values.put(name, value);
  }

  /// Records a fact about the target, by label name.
  void recordInfo(String label, String value) {
    info.put(label, value);
  }

  /// Reads a secret from a file. From now on, the secret is masked in texts.
  ///
  /// @param key configuration key of the file
  String secret(String key, Path file) throws ProbeException {
    try {
      String token = new SecretSource.FromFile(file).token();
      secrets.add(token);
      return token;
    } catch (IOException e) {
      throw ProbeException.unknown(FailureOrigin.Kind.CREDENTIALS, key + " " + e.getMessage());
    }
  }

  /// Returns a text in which the secrets of this attempt are masked.
  String masked(String text) {
    return SecretMasking.masked(text, secrets);
  }

  /// Adds the facts that every attempt has: durations and TLS.
  void addCommonFacts(ProbeFacts facts, Instant now) {
    leave();
    facts.put("duration", took().toNanos() / 1e9);
    ObjectNode times = ProbeFacts.record();
    for (RequestPhase requestPhase : RequestPhase.values()) {
      times.put(
          requestPhase.label(), phases.getOrDefault(requestPhase, Duration.ZERO).toNanos() / 1e9);
    }
    facts.put("phases", times);
    if (tls && leaf != null && earliestExpiry != null) {
      ObjectNode certificate = ProbeFacts.record();
      certificate.put("expires_in", Duration.between(now, earliestExpiry).toSeconds());
      certificate.put("subject", leaf.getSubjectX500Principal().getName());
      certificate.put("issuer", leaf.getIssuerX500Principal().getName());
      certificate.put("chain", chainLength);
      names(certificate.putArray("names"), leaf);
      facts.put("certificate", certificate);
    }
    if (tls && session != null) {
      facts.put(
          "tls",
          ProbeFacts.record()
              .put("version", session.getProtocol())
              .put("cipher", session.getCipherSuite()));
    }
  }

  private static void names(ArrayNode names, X509Certificate certificate) {
    try {
      Collection<List<?>> alternativeNames = certificate.getSubjectAlternativeNames();
      for (List<?> name : alternativeNames == null ? List.<List<?>>of() : alternativeNames) {
        names.add(String.valueOf(name.get(1)));
      }
    } catch (CertificateParsingException _) {
      // unreadable names are not added
    }
  }

  ProbeObservations observations() {
    leave();
    return new ProbeObservations(
        status, phases, earliestExpiry, tls, assertionFailed, values, List.of(), info);
  }

  @Override
  public synchronized void close() {
    if (deadlineTask != null) {
      deadlineTask.cancel(false);
    }
    closeQuietly();
  }
}
