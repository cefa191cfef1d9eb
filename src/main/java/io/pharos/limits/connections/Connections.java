package io.pharos.limits.connections;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The open connections. Closes those whose clients make Pharos wait too long. If there is no room
/// for a new connection, it replaces one whose client makes Pharos wait, so that idle clients can't
/// lock out active ones. Thread-safe.
public final class Connections {
  /// A connection may be replaced if its client has not read the answer for this long.
  private static final Duration STALLED = Duration.ofSeconds(2);

  /// The transport of one connection.
  public interface Link {
    /// Closes the connection soon, without blocking. After that [Connection#closed] is called.
    void close();

    /// Whether Pharos has paused reading from the connection.
    boolean isPaused();

    /// Returns a number that changes whenever the client reads a part of the answer; empty if the
    /// client has nothing to read.
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
    IDLE
  }

  /* What a connection is doing. In all phases except BUSY Pharos waits for the client. If a
   * connection must be replaced, one in the first of these phases is chosen. */
  private enum Phase {
    /// The head of the first request has not arrived completely.
    NEW,
    /// The head of a later request is arriving.
    HEAD,
    /// The last answer has been sent, and no further request has begun.
    IDLE,
    /// The body of a request is arriving.
    BODY,
    /// Pharos is answering.
    BUSY
  }

  private record State(Phase phase, long since) {}

  /// One open connection. Its methods are called by one thread at a time.
  public final class Connection {
    private final Link link;
    private volatile State state = new State(Phase.NEW, nanoTime.getAsLong());
    private boolean whole;
    private boolean answered;
    private @Nullable Long unread;
    private long unreadSince;

    private Connection(Link link) {
      this.link = link;
    }

    /// Records that bytes arrived.
    public void bytes() {
      if (state.phase() == Phase.IDLE) {
        enter(Phase.HEAD);
      }
    }

    /// Records that the head of a request is complete.
    public void head() {
      whole = false;
      answered = false;
      enter(Phase.BODY);
    }

    /// Records that a request is complete.
    public void request() {
      whole = true;
      enter(answered ? Phase.IDLE : Phase.BUSY);
    }

    /// Records that the whole answer was sent. The request may still be incomplete.
    public void answered() {
      answered = true;
      if (whole) {
        enter(Phase.IDLE);
      }
    }

    /// Records that the connection is closed.
    public void closed() {
      open.remove(this);
    }

    private void enter(Phase phase) {
      state = new State(phase, nanoTime.getAsLong());
    }

    /* Returns since when the client has not read its answer; empty if it has nothing to read. */
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
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private final Map<Ending, Counter> endings = new EnumMap<>(Ending.class);

  /// @param descriptorsLeft whether there are file descriptors for one connection more than the
  ///   given number
  /// @param nanoTime a monotonic clock, in nanoseconds
  public Connections(
      ConnectionLimits limits,
      IntPredicate descriptorsLeft,
      LongSupplier nanoTime,
      MeterRegistry registry) {
    this.limits = limits;
    this.descriptorsLeft = descriptorsLeft;
    this.nanoTime = nanoTime;
    Gauge.builder("pharos_web_connections", open, Set::size)
        .description("Open connections.")
        .register(registry);
    Gauge.builder("pharos_web_connections_max", limits, ConnectionLimits::most)
        .description("Maximum number of open connections.")
        .register(registry);
    for (Ending ending : Ending.values()) {
      endings.put(
          ending,
          Counter.builder("pharos_web_connections_closed")
              .description("Connections that Pharos closed or rejected.")
              .tag("reason", ending.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  /// Admits a connection and replaces another one if necessary; empty if there is no room.
  public synchronized Optional<Connection> open(Link link) {
    if (open.size() >= limits.most() || !descriptorsLeft.test(open.size())) {
      Optional<Connection> oldest = leastUseful();
      if (oldest.isEmpty()) {
        count(Ending.REFUSED);
        return Optional.empty();
      }
      end(oldest.get(), Ending.DISPLACED);
    }
    var connection = new Connection(link);
    open.add(connection);
    return Optional.of(connection);
  }

  /* Chooses a connection in the first possible phase: those without any request first, those
   * whose clients do not read their answers last. Within a phase the longest wait decides. */
  private Optional<Connection> leastUseful() {
    long now = nanoTime.getAsLong();
    record Candidate(Connection connection, Phase phase, long waited) {}
    return open.stream()
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
        .filter(it -> it.phase() != Phase.BUSY || it.waited() > STALLED.toNanos())
        .min(
            Comparator.comparing(Candidate::phase)
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
      case NEW, HEAD -> over(now - state.since(), limits.head(), Ending.HEAD);
      case IDLE -> over(now - state.since(), limits.idle(), Ending.IDLE);
      case BODY -> {
        if (connection.link.isPaused()) {
          connection.enter(Phase.BODY);
        }
        yield over(now - connection.state.since(), limits.read(), Ending.READ);
      }
      case BUSY -> {
        OptionalLong stalled = connection.stalledSince(now);
        yield stalled.isEmpty()
            ? Optional.empty()
            : over(now - stalled.getAsLong(), limits.read(), Ending.READ);
      }
    };
  }

  private static Optional<Ending> over(long nanos, Duration most, Ending ending) {
    return nanos > most.toNanos() ? Optional.of(ending) : Optional.empty();
  }

  private void end(Connection connection, Ending ending) {
    // Removed before it is closed, so that it is not counted as open while it closes.
    open.remove(connection);
    count(ending);
    connection.link.close();
  }

  private void count(Ending ending) {
    requireNonNull(endings.get(ending)).increment();
  }

  /// Limits of incoming connections.
  ///
  /// @param most maximum number of connections
  /// @param reserve file descriptors that connections leave to scrapes, messages and files; if
  ///   those use more, connections may still use half of all descriptors
  /// @param head maximum time for the head of a request from its first byte on; for the first
  ///   request from the start of the connection on
  /// @param read maximum time for the body of a request, and maximum pause of a client that reads
  ///   the answer
  /// @param idle maximum time that a connection stays open without a request
  public record ConnectionLimits(
      int most, int reserve, Duration head, Duration read, Duration idle) {
    private static final int MAX = 512;

    public ConnectionLimits {
      if (most < 1) {
        throw new IllegalArgumentException(most + " connections: expected at least 1");
      }
      if (reserve < 0) {
        throw new IllegalArgumentException(reserve + " reserved descriptors: expected at least 0");
      }
      requirePositive(head, "head");
      requirePositive(read, "read");
      requirePositive(idle, "idle");
    }

    /// Returns the default maximum number of connections: 512 as in Prometheus, but at most half of
    /// the descriptors.
    ///
    /// @param descriptors maximum number of file descriptors of this process
    public static int most(long descriptors) {
      return Math.clamp(descriptors / 2, 1, MAX);
    }

    /// Returns the default reserve of descriptors: a quarter of all, but at most 1,024, which 512
    /// targets need with two descriptors each.
    ///
    /// @param descriptors maximum number of file descriptors of this process
    public static int reserve(long descriptors) {
      return (int) Math.min(descriptors / 4, 2 * MAX);
    }

    private static void requirePositive(Duration time, String name) {
      if (!requireNonNull(time, name + " is null").isPositive()) {
        throw new IllegalArgumentException(name + " is " + time + ", expected a positive time");
      }
    }
  }
}
