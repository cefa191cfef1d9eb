package io.pharos.probe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.config.http.SecretSource;
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

/// One attempt of a probe while it is under way: its deadline, and what it has seen. When the
/// deadline passes, whatever it has open is closed, which ends any read or write.
final class ProbeAttempt implements AutoCloseable {
  private final Duration timeout;
  private final long start = System.nanoTime();
  private final @Nullable Future<?> alarm;
  private final Map<RequestPhase, Duration> phases = new EnumMap<>(RequestPhase.class);
  private @Nullable Closeable open;
  private boolean expired;
  private RequestPhase phase = RequestPhase.RESOLVE;
  private long phaseStart = start;
  private boolean inPhase;
  private int status;
  private boolean tls;
  private @Nullable Instant earliestExpiry;
  private @Nullable X509Certificate leaf;
  private int chainLength;
  private @Nullable SSLSession session;
  private final Map<String, Double> values = new LinkedHashMap<>();
  private final Map<String, String> info = new LinkedHashMap<>();
  private final Set<String> secrets;
  private @Nullable ProbeFacts facts;
  private boolean assertionFailed;

  ProbeAttempt(Duration timeout, ScheduledExecutorService alarms) throws ProbeException {
    this(timeout, alarms, new HashSet<>());
  }

  /// @param secrets what must never be told, to which this attempt adds what it reads
  ProbeAttempt(Duration timeout, ScheduledExecutorService alarms, Set<String> secrets)
      throws ProbeException {
    this.timeout = timeout;
    this.secrets = secrets;
    try {
      alarm = alarms.schedule(this::expire, timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException _) {
      throw ProbeException.unknown(FailureOrigin.Kind.UNFORESEEN, "the prober is closed");
    }
  }

  private synchronized void expire() {
    expired = true;
    closeQuietly();
  }

  private void closeQuietly() {
    if (open != null) {
      try {
        open.close();
      } catch (IOException _) {
        // It was to be closed, and there is nobody to tell.
      }
      open = null;
    }
  }

  /// Whether the deadline has passed.
  synchronized boolean isExpired() {
    return expired;
  }

  /// What to close at the deadline, or at the end; what was open before is closed now.
  synchronized void opened(Closeable resource) throws IOException {
    closeQuietly();
    open = resource;
    if (expired) {
      closeQuietly();
      throw new IOException("timed out");
    }
  }

  Duration remaining() {
    return timeout.minusNanos(System.nanoTime() - start);
  }

  Duration took() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /// Ends the phase that goes on and begins another.
  void enter(RequestPhase next) {
    leave();
    phase = next;
    phaseStart = System.nanoTime();
    inPhase = true;
  }

  void leave() {
    if (inPhase) {
      phases.merge(phase, Duration.ofNanos(System.nanoTime() - phaseStart), Duration::plus);
      inPhase = false;
    }
  }

  RequestPhase phase() {
    return phase;
  }

  Duration timeout() {
    return timeout;
  }

  void sawStatus(int newStatus) {
    status = newStatus;
  }

  void sawConnection(boolean secure) {
    tls = secure;
  }

  void sawChain(X509Certificate[] chain) {
    leaf = chain[0];
    chainLength = chain.length;
    for (X509Certificate certificate : chain) {
      Instant expiry = certificate.getNotAfter().toInstant();
      if (earliestExpiry == null || expiry.isBefore(earliestExpiry)) {
        earliestExpiry = expiry;
      }
    }
  }

  void sawSession(SSLSession newSession) {
    session = newSession;
  }

  /// A sample of its own, by the name of its metric.
  void sawValue(String name, double value) {
    values.put(name, value);
  }

  /// What the answer says of the target, by the name of a label.
  void sawInfo(String label, String value) {
    info.put(label, value);
  }

  /// What expressions may look at, as soon as the target gave it.
  void sawFacts(ProbeFacts newFacts) {
    facts = newFacts;
  }

  /// The last that it was told of these; null for none.
  @Nullable ProbeFacts facts() {
    return facts;
  }

  /// A secret of a file, which is told nowhere from now on.
  ///
  /// @param key that names the file
  String secret(String key, Path file) throws ProbeException {
    try {
      String token = new SecretSource.FromFile(file).token();
      secrets.add(token);
      return token;
    } catch (IOException e) {
      throw ProbeException.unknown(FailureOrigin.Kind.CREDENTIALS, key + " " + e.getMessage());
    }
  }

  /// A text without the secrets that this attempt knows.
  String masked(String text) {
    return SecretMasking.masked(text, secrets);
  }

  /// Adds what every attempt has: its times, and what there was of TLS.
  void describe(ProbeFacts facts, Instant now) {
    leave();
    facts.put("duration", took().toNanos() / 1e9);
    ObjectNode times = ProbeFacts.record();
    for (RequestPhase each : RequestPhase.values()) {
      times.put(each.label(), phases.getOrDefault(each, Duration.ZERO).toNanos() / 1e9);
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
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      for (List<?> each : all == null ? List.<List<?>>of() : all) {
        names.add(String.valueOf(each.get(1)));
      }
    } catch (CertificateParsingException _) {
      // A name that can't be read is none that could be looked for.
    }
  }

  void sawAssertionFail() {
    assertionFailed = true;
  }

  ProbeObservations seen() {
    leave();
    return new ProbeObservations(
        status, phases, earliestExpiry, tls, assertionFailed, values, List.of(), info);
  }

  @Override
  public synchronized void close() {
    if (alarm != null) {
      alarm.cancel(false);
    }
    closeQuietly();
  }
}
