package io.pharos.limits.connections;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The open connections. Closes each connection whose client makes Pharos wait too long. If there
/// is no room for a new connection, closes one whose client makes Pharos wait, so that idle clients
/// can't lock out active ones. Thread-safe.
public final class Connections {
  /// A connection may be replaced if its client has not read the answer for this long.
  private static final Duration STALLED = Duration.ofSeconds(2);

  /* After a search for a slow client that found none, the next one starts this much later: a search
   * visits all connections, and a client becomes slow only after 2 s. */
  private static final Duration SEARCH_PAUSE = Duration.ofMillis(100);

  private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

  /// The transport of one connection.
  public interface Link {
    /// Closes the connection soon, without blocking. After that [Connection#closed] is called.
    void close();

    /// Whether Pharos has paused reading from the connection.
    boolean isPaused();

    /// Returns a number that changes whenever the client reads a part of the answer; empty if no
    /// part of an answer is unread.
    OptionalLong unread();
  }

  /// Why a connection was closed or rejected.
  public enum Ending {
    /// There was no room for the connection, and no other one could be replaced.
    REFUSED,
    /// A new connection replaced this one.
    DISPLACED,
    /// The client took too long to send the head of a request.
    HEAD,
    /// The client took too long to send the body of a request, or to read the answer.
    READ,
    /// The client sent no further request for too long.
    IDLE;

    /// Returns the value of the label `reason` in metrics.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Whether a connection was closed to make room.
  public enum Room {
    /// One was closed.
    MADE,
    /// No client makes Pharos wait.
    NONE
  }

  /* What a connection is doing. In all phases except BUSY, Pharos waits for the client. If a
   * connection must be replaced, connections in earlier constants of this enum are chosen first. */
  private enum Phase {
    /// The head of the first request has not arrived completely.
    NEW,
    /// The head of a later request is arriving.
    HEAD,
    /// The last answer has been sent, and no further request has begun.
    IDLE,
    /// The rest of a request is arriving whose answer has been sent.
    REST,
    /// The body of a request is arriving.
    BODY,
    /// Pharos is answering.
    BUSY
  }

  private record State(Phase phase, long since) {}

  private record Candidate(Connection connection, Phase phase, long waited) {
    boolean sendsHead() {
      return phase == Phase.NEW || phase == Phase.HEAD;
    }
  }

  /// One open connection. Its methods are called by one thread at a time.
  public final class Connection {
    private final Link link;
    private volatile State state = new State(Phase.NEW, nanoTime.getAsLong());
    private boolean requestComplete;
    private int unanswered;
    private @Nullable Long unread;
    private long unreadSince;

    private Connection(Link link) {
      this.link = link;
    }

    /// Records that bytes arrived.
    ///
    /// @param count number of bytes
    public void bytes(int count) {
      State current = state;
      if (current.phase() == Phase.IDLE) {
        enter(Phase.HEAD);
      } else if (current.phase() == Phase.BODY && limits.bodyRate() > 0) {
        long earned = count * (NANOS_PER_SECOND / limits.bodyRate());
        long waited = Math.max(0, nanoTime.getAsLong() - current.since() - earned);
        state = new State(Phase.BODY, nanoTime.getAsLong() - waited);
      }
    }

    /// Records that the head of a request is complete.
    public void head() {
      requestComplete = false;
      unanswered++;
      enter(Phase.BODY);
    }

    /// Records that a request is complete.
    public void request() {
      requestComplete = true;
      enter(unanswered == 0 ? Phase.IDLE : Phase.BUSY);
    }

    /// Records that the whole answer was sent. The request may still be incomplete.
    public void answered() {
      unanswered = Math.max(0, unanswered - 1);
      if (unanswered == 0) {
        enter(requestComplete ? Phase.IDLE : Phase.REST);
      }
    }

    /// Records that the connection is closed.
    public void closed() {
      open.remove(this);
    }

    private void enter(Phase phase) {
      state = new State(phase, nanoTime.getAsLong());
    }

    /* Returns since when the client has not read its answer; empty if no answer is unread. */
    private OptionalLong stalledSince(long now) {
      OptionalLong mark = link.unread();
      if (mark.isEmpty()) {
        unread = null;
        return OptionalLong.empty();
      }
      if (unread == null || unread != mark.getAsLong()) {
        unread = mark.getAsLong();
        unreadSince = now;
      }
      return OptionalLong.of(unreadSince);
    }
  }

  private final ConnectionLimits limits;
  private final IntPredicate descriptorsLeft;
  private final LongSupplier nanoTime;
  private final Consumer<Ending> count;
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private long nextSearch;

  /// @param descriptorsLeft given the number of open connections, whether enough file descriptors
  ///   are free for one more
  /// @param nanoTime a monotonic clock, in nanoseconds
  /// @param count counts the connections that were closed or rejected
  public Connections(
      ConnectionLimits limits,
      IntPredicate descriptorsLeft,
      LongSupplier nanoTime,
      Consumer<Ending> count) {
    this.limits = limits;
    this.descriptorsLeft = descriptorsLeft;
    this.nanoTime = nanoTime;
    this.count = count;
    nextSearch = nanoTime.getAsLong();
  }

  /// Creates the connections of the web listener, which are counted in its metrics.
  ///
  /// @param descriptorsLeft given the number of open connections, whether enough file descriptors
  ///   are free for one more
  /// @param nanoTime a monotonic clock, in nanoseconds
  public static Connections ofWeb(
      ConnectionLimits limits,
      IntPredicate descriptorsLeft,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    Map<Ending, Counter> endings = new EnumMap<>(Ending.class);
    for (Ending ending : Ending.values()) {
      endings.put(
          ending,
          Counter.builder("pharos_web_connections_closed")
              .description("Connections that Pharos closed or rejected.")
              .tag("reason", ending.label())
              .register(registry));
    }
    var connections =
        new Connections(
            limits,
            descriptorsLeft,
            nanoTime,
            ending -> requireNonNull(endings.get(ending)).increment());
    Gauge.builder("pharos_web_connections", connections, Connections::size)
        .description("Open connections.")
        .strongReference(true)
        .register(registry);
    Gauge.builder("pharos_web_connections_max", limits, ConnectionLimits::maxConnections)
        .description("Maximum number of open connections.")
        .register(registry);
    return connections;
  }

  /// Returns the number of open connections.
  public int size() {
    return open.size();
  }

  /// Admits a connection and replaces another one if necessary; empty if there is no room.
  public synchronized Optional<Connection> open(Link link) {
    if (open.size() >= limits.maxConnections() || !descriptorsLeft.test(open.size())) {
      Optional<Connection> oldest = leastUseful();
      if (oldest.isEmpty()) {
        count.accept(Ending.REFUSED);
        return Optional.empty();
      }
      end(oldest.get(), Ending.DISPLACED);
    }
    var connection = new Connection(link);
    open.add(connection);
    return Optional.of(connection);
  }

  /// Closes the connection whose unfinished request has waited longest for its client, so that
  /// another request can take its place. A client that sends its body steadily, or has made Pharos
  /// wait for 2 seconds or less, keeps its connection.
  public synchronized Room displaceRequest() {
    long now = nanoTime.getAsLong();
    if (now - nextSearch < 0) {
      return Room.NONE;
    }
    Optional<Connection> slowest =
        leastUseful(
            it ->
                it.waited() > STALLED.toNanos()
                    && (it.phase() == Phase.BUSY
                        || (it.phase() == Phase.BODY && !it.connection().link.isPaused())));
    if (slowest.isEmpty()) {
      nextSearch = now + SEARCH_PAUSE.toNanos();
      return Room.NONE;
    }
    end(slowest.get(), Ending.DISPLACED);
    return Room.MADE;
  }

  private Optional<Connection> leastUseful() {
    return leastUseful(it -> it.phase() != Phase.BUSY || it.waited() > STALLED.toNanos());
  }

  /* Chooses a connection in the earliest phase that has one: connections without a request come
   * first, connections whose clients do not read their answers come last. But if more clients send
   * bodies than heads, those who have just begun a head come last, because they are not the crowd.
   * Within a phase, chooses the connection that Pharos has waited for longest. */
  private Optional<Connection> leastUseful(Predicate<Candidate> replaceable) {
    long now = nanoTime.getAsLong();
    List<Candidate> candidates =
        open.stream()
            .<Candidate>mapMulti(
                (connection, sink) -> {
                  State state = connection.state;
                  OptionalLong since =
                      state.phase() == Phase.BUSY
                          ? connection.stalledSince(now)
                          : OptionalLong.of(state.since());
                  since.ifPresent(
                      it -> sink.accept(new Candidate(connection, state.phase(), now - it)));
                })
            .filter(replaceable)
            .toList();
    long heads = candidates.stream().filter(Candidate::sendsHead).count();
    long bodies = candidates.stream().filter(it -> it.phase() == Phase.BODY).count();
    return candidates.stream()
        .min(
            Comparator.<Candidate, Phase>comparing(
                    it ->
                        it.sendsHead() && it.waited() <= STALLED.toNanos() && bodies > heads
                            ? Phase.BUSY
                            : it.phase())
                .thenComparing(Comparator.comparingLong(Candidate::waited).reversed()))
        .map(Candidate::connection);
  }

  /// Closes the connections whose clients take too long. Must be called about once a second.
  public synchronized void closeOverdue() {
    long now = nanoTime.getAsLong();
    for (Connection connection : open) {
      ending(connection, now).ifPresent(ending -> end(connection, ending));
    }
  }

  private Optional<Ending> ending(Connection connection, long now) {
    State state = connection.state;
    return switch (state.phase()) {
      case NEW, HEAD -> endingAfter(limits.head(), now - state.since(), Ending.HEAD);
      case IDLE -> endingAfter(limits.idle(), now - state.since(), Ending.IDLE);
      case REST -> endingAfter(limits.read(), now - state.since(), Ending.READ);
      case BODY -> {
        if (connection.link.isPaused()) {
          connection.enter(Phase.BODY);
        }
        yield endingAfter(limits.read(), now - connection.state.since(), Ending.READ);
      }
      case BUSY -> {
        OptionalLong stalled = connection.stalledSince(now);
        yield stalled.isEmpty()
            ? Optional.empty()
            : endingAfter(limits.read(), now - stalled.getAsLong(), Ending.READ);
      }
    };
  }

  private static Optional<Ending> endingAfter(Duration max, long waitedNanos, Ending ending) {
    return waitedNanos > max.toNanos() ? Optional.of(ending) : Optional.empty();
  }

  private void end(Connection connection, Ending ending) {
    // Remove the connection before closing it, so that a closing connection is not counted as open.
    open.remove(connection);
    count.accept(ending);
    connection.link.close();
  }

  /// Limits of incoming connections.
  ///
  /// @param maxConnections maximum number of connections
  /// @param reserve number of file descriptors that connections leave free for scrapes, messages
  ///   and files. Connections may use half of all descriptors in any case
  /// @param head maximum time from the first byte of a request to the end of its head; for the
  ///   first request, it begins when the connection is opened
  /// @param read maximum time for the body of a request, and maximum pause of a client that reads
  ///   the answer
  /// @param idle maximum time that a connection stays open without a request
  /// @param bodyRate bytes of a body per second, at most 1,000,000,000, for which a client counts
  ///   as steady: only the time by which it falls behind counts for `read`. 0: the whole time of a
  ///   body counts
  public record ConnectionLimits(
      int maxConnections, int reserve, Duration head, Duration read, Duration idle, int bodyRate) {
    private static final int DEFAULT_MAX = 512;

    public ConnectionLimits {
      if (maxConnections < 1) {
        throw new IllegalArgumentException(
            "maxConnections is " + maxConnections + ", expected at least 1");
      }
      if (reserve < 0) {
        throw new IllegalArgumentException("reserve is " + reserve + ", expected at least 0");
      }
      if (bodyRate < 0 || bodyRate > NANOS_PER_SECOND) {
        throw new IllegalArgumentException(
            "bodyRate is " + bodyRate + ", expected 0 to " + NANOS_PER_SECOND);
      }
      requirePositive(head, "head");
      requirePositive(read, "read");
      requirePositive(idle, "idle");
    }

    /// Returns the default maximum number of connections: 512 as in Prometheus, but at most half of
    /// the descriptors.
    ///
    /// @param descriptors maximum number of file descriptors of this process
    public static int defaultMaxConnections(long descriptors) {
      return Math.clamp(descriptors / 2, 1, DEFAULT_MAX);
    }

    /// Returns the default reserve of descriptors: a quarter of all, but at most 1,024, which 512
    /// targets need with two descriptors each.
    ///
    /// @param descriptors maximum number of file descriptors of this process
    public static int defaultReserve(long descriptors) {
      return (int) Math.min(descriptors / 4, 2 * DEFAULT_MAX);
    }

    private static void requirePositive(Duration time, String name) {
      if (!requireNonNull(time, name + " is null").isPositive()) {
        throw new IllegalArgumentException(name + " is " + time + ", expected a positive time");
      }
    }
  }
}
