package io.pharos.tap;

import static java.util.Objects.requireNonNull;

import io.pharos.limits.connections.Connections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Counts exchanges by route, method, status and envelope code, and limits the number of label
/// sets. Thread-safe.
public final class TapMeters {
  /// Default limit on the label sets of requests. With it, the metrics have at most about 14,000
  /// samples.
  public static final int DEFAULT_SERIES = 1000;

  /// Maximum number of distinct envelope codes; other codes are counted as `other`.
  static final int MAX_CODES = 64;

  static final String OTHER = "other";

  /// Labels of a request.
  ///
  /// @param path pattern of the route, or `unknown`
  /// @param code envelope code; empty if there is none
  record Key(String method, String path, int status, String code) {}

  /// Labels of the body sizes of a route.
  record RouteKey(String method, String path) {}

  /// Total bytes of the bodies of one route.
  static final class Sizes {
    final LongAdder requests = new LongAdder();
    final LongAdder responses = new LongAdder();
  }

  private final int maxSeries;
  final Map<Key, LatencyHistogram> durations = new ConcurrentHashMap<>();
  final Map<RouteKey, Sizes> sizes = new ConcurrentHashMap<>();
  private final Set<Integer> codes = ConcurrentHashMap.newKeySet();
  volatile boolean filesLoaded = true;
  private final AtomicLong inFlight = new AtomicLong();
  final AtomicLong connections = new AtomicLong();
  private final Map<UpstreamFault, LongAdder> faults = adders(UpstreamFault.class);
  private final Map<PassReason, LongAdder> passes = adders(PassReason.class);
  private final Map<Connections.Ending, LongAdder> endings = adders(Connections.Ending.class);

  /// @param maxSeries limit on the label sets of requests, 100 to 100,000
  public TapMeters(int maxSeries) {
    if (maxSeries < 100 || maxSeries > 100_000) {
      throw new IllegalArgumentException("series: expected 100 to 100000, found " + maxSeries);
    }
    this.maxSeries = maxSeries;
  }

  private static <T extends Enum<T>> Map<T, LongAdder> adders(Class<T> type) {
    var adders = new EnumMap<T, LongAdder>(type);
    for (T constant : type.getEnumConstants()) {
      adders.put(constant, new LongAdder());
    }
    return adders;
  }

  private static <T> LongAdder adder(Map<T, LongAdder> adders, T constant) {
    return requireNonNull(adders.get(constant));
  }

  /// Increments the number of open exchanges.
  public void begin() {
    inFlight.incrementAndGet();
  }

  /// Decrements the number of open exchanges, whether the exchange was successful or not.
  public void end() {
    inFlight.decrementAndGet();
  }

  /// Returns the number of open exchanges.
  public long inFlight() {
    return inFlight.get();
  }

  /// Increments the number of open client connections.
  public void connected() {
    connections.incrementAndGet();
  }

  /// Decrements the number of open client connections.
  public void disconnected() {
    connections.decrementAndGet();
  }

  /// Counts a client connection that the tap closed or refused, under its reason.
  public void closed(Connections.Ending ending) {
    adder(endings, ending).increment();
  }

  /// Counts a finished exchange.
  ///
  /// @param path pattern of the route, or `unknown`
  /// @param traceId id for the exemplar of the duration's bucket; empty for none
  /// @param endedMillis end of the exchange in Unix milliseconds
  public void count(
      String method,
      String path,
      int status,
      OptionalInt code,
      double seconds,
      long requestBytes,
      long responseBytes,
      String traceId,
      long endedMillis) {
    String knownMethod = RoutePattern.METHODS.contains(method) ? method : OTHER;
    Key key = new Key(knownMethod, path, status, code.isPresent() ? label(code.getAsInt()) : "");
    LatencyHistogram found = durations.get(key);
    if (found == null) {
      if (durations.size() >= maxSeries) {
        pass(PassReason.SERIES);
        key = overflow(key);
      }
      found = durations.computeIfAbsent(key, _ -> new LatencyHistogram());
    }
    found.add(
        seconds,
        traceId.isEmpty() ? null : new LatencyHistogram.Trace(traceId, seconds, endedMillis));
    Sizes bodies = sizes.computeIfAbsent(new RouteKey(key.method(), key.path()), _ -> new Sizes());
    bodies.requests.add(requestBytes);
    bodies.responses.add(responseBytes);
  }

  /// Returns the label set that is counted instead of `key` once the limit is reached. The status
  /// is the same; a code other than 0 becomes `other`.
  private static Key overflow(Key key) {
    boolean success = key.code().isEmpty() || key.code().equals("0");
    return new Key(OTHER, OTHER, key.status(), success ? key.code() : OTHER);
  }

  private String label(int code) {
    if (codes.contains(code)) {
      return Integer.toString(code);
    }
    if (code != 0 && codes.size() >= MAX_CODES) {
      pass(PassReason.CODES);
      return OTHER;
    }
    codes.add(code);
    return Integer.toString(code);
  }

  /// Counts a missing or incomplete answer of the backend under its reason.
  public void fault(UpstreamFault fault) {
    adder(faults, fault).increment();
  }

  /// Counts an exchange that was not completely measured or logged, under its reason.
  public void pass(PassReason reason) {
    adder(passes, reason).increment();
  }

  /// Records whether the last reload of routes and certificates succeeded.
  public void filesRead(boolean successful) {
    filesLoaded = successful;
  }

  /// Returns the metrics page in Prometheus' text format 0.0.4.
  public String text() {
    return new TapText(this, false).page();
  }

  /// Returns the metrics page in OpenMetrics 1.0: the same series, with trace exemplars.
  public String openMetrics() {
    return new TapText(this, true).page();
  }

  /// Returns the metrics page in Prometheus' protobuf format, with native and classic histograms.
  public byte[] protobuf() {
    return new TapProtobuf(this).page();
  }

  long faults(UpstreamFault fault) {
    return adder(faults, fault).sum();
  }

  long endings(Connections.Ending ending) {
    return adder(endings, ending).sum();
  }

  long passes(PassReason reason) {
    return adder(passes, reason).sum();
  }
}
