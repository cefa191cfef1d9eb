package io.pharos.tap;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// The metrics of a tap, by route, method, status and code of the envelope; bounded. Thread-safe.
public final class TapMeters {
  /// Label sets of requests, unless said otherwise: some 14,000 samples.
  public static final int DEFAULT_SERIES = 1000;

  /// Different codes of envelopes; what comes beyond is counted as `other`.
  static final int MOST_CODES = 64;

  static final String OTHER = "other";

  /// What a request is counted by.
  ///
  /// @param path the pattern, or `unknown`
  /// @param code the envelope's code, empty for none
  record Key(String method, String path, int status, String code) {}

  /// What sizes are counted by.
  record RouteKey(String method, String path) {}

  /// Bodies of one route.
  static final class Sizes {
    final LongAdder requests = new LongAdder();
    final LongAdder responses = new LongAdder();
  }

  private final int mostSeries;
  private final Map<Key, LatencyHistogram> durations = new ConcurrentHashMap<>();
  private final Map<RouteKey, Sizes> sizes = new ConcurrentHashMap<>();
  private final Set<Integer> codes = ConcurrentHashMap.newKeySet();
  private volatile boolean filesWell = true;
  private final AtomicLong inFlight = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();
  private final LongAdder refusedConnections = new LongAdder();
  private final Map<UpstreamFault, LongAdder> faults = adders(UpstreamFault.class);
  private final Map<PassReason, LongAdder> passes = adders(PassReason.class);

  /// @param mostSeries most label sets of requests, 100 to 100,000
  public TapMeters(int mostSeries) {
    if (mostSeries < 100 || mostSeries > 100_000) {
      throw new IllegalArgumentException(mostSeries + " series: expected 100 to 100000");
    }
    this.mostSeries = mostSeries;
  }

  private static <T extends Enum<T>> Map<T, LongAdder> adders(Class<T> type) {
    var adders = new EnumMap<T, LongAdder>(type);
    for (T constant : type.getEnumConstants()) {
      adders.put(constant, new LongAdder());
    }
    return adders;
  }

  /* There is one for each constant. */
  private static <T> LongAdder adder(Map<T, LongAdder> adders, T constant) {
    return requireNonNull(adders.get(constant));
  }

  /// Says that an exchange has begun.
  public void begin() {
    inFlight.incrementAndGet();
  }

  /// Says that one has ended, however it did.
  public void end() {
    inFlight.decrementAndGet();
  }

  /// How many are under way.
  public long inFlight() {
    return inFlight.get();
  }

  /// Counts a connection of a client.
  ///
  /// @return how many there are now
  public long connected() {
    return connections.incrementAndGet();
  }

  /// Says that one has ended.
  public void disconnected() {
    connections.decrementAndGet();
  }

  /// Counts one for which there was no room.
  public void refusedConnection() {
    refusedConnections.increment();
  }

  long connections() {
    return connections.get();
  }

  long refusedConnections() {
    return refusedConnections.sum();
  }

  /// Counts an exchange that has no trace.
  public void count(
      String method,
      String path,
      int status,
      OptionalInt code,
      double seconds,
      long requestBytes,
      long responseBytes) {
    count(method, path, status, code, seconds, requestBytes, responseBytes, "", 0);
  }

  /// Counts an exchange.
  ///
  /// @param method any text; unknown ones are counted as `other`
  /// @param path the pattern, or `unknown`
  /// @param requestBytes of the body, likewise the response's
  /// @param traceId leads from its bucket to it; empty for none
  /// @param endedMillis Unix milliseconds
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
    String known = RoutePattern.METHODS.contains(method) ? method : OTHER;
    Key key = new Key(known, path, status, code.isPresent() ? label(code.getAsInt()) : "");
    LatencyHistogram found = durations.get(key);
    if (found == null) {
      if (durations.size() >= mostSeries) {
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

  /// Of what does not get a place of its own the status and whether it failed remain.
  private static Key overflow(Key key) {
    boolean plain = key.code().isEmpty() || key.code().equals("0");
    return new Key(OTHER, OTHER, key.status(), plain ? key.code() : OTHER);
  }

  private String label(int code) {
    if (codes.contains(code)) {
      return Integer.toString(code);
    }
    if (code != 0 && codes.size() >= MOST_CODES) {
      pass(PassReason.CODES);
      return OTHER;
    }
    codes.add(code);
    return Integer.toString(code);
  }

  /// Counts an answer that the backend did not give.
  public void fault(UpstreamFault fault) {
    adder(faults, fault).increment();
  }

  /// Counts what went by.
  public void pass(PassReason reason) {
    adder(passes, reason).increment();
  }

  /// Says whether the last reading of the files went well; what was read before holds otherwise.
  public void filesRead(boolean well) {
    filesWell = well;
  }

  boolean areFilesWell() {
    return filesWell;
  }

  /// The page in Prometheus' text format 0.0.4.
  public String text() {
    return new TapText(this, false).page();
  }

  /// The page in OpenMetrics 1.0: the same series, and exemplars that lead from buckets to traces.
  public String openMetrics() {
    return new TapText(this, true).page();
  }

  /// The page in Prometheus' protobuf, with native histograms beside the classic ones.
  public byte[] protobuf() {
    return new TapProtobuf(this).page();
  }

  Map<Key, LatencyHistogram> durations() {
    return durations;
  }

  Map<RouteKey, Sizes> sizes() {
    return sizes;
  }

  long faults(UpstreamFault fault) {
    return adder(faults, fault).sum();
  }

  long passes(PassReason reason) {
    return adder(passes, reason).sum();
  }
}
